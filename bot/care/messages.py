"""Messages and their replies: stored first, answered once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.care import conversations, escalations, handoffs, rows, timeline
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.tables import Conversation, Entry, EscalationMessage, Message, new_id, now
from bot.replies import LEVELS, Reply, Urgency
from bot.triage.examples import SELF_HARM, Label
from bot.triage.judgement import Earlier

_LOOKED_BACK = 12  # replies

# What every message needs, built once: that takes longer than to run it.
_CONVERSATIONS, _MESSAGES, _ENTRIES = Conversation.__table__, Message.__table__, Entry.__table__
_ESCALATED = EscalationMessage.__table__
_OF_CONVERSATION = _MESSAGES.c.conversation_id == bindparam("conversation_id")
_SEEN_AND_LAST = select(
    select(_MESSAGES.c.id)
    .where(_OF_CONVERSATION, _MESSAGES.c.external_id == bindparam("external_id"))
    .scalar_subquery()
    .label("seen"),
    select(func.max(_MESSAGES.c.position)).where(_OF_CONVERSATION).scalar_subquery().label("last"),
    timeline.LAST.scalar_subquery().label("last_entry"),
)
_FOUND = (
    select(
        _MESSAGES.c.id,
        _MESSAGES.c.conversation_id,
        _MESSAGES.c.position,
        _MESSAGES.c.text,
        _MESSAGES.c.answered_at,
        _ESCALATED.c.escalation_id,
    )
    .outerjoin(_ESCALATED, _ESCALATED.c.message_id == _MESSAGES.c.id)
    .where(_MESSAGES.c.id == bindparam("message_id"))
)
_ANSWERED = update(_MESSAGES).where(_MESSAGES.c.id == bindparam("message_id"), _MESSAGES.c.answered_at.is_(None))
_LOCKED = (
    select(
        _MESSAGES.c.conversation_id,
        _MESSAGES.c.position,
        _MESSAGES.c.door,
        _CONVERSATIONS.c.channel,
        _CONVERSATIONS.c.name,
    )
    .join(_CONVERSATIONS, _CONVERSATIONS.c.id == _MESSAGES.c.conversation_id)
    .where(_MESSAGES.c.id == bindparam("message_id"))
    .with_for_update(of=_CONVERSATIONS)
)
_REPLIES_BEFORE = (
    select(_ENTRIES.c.payload, _MESSAGES.c.text, _MESSAGES.c.position)
    .join(_MESSAGES, _MESSAGES.c.id == _ENTRIES.c.message_id)
    .where(
        _ENTRIES.c.conversation_id == bindparam("conversation_id"),
        _ENTRIES.c.who == "assistant",
        _MESSAGES.c.position < bindparam("before"),
    )
    .order_by(_MESSAGES.c.position.desc(), _ENTRIES.c.position.desc())
    .limit(_LOOKED_BACK)
)


class MessageConflict(ValueError):
    """A message id was used again in the same conversation, for another text."""


@dataclass(frozen=True)
class Received:
    """A message that is stored. `replies` is None until it has been answered."""

    id: str
    conversation_id: str
    position: int
    replies: tuple[Reply, ...] | None = None
    escalation: str | None = None


@dataclass(frozen=True)
class Context:
    """What a conversation was about before a message: from its stored messages and replies alone."""

    topic: str | None = None
    kind: str | None = None
    offered: tuple[tuple[str, str | None], ...] = field(default=())  # titles and topics of the last reply's buttons
    asked: Mapping[str, int] = field(default_factory=dict)  # how often each topic was answered of late
    symptom: Earlier | None = None


@dataclass(frozen=True)
class Waiting:
    """A message that waits for its answer."""

    id: str
    received_at: dt.datetime


def receive(
    store: Store,
    channel: str,
    name: str,
    text: str,
    message_id: str | None,
    door: str = "api",
) -> Received:
    """Stores a message, and commits it. The same `message_id` in the same conversation gives the one stored before.

    `door` is where it came in: api, page or sms.

    Raises `MessageConflict` where that one had another text.
    """
    return conversations.stored(
        store, lambda session: _receive(session, channel, name, text, message_id or new_id(), door)
    )


def _receive(session: Session, channel: str, name: str, text: str, message_id: str, door: str) -> Received:
    # Locked, where the database can: positions are given out one after the other.
    conversation_id = conversations.locked(session, channel, name) or conversations.make(session, channel, name)
    mine = {"conversation_id": conversation_id, "external_id": message_id}
    seen, last, last_entry = rows.run(session, _SEEN_AND_LAST, mine).one()
    if seen is not None:
        found = rows.run(session, _FOUND, {"message_id": seen}).one()
        if found.text != text:
            raise MessageConflict("message_id was used before in this conversation, for another text")
        return _received(session, found)
    received, at = Received(new_id(), conversation_id, (last or 0) + 1), now()
    message = {**mine, "id": received.id, "position": received.position, "text": text, "door": door, "received_at": at}
    rows.run(session, insert(_MESSAGES), message)
    timeline.heard(session, conversation_id, received.id, at, last_entry or 0)
    return received


def find(session: Session, message_id: str) -> Received:
    """A stored message by our own id, with its replies if it has been answered."""
    return _received(session, rows.run(session, _FOUND, {"message_id": message_id}).one())


def is_known(session: Session, channel: str, name: str, message_id: str) -> bool:
    """Whether a message with the sender's id for it is stored."""
    query = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.channel == channel, Conversation.name == name, Message.external_id == message_id)
    )
    return session.execute(query).first() is not None


