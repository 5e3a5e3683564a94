"""Escalations: raised with their alerts in one transaction; one open one a conversation; every change is an event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import handoffs, optouts, outbox
from bot.care.callers import THE_PATIENT
from bot.care.contacts import Contacts
from bot.care.tables import (
    Alert,
    Conversation,
    Escalation,
    EscalationEvent,
    EscalationMessage,
    Message,
    new_id,
    now,
)
from bot.replies import LEVELS, Urgency
from bot.triage.examples import SELF_HARM

State = Literal["raised", "notified", "acknowledged", "resolved"]
STATES: tuple[State, ...] = ("raised", "notified", "acknowledged", "resolved")
WAITING: tuple[State, ...] = ("raised", "notified")  # nobody has acknowledged it
HIPLINE = "Hipline"  # who raised it
CALL, UNREACHED = "call", "unreached"  # events: the person wants no texts; the answer did not reach the telephone
DENIED = "denied"  # an event: a sign was denied after the escalation
_IN_WORDS = {SELF_HARM: "thoughts of self-harm"}


def is_escalated(urgency: Urgency) -> bool:
    """Whether a message of that urgency makes an escalation."""
    return LEVELS.index(urgency) >= LEVELS.index("urgent")


def in_words(category: str) -> str:
    """A category as a person reads it."""
    return _IN_WORDS.get(category, category.replace("_", " "))


def report(
    session: Session,
    message: Message,
    urgency: Urgency,
    contacts: Contacts | None,
    *,
    category: str | None = None,
    findings: Any = None,
    at: dt.datetime | None = None,
) -> Escalation:
    """A warning sign in `message`: raises an escalation, or adds to the conversation's open one.

    Its alerts are written with it, and the conversation is queued for the staff, in the caller's transaction; call it
    once a message. A further sign that comes after an acknowledgement waits for another one.
    """
    at = at or now()
    urgency = "emergency" if category == SELF_HARM else urgency
    # Locked, where the database can: two messages of one conversation must find the same open escalation.
    session.execute(select(Conversation.id).where(Conversation.id == message.conversation_id).with_for_update())
    escalation = open_of(session, message.conversation_id)
    if escalation is None:
        what = "raised"
        escalation = Escalation(
            id=new_id(),
            conversation_id=message.conversation_id,
            message_id=message.id,
            urgency=urgency,
            category=category,
            findings=findings,
            state="raised",
            raised_at=at,
            waiting_since=at,
        )
        session.add(escalation)
    else:
        what = "further"
        escalation.urgency = max(escalation.urgency, urgency, key=LEVELS.index)
        if category and escalation.category != SELF_HARM:
            escalation.category = category
        if findings is not None:
            escalation.findings = findings
        if escalation.state == "acknowledged":
            escalation.state, escalation.waiting_since = "raised", at
            escalation.acknowledged_at = escalation.acknowledged_by = None
    session.flush()
    session.add(EscalationMessage(message_id=message.id, escalation_id=escalation.id, urgency=urgency, added_at=at))
    _event(session, escalation, what, HIPLINE, at, message.id)
    if _wants_no_texts(session, message.conversation_id):
        _event(session, escalation, CALL, HIPLINE, at, message.id)
    if contacts is not None:
        outbox.plan(session, escalation, message.id, contacts, at)
    session.flush()
    handoffs.wait(session, message.conversation_id, "escalation", escalation.waiting_since, at)
    return escalation


def unreached(session: Session, message_id: str, at: dt.datetime) -> Escalation | None:
    """The answer to a warning sign did not reach the telephone: the clinic's contacts are alerted anew, once a message.

    None where there is no escalation of that message, or they were told before.
    """
    escalation_id = of_message(session, message_id)
    escalation = None if escalation_id is None else find(session, escalation_id)
    told = select(EscalationEvent.id).where(EscalationEvent.message_id == message_id, EscalationEvent.what == UNREACHED)
    if escalation is None or session.execute(told.limit(1)).first() is not None:
        return None
    _event(session, escalation, UNREACHED, HIPLINE, at, message_id)
    if escalation.state in ("notified", "acknowledged"):  # the next look at what is lacking adds the alerts
        escalation.state, escalation.waiting_since = "raised", at
        escalation.acknowledged_at = escalation.acknowledged_by = None
    session.flush()
    return escalation


def denied(session: Session, message_id: str, at: dt.datetime) -> bool:
    """The person has denied a sign since ("no fever, I misread"): kept for the clinician, and nothing is closed by it.

    Call it once a message. False where no escalation of the conversation is open.
    """
    escalation = open_of(session, session.get(Message, message_id).conversation_id)
    if escalation is None:
        return False
    _event(session, escalation, DENIED, THE_PATIENT, at, message_id)
    session.flush()
    return True


def last_denied(session: Session, escalation_id: str) -> dt.datetime | None:
    """When the person last denied a sign; None where they never did."""
    query = select(func.max(EscalationEvent.at)).where(
        EscalationEvent.escalation_id == escalation_id, EscalationEvent.what == DENIED
    )
    found: dt.datetime | None = session.execute(query).scalar_one()
    return found


def must_be_called(session: Session, escalation_id: str) -> bool:
    """Whether the person can't be counted on to read texts: who has opted out, or was not reached by one."""
    query = select(EscalationEvent.id).where(
        EscalationEvent.escalation_id == escalation_id, EscalationEvent.what.in_((CALL, UNREACHED))
    )
    return session.execute(query.limit(1)).first() is not None


