"""What the page of a conversation shows besides what was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.care import callers, desk, escalations, handoffs, outcomes, queue, targets, timeline
from bot.care.tables import CallerNumber, Conversation, Note, now
from bot.gateway.desk import transcript, words
from bot.gateway.desk.words import Line
from bot.gateway.state import State

_HAPPENED = {
    "raised": "A warning sign",
    "further": "A further warning sign",
    "notified": "Told",
    "call": "They want no texts: call them",
    "unreached": "The answer did not reach the telephone: the contacts are told anew",
    "denied": "A sign was denied since: nothing is closed by that",
    "acknowledged": "Acknowledged",
    "unattended": "Not answered by who had it: the contacts are told anew",
    "resolved": "Resolved",
    "waiting": "Waits for the staff",
    "timed_out": "Nobody came in time: the patient was told",
    "taken": "Taken over",
    "handed_back": "Handed back to the assistant",
    "closed": "Closed",
}


@dataclass(frozen=True)
class Happened:
    """One event of an escalation or a handoff."""

    at: dt.datetime
    what: str
    who: str


@dataclass(frozen=True)
class View:
    """`line` is the conversation's row in the queue, None where it is not there; `seen` names the state it shows."""

    id: str
    channel: str
    channel_words: str
    number: str  # to ring; empty where none is known
    name: str  # of the person, where it is known
    source: str  # whence number and name are, in words; empty where the number is that of the text messages
    line: Line | None
    why: Sequence[str]
    signs: int  # messages with a warning sign
    holder_id: str
    holder: str
    is_mine: bool
    sign_waits: bool
    outcome: str  # of the last time, where it is closed
    notes: Sequence[Note]
    happened: Sequence[Happened]
    outcomes: dict[str, str]
    last: int  # the last entry's position
    seen: str

    @property
    def is_taken(self) -> bool:
        """Whether a member of staff has it."""
        return bool(self.holder_id)


def of(session: Session, state: State, conversation_id: str, member_id: str) -> View | None:
    """The view of a conversation for a member of staff; None where there is no such conversation."""
    conversation = session.get(Conversation, conversation_id, populate_existing=True)
    if conversation is None:
        return None
    row = queue.row(session, conversation_id, targets.of(state.settings))
    holder = handoffs.holder_of(session, conversation_id)
    escalation = row.escalation if row is not None else None
    caller = session.get(CallerNumber, conversation_id, populate_existing=True)
    own_number = conversation.name if conversation.channel == "sms" else ""
    last = handoffs.last_of(session, conversation_id)
    return View(
        id=conversation.id,
        channel=conversation.channel,
        channel_words=words.CHANNELS.get(conversation.channel, conversation.channel),
        number=own_number or (caller.number if caller is not None else ""),
        name=(caller.name or "") if caller is not None else "",
        source=_source(caller) if caller is not None else "",
        line=None if row is None else words.line(row, now()),
        why=[] if escalation is None else transcript.why(escalation.findings),
        signs=0 if escalation is None else len(escalations.messages(session, escalation.id)),
        holder_id=holder.id if holder is not None else "",
        holder=holder.name if holder is not None else "",
        is_mine=holder is not None and holder.id == member_id,
        sign_waits=row is not None and row.sign_waits,
        outcome=outcomes.in_words().get(last.outcome, "") if last is not None and last.state == "closed" else "",
        notes=desk.notes(session, conversation_id),
        happened=_happened(session, conversation_id),
        outcomes=outcomes.in_words(),
        last=timeline.last(session, conversation_id),
        seen=":".join(
            (
                row.state if row is not None else "assistant",
                holder.id if holder is not None else "",
                escalation.state if escalation is not None else "",
            )
        ),
    )


def _source(caller: CallerNumber) -> str:
    return "left by the patient" if caller.taken_by == callers.THE_PATIENT else f"taken down by {caller.taken_by}"


def _happened(session: Session, conversation_id: str) -> list[Happened]:
    found = [
        Happened(event.at, _HAPPENED.get(event.what, event.what), event.who)
        for events in (escalations.events_in(session, conversation_id), handoffs.events(session, conversation_id))
        for event in events
    ]
    return sorted(found, key=lambda event: event.at)