def first_text(session: Session) -> dt.datetime | None:
    """When the text line got its first message; None where it never got one."""
    found: dt.datetime | None = session.execute(
        select(func.min(Message.received_at)).where(Message.door == "sms")
    ).scalar_one()
    return found


def stored(session: Session, message_id: str) -> tuple[str, str, str, str]:
    """The channel, the conversation's name, the door and the text of a message. Raises `LookupError`."""
    row = session.execute(
        select(Conversation.channel, Conversation.name, Message.door, Message.text)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        raise LookupError("no such message")
    return row[0], row[1], row[2], row[3]


def answer(
    session: Session,
    message_id: str,
    replies: Sequence[Reply],
    by: str,
    contacts: Contacts | None = None,
    *,
    category: str | None = None,
    findings: Any = None,
    records: Sequence[Callable[[Session], object]] = (),
    at: dt.datetime | None = None,
) -> Received:
    """Stores the replies to a message, and where one of them is urgent its escalation with the alerts to `contacts`.

    Whoever asks for a person is queued for the staff. Only the first time counts; `records` are done with it, in the
    same transaction. `category` and `findings` (as JSON) say what the triage found; `at` is the time, now unless it is
    given.
    """
    at = at or now()
    mine = {"message_id": message_id}
    done: Any = rows.run(session, _ANSWERED, {**mine, "answered_at": at, "answered_by": by})
    if not done.rowcount:  # whoever else was first keeps others out until its replies are there too
        return find(session, message_id)
    conversation_id, position, door, channel, name = rows.run(session, _LOCKED, mine).one()
    number = name if channel == "sms" and door == "sms" else None
    timeline.answer(session, conversation_id, message_id, replies, at, number=number)
    for record in records:
        record(session)
    escalation = None
    urgency: Urgency = max((reply.urgency for reply in replies), key=LEVELS.index, default="none")
    if escalations.is_escalated(urgency):
        crisis = any(reply.kind == "crisis" for reply in replies)
        category = SELF_HARM if crisis else category
        message = session.get(Message, message_id)
        raised = escalations.report(session, message, urgency, contacts, category=category, findings=findings, at=at)
        escalation = raised.id
    elif any(reply.kind == "handoff" for reply in replies):
        handoffs.wait(session, conversation_id, "person", at, at)
    return Received(message_id, conversation_id, position, tuple(replies), escalation)


def unanswered(
    session: Session, before: dt.datetime, limit: int, texts_before: dt.datetime | None = None
) -> list[tuple[str, str, str]]:
    """The id, channel and text of messages that came before a time and have no answer, the oldest first.

    Those of the text line, which may wait for Rasa, only where they came before `texts_before`, if that is given.
    """
    query = (
        select(Message.id, Conversation.channel, Message.text)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.answered_at.is_(None), Message.received_at <= before)
        .order_by(Message.received_at)
        .limit(limit)
    )
    if texts_before is not None:
        query = query.where(or_(Message.door != "sms", Message.received_at <= texts_before))
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def waiting_texts(session: Session, limit: int) -> dict[str, list[Waiting]]:
    """The text line's messages without an answer by their conversations, each in its order; the oldest `limit`."""
    query = (
        select(Message.conversation_id, Message.id, Message.received_at)
        .where(Message.answered_at.is_(None), Message.door == "sms")
        .order_by(Message.received_at, Message.position)
        .limit(limit)
    )
    found: dict[str, list[Waiting]] = {}
    for conversation_id, message_id, received_at in session.execute(query):
        found.setdefault(conversation_id, []).append(Waiting(message_id, received_at))
    return found


def context(session: Session, conversation_id: str, before: int) -> Context:
    """What the conversation was about before its message number `before`."""
    found = rows.run(session, _REPLIES_BEFORE, {"conversation_id": conversation_id, "before": before}).all()
    if not found:
        return Context()
    # The payloads are as `Reply.dict` made them: to read a dozen anew as replies takes longer than all the rest.
    last = found[0]
    topic = next((row.payload["topic"] for row in found if row.payload["topic"]), None)
    offered = tuple((button["title"], button["topic"]) for button in last.payload["buttons"])
    asked = Counter(row.payload["topic"] for row in found if row.payload["topic"] and row.payload["kind"] == "answer")
    spoke = next((row for row in found if row.payload["urgency"] != "none"), None)
    symptom = None
    if spoke is not None:
        urgency: Label = "crisis" if spoke.payload["kind"] == "crisis" else spoke.payload["urgency"]
        symptom = Earlier(spoke.text, urgency, spoke.position == last.position)
    return Context(topic, last.payload["kind"], offered, asked, symptom)


def transcript(session: Session, channel: str, name: str) -> list[tuple[Message, list[Reply]]]:
    """All messages of a conversation in their order, each with its replies."""
    messages = session.execute(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.channel == channel, Conversation.name == name)
        .order_by(Message.position)
    ).scalars()
    return [(message, _replies(session, message.id)) for message in messages]


def _received(session: Session, found: Row) -> Received:
    if found.answered_at is None:
        return Received(found.id, found.conversation_id, found.position)
    replies = tuple(_replies(session, found.id))
    return Received(found.id, found.conversation_id, found.position, replies, found.escalation_id)


def _replies(session: Session, message_id: str) -> list[Reply]:
    query = select(Entry.payload).where(Entry.message_id == message_id, Entry.who != "patient").order_by(Entry.position)
    return [Reply.parse_obj(payload) for payload in session.execute(query).scalars()]