def of_message(session: Session, message_id: str) -> str | None:
    """The id of the escalation that a message belongs to."""
    found: str | None = session.execute(
        select(EscalationMessage.escalation_id).where(EscalationMessage.message_id == message_id)
    ).scalar_one_or_none()
    return found


def find(session: Session, escalation_id: str) -> Escalation | None:
    """An escalation, locked where the database can, to be changed in this transaction."""
    found = session.execute(select(Escalation).where(Escalation.id == escalation_id).with_for_update())
    return found.scalar_one_or_none()


def open_of(session: Session, conversation_id: str) -> Escalation | None:
    """A conversation's escalation that is not resolved, locked where the database can."""
    query = select(Escalation).where(Escalation.conversation_id == conversation_id, Escalation.state != "resolved")
    return session.execute(query.with_for_update()).scalar_one_or_none()


def of_alert(session: Session, alert_id: str) -> Escalation:
    """The escalation that an alert tells of, locked where the database can."""
    query = select(Escalation).join(Alert, Alert.escalation_id == Escalation.id).where(Alert.id == alert_id)
    found: Escalation = session.execute(query.with_for_update(of=Escalation)).scalar_one()
    return found


def notified(session: Session, escalation: Escalation, contact: str, at: dt.datetime) -> None:
    """A contact was told. Each delivery is an event; the first makes a raised escalation a notified one."""
    if escalation.state == "raised":
        escalation.state = "notified"
    _event(session, escalation, "notified", contact, at)


def acknowledge(session: Session, escalation: Escalation, who: str, at: dt.datetime) -> bool:
    """Somebody takes care of it: nobody else is told. False where another was first, and nothing is changed."""
    if escalation.state not in WAITING:
        return False
    escalation.state, escalation.acknowledged_at, escalation.acknowledged_by = "acknowledged", at, who
    _event(session, escalation, "acknowledged", who, at)
    outbox.close(session, escalation.id, at)
    return True


def unattended(session: Session, escalation: Escalation, at: dt.datetime) -> bool:
    """Whoever acknowledged it has not answered the patient: the contacts are told anew. False where nobody had.

    The alerts are added by the worker, as they are for any escalation that waits.
    """
    if escalation.state != "acknowledged":
        return False
    escalation.state, escalation.waiting_since = "raised", at
    escalation.acknowledged_at = escalation.acknowledged_by = None
    _event(session, escalation, "unattended", HIPLINE, at)
    session.flush()
    return True


def resolve(session: Session, escalation: Escalation, who: str, at: dt.datetime) -> bool:
    """It is done: what comes next in the conversation is a new one. False where it was resolved before."""
    if escalation.state == "resolved":
        return False
    escalation.state, escalation.resolved_at, escalation.resolved_by = "resolved", at, who
    _event(session, escalation, "resolved", who, at)
    outbox.close(session, escalation.id, at)
    handoffs.settled(session, escalation.conversation_id, who, at)
    return True


def listed(session: Session, states: Sequence[str], limit: int) -> list[Escalation]:
    """Escalations in one of `states`, the newest first, `limit` at most."""
    query = select(Escalation).where(Escalation.state.in_(states))
    return list(session.execute(query.order_by(Escalation.raised_at.desc(), Escalation.id).limit(limit)).scalars())


def events(session: Session, escalation_id: str) -> list[EscalationEvent]:
    """All that happened to it, in order."""
    query = select(EscalationEvent).where(EscalationEvent.escalation_id == escalation_id)
    return list(session.execute(query.order_by(EscalationEvent.id)).scalars())


def events_in(session: Session, conversation_id: str) -> list[EscalationEvent]:
    """All that happened to a conversation's escalations, in order."""
    query = select(EscalationEvent).join(Escalation, Escalation.id == EscalationEvent.escalation_id)
    found = session.execute(query.where(Escalation.conversation_id == conversation_id).order_by(EscalationEvent.id))
    return list(found.scalars())


def messages(session: Session, escalation_id: str) -> list[tuple[EscalationMessage, Message]]:
    """Its messages in order."""
    query = (
        select(EscalationMessage, Message)
        .join(Message, Message.id == EscalationMessage.message_id)
        .where(EscalationMessage.escalation_id == escalation_id)
        .order_by(Message.position)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _wants_no_texts(session: Session, conversation_id: str) -> bool:
    conversation = session.get(Conversation, conversation_id)
    return conversation.channel == "sms" and optouts.is_out(session, conversation.name)


def _event(
    session: Session, escalation: Escalation, what: str, who: str, at: dt.datetime, message_id: str | None = None
) -> None:
    session.add(
        EscalationEvent(
            escalation_id=escalation.id,
            at=at,
            what=what,
            who=who,
            urgency=escalation.urgency,
            message_id=message_id,
        )
    )
