"""Who answers a conversation, the assistant or a person on the staff: the states, and the ways from one to another.

    assistant -> waiting -> taken -> handed_back (the assistant again), or closed
                 waiting -> timed_out -> taken, or closed
    assistant -> taken, where a member of staff joins unasked; taken -> taken, by another one

`assistant` is the state of a conversation without an open handoff. What belongs to a transition (an escalation that
is acknowledged, what the patient is told) is put together in `bot/care/desk.py` and `bot/worker/handovers.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.care import rows, timeline
from bot.care.tables import Handoff, HandoffEvent

State = Literal["assistant", "waiting", "timed_out", "taken", "handed_back", "closed"]
Reason = Literal["escalation", "person", "staff"]
FREE: tuple[State, ...] = ("waiting", "timed_out")  # nobody has it yet
HIPLINE = "Hipline"  # who queued it, and who waited in vain

# Asked for each message, and built once: that takes longer than to run it.
_HOLDER = select(Handoff.holder_id, Handoff.holder).where(
    Handoff.conversation_id == bindparam("conversation_id"), Handoff.ended_at.is_(None), Handoff.state == "taken"
)


class Refused(ValueError):
    """A transition that is not possible from here. The message says why, for the member of staff who wanted it."""


@dataclass(frozen=True)
class Colleague:
    """A member of staff: the account's id, and the name that others read."""

    id: str
    name: str


def open_of(session: Session, conversation_id: str) -> Handoff | None:
    """A conversation's open handoff, as it is now; None where the assistant has it."""
    query = select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.ended_at.is_(None))
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def holder_of(session: Session, conversation_id: str) -> Colleague | None:
    """The member of staff who has taken a conversation."""
    found = rows.run(session, _HOLDER, {"conversation_id": conversation_id}).one_or_none()
    return None if found is None else Colleague(found.holder_id, found.holder)


def last_of(session: Session, conversation_id: str) -> Handoff | None:
    """A conversation's newest handoff, open or not."""
    query = select(Handoff).where(Handoff.conversation_id == conversation_id)
    return session.execute(query.order_by(Handoff.began_at.desc(), Handoff.id).limit(1)).scalar_one_or_none()


def events(session: Session, conversation_id: str) -> list[HandoffEvent]:
    """All transitions of a conversation's handoffs, in order."""
    query = select(HandoffEvent).join(Handoff, Handoff.id == HandoffEvent.handoff_id)
    found = session.execute(query.where(Handoff.conversation_id == conversation_id).order_by(HandoffEvent.id))
    return list(found.scalars())


def wait(session: Session, conversation_id: str, reason: Reason, since: dt.datetime, at: dt.datetime) -> Handoff:
    """Queues a conversation for the staff. Its handoff, which stays with its holder where it is taken.

    A warning sign makes a request for a person one for an escalation; where it waits since later than before, because
    somebody had acknowledged what came earlier, the clinic's target counts from then.
    """
    timeline.lock(session, conversation_id)
    found = open_of(session, conversation_id)
    if found is None:
        found = Handoff(
            conversation_id=conversation_id, state="waiting", reason=reason, began_at=at, waiting_since=since
        )
        session.add(found)
        session.flush()
        _event(session, found, "waiting", HIPLINE, at)
    elif found.state in FREE and reason == "escalation":
        anew = found.reason != "escalation" or since > found.waiting_since
        found.reason, found.waiting_since = reason, since if anew else found.waiting_since
        if anew and found.state == "timed_out":
            found.state, found.timed_out_at = "waiting", None
            _event(session, found, "waiting", HIPLINE, at)
        session.flush()
    return found


def take(
    session: Session, conversation_id: str, who: Colleague, at: dt.datetime, *, instead_of: str | None = None
) -> bool:
    """Gives a conversation to a member of staff: of two at the same moment, one gets it.

    `instead_of` is the account of the one that it is taken from, as who takes it saw it. False where they have it
    already. Raises `Refused` where another has it.
    """
    timeline.lock(session, conversation_id)
    found = open_of(session, conversation_id)
    if found is None:
        found = Handoff(conversation_id=conversation_id, state="taken", reason="staff", began_at=at, waiting_since=at)
        _give(found, who, at)
        session.add(found)
        session.flush()
    elif found.state == "taken" and found.holder_id == who.id:
        return False
    else:
        free = or_(Handoff.state.in_(FREE), and_(Handoff.state == "taken", Handoff.holder_id == instead_of))
        values = {"state": "taken", "holder_id": who.id, "holder": who.name, "taken_at": at, "active_at": at}
        if not _change(session, and_(Handoff.id == found.id, free), **values):
            raise Refused(_has_it(open_of(session, conversation_id)))
    _event(session, found, "taken", who.name, at)
    return True


