"""What staff do with a conversation, in one transaction each: its state, its escalation, what the patient hears.

Every act raises `Refused` where it is not possible, and then nothing has changed. A form that is sent twice is done
once: each carries an id, which the first one leaves behind.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from bot.care import escalations, handoffs, outcomes, timeline
from bot.care.handoffs import Colleague, Refused
from bot.care.tables import DeskForm, Note
from bot.cleaning import TextError, clean
from bot.replies import Reply


def is_new(session: Session, conversation_id: str, form_id: str, at: dt.datetime) -> bool:
    """Whether a form was not done before; it is now."""
    timeline.lock(session, conversation_id)
    if session.get(DeskForm, form_id) is not None:
        return False
    session.add(DeskForm(id=form_id, conversation_id=conversation_id, at=at))
    session.flush()
    return True


def take(
    session: Session,
    conversation_id: str,
    who: Colleague,
    notice: Reply,
    at: dt.datetime,
    *,
    instead_of: str | None = None,
) -> bool:
    """Takes a conversation over, and its escalation with it; `notice` tells the patient who is there.

    `instead_of` is the account of the one who has it, as the page said. False where they have it already.
    """
    if not handoffs.take(session, conversation_id, who, at, instead_of=instead_of):
        return False
    acknowledge(session, conversation_id, who, at)
    timeline.say(session, conversation_id, notice, who="system", at=at)
    return True


def acknowledge(session: Session, conversation_id: str, who: Colleague, at: dt.datetime) -> bool:
    """The holder has seen a warning sign: nobody else is told. False where nothing waited for that."""
    handoff = handoffs.held(session, conversation_id, who)
    handoff.active_at = at
    escalation = escalations.open_of(session, conversation_id)
    return escalation is not None and escalations.acknowledge(session, escalation, who.name, at)


def reply(session: Session, conversation_id: str, who: Colleague, text: str, at: dt.datetime) -> None:
    """Says something to the patient in the holder's name. Whoever answers has seen what was written before."""
    acknowledge(session, conversation_id, who, at)
    said = Reply(text=_cleaned(text), kind="handoff")
    timeline.say(session, conversation_id, said, who="staff", name=who.name, at=at)


def note(session: Session, conversation_id: str, who: Colleague, text: str, at: dt.datetime) -> None:
    """Writes something down for the staff alone. Anybody of them may, whoever has the conversation."""
    cleaned = _cleaned(text)
    handoff = handoffs.open_of(session, conversation_id)
    if handoff is not None and handoff.holder_id == who.id:
        handoff.active_at = at
    session.add(Note(conversation_id=conversation_id, at=at, who=who.name, text=cleaned))
    session.flush()


def hand_back(session: Session, conversation_id: str, who: Colleague, notice: Reply, at: dt.datetime) -> None:
    """The assistant answers again; `notice` says so. Refused while a warning sign waits that nobody has seen."""
    handoffs.held(session, conversation_id, who)
    escalation = escalations.open_of(session, conversation_id)
    if escalation is not None and escalation.state in escalations.WAITING:
        raise Refused("A new warning sign has come. Read it, and answer it or mark it as seen, before you hand back.")
    handoffs.hand_back(session, conversation_id, who, at)
    timeline.say(session, conversation_id, notice, who="system", at=at)


def resolve(
    session: Session, conversation_id: str, who: Colleague, outcome: str, text: str, notice: Reply, at: dt.datetime
) -> None:
    """It is done: the escalation is resolved, and the conversation is the assistant's again.

    `outcome` is one of `outcomes`; `text`, where there is one, becomes a note. `notice` is said where somebody had
    joined the conversation. Done already: nothing changes.
    """
    if outcome not in outcomes.in_words():
        raise Refused("Choose how it ended.")
    handoff = handoffs.close(session, conversation_id, who, at, outcome)
    escalation = escalations.open_of(session, conversation_id)
    if handoff is None and escalation is None:
        return
    if handoff is None:
        handoffs.closed(session, conversation_id, who, at, outcome)
    if escalation is not None:
        escalations.resolve(session, escalation, who.name, at)
    if text.strip():
        note(session, conversation_id, who, text, at)
    if handoff is not None and handoff.state == "taken":
        timeline.say(session, conversation_id, notice, who="system", at=at)


def notes(session: Session, conversation_id: str) -> list[Note]:
    """What was written down about a conversation, in order."""
    return session.query(Note).filter_by(conversation_id=conversation_id).order_by(Note.at, Note.id).all()


def _cleaned(text: str) -> str:
    try:
        return clean(text)
    except TextError as error:
        raise Refused(str(error)) from None