def hand_back(session: Session, conversation_id: str, who: Colleague, at: dt.datetime) -> Handoff:
    """The assistant answers again. Raises `Refused` where `who` does not have it."""
    found = held(session, conversation_id, who)
    mine = and_(Handoff.id == found.id, Handoff.state == "taken", Handoff.holder_id == who.id)
    if not _change(session, mine, state="handed_back", ended_at=at):
        raise Refused(_has_it(open_of(session, conversation_id)))
    _event(session, found, "handed_back", who.name, at)
    return found


def close(session: Session, conversation_id: str, who: Colleague, at: dt.datetime, outcome: str) -> Handoff | None:
    """It is done: by who has it, or by anybody where nobody has. The handoff as it was; None where there was none.

    Raises `Refused` where another has it.
    """
    timeline.lock(session, conversation_id)
    found = open_of(session, conversation_id)
    if found is None:
        return None
    session.expunge(found)  # as it was
    mine = or_(Handoff.state.in_(FREE), and_(Handoff.state == "taken", Handoff.holder_id == who.id))
    if not _change(session, and_(Handoff.id == found.id, mine), state="closed", ended_at=at, outcome=outcome):
        raise Refused(_has_it(open_of(session, conversation_id)))
    _event(session, found, "closed", who.name, at)
    return found


def closed(session: Session, conversation_id: str, who: Colleague, at: dt.datetime, outcome: str) -> None:
    """The assistant's conversation, whose escalation `who` resolved: the outcome is kept as an ended handoff's."""
    timeline.lock(session, conversation_id)
    row = Handoff(
        conversation_id=conversation_id,
        state="closed",
        reason="staff",
        began_at=at,
        waiting_since=at,
        ended_at=at,
        outcome=outcome,
    )
    session.add(row)
    session.flush()
    _event(session, row, "closed", who.name, at)


def settled(session: Session, conversation_id: str, who: str, at: dt.datetime) -> None:
    """The escalation was resolved elsewhere: nobody is waited for any more. Whoever has the conversation keeps it."""
    found = open_of(session, conversation_id)
    if found is None or found.reason != "escalation":
        return
    if _change(session, and_(Handoff.id == found.id, Handoff.state.in_(FREE)), state="closed", ended_at=at):
        _event(session, found, "closed", who, at)


def time_out(session: Session, handoff_id: str, at: dt.datetime) -> bool:
    """Nobody took it in time. False where somebody did, or where that is known: the patient is told once."""
    if not _change(
        session, and_(Handoff.id == handoff_id, Handoff.state == "waiting"), state="timed_out", timed_out_at=at
    ):
        return False
    _event(session, session.get(Handoff, handoff_id), "timed_out", HIPLINE, at)
    return True


def held(session: Session, conversation_id: str, who: Colleague) -> Handoff:
    """A conversation's handoff, which `who` has; locked where the database can. Raises `Refused` otherwise."""
    timeline.lock(session, conversation_id)
    found = open_of(session, conversation_id)
    if found is None or found.state != "taken" or found.holder_id != who.id:
        raise Refused(_has_it(found))
    return found


def _has_it(found: Handoff | None) -> str:
    if found is None:
        return "The assistant answers this conversation. Take it over first."
    if found.state == "taken":
        return f"{found.holder} has this conversation."
    return "Nobody has taken this conversation yet. Take it over first."


def _give(handoff: Handoff, who: Colleague, at: dt.datetime) -> None:
    handoff.holder_id, handoff.holder = who.id, who.name
    handoff.taken_at = handoff.active_at = at


def _change(session: Session, which: object, **values: object) -> bool:
    session.flush()
    return rows.change(session, Handoff, which, **values)


def _event(session: Session, handoff: Handoff, what: State, who: str, at: dt.datetime) -> None:
    session.add(HandoffEvent(handoff_id=handoff.id, at=at, what=what, who=who))
    session.flush()
