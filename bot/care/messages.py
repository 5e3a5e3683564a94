"""Messages and their replies: stored first, answered once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.care import conversations, escalations, handoffs, timeline
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.tables import Conversation, Entry, Message, new_id, now
from bot.replies import LEVELS, Reply, Urgency
from bot.triage.examples import SELF_HARM
from bot.triage.judgement import Earlier

_LOOKED_BACK = 12  # replies


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
    conversation = conversations.locked(session, channel, name) or conversations.make(session, channel, name)
    seen = session.execute(
        select(Message).where(Message.conversation_id == conversation.id, Message.external_id == message_id)
    ).scalar_one_or_none()
    if seen is not None:
        if seen.text != text:
            raise MessageConflict("message_id was used before in this conversation, for another text")
        return _received(session, seen)
    last = session.execute(
        select(func.max(Message.position)).where(Message.conversation_id == conversation.id)
    ).scalar_one()
    message = Message(
        conversation_id=conversation.id, external_id=message_id, position=(last or 0) + 1, text=text, door=door
    )
    session.add(message)
    session.flush()
    timeline.heard(session, message)
    return Received(message.id, conversation.id, message.position)


def find(session: Session, message_id: str) -> Received:
    """A stored message by our own id, with its replies if it has been answered."""
    return _received(session, session.get(Message, message_id))


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
    message = session.execute(select(Message).where(Message.id == message_id).with_for_update()).scalar_one()
    if message.answered_at is None:
        message.answered_at, message.answered_by = at or now(), by
        for reply in replies:
            timeline.say(session, message.conversation_id, reply, message=message, at=message.answered_at)
        for record in records:
            record(session)
        urgency: Urgency = max((reply.urgency for reply in replies), key=LEVELS.index, default="none")
        if escalations.is_escalated(urgency):
            crisis = any(reply.kind == "crisis" for reply in replies)
            category = SELF_HARM if crisis else category
            escalations.report(session, message, urgency, contacts, category=category, findings=findings, at=at)
        elif any(reply.kind == "handoff" for reply in replies):
            handoffs.wait(session, message.conversation_id, "person", message.answered_at, message.answered_at)
        session.flush()
    return _received(session, message)


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
    rows = session.execute(
        select(Entry.payload, Message.text, Message.position)
        .join(Message, Message.id == Entry.message_id)
        .where(Entry.conversation_id == conversation_id, Entry.who == "assistant", Message.position < before)
        .order_by(Message.position.desc(), Entry.position.desc())
        .limit(_LOOKED_BACK)
    ).all()
    if not rows:
        return Context()
    replies = [Reply.parse_obj(row.payload) for row in rows]
    topic = next((reply.topic for reply in replies if reply.topic), None)
    offered = tuple((button.title, button.topic) for button in replies[0].buttons)
    asked = Counter(reply.topic for reply in replies if reply.topic and reply.kind == "answer")
    symptom = next(
        (
            Earlier(row.text, "crisis" if reply.kind == "crisis" else reply.urgency, row.position == rows[0].position)
            for row, reply in zip(rows, replies, strict=True)
            if reply.urgency != "none"
        ),
        None,
    )
    return Context(topic, replies[0].kind, offered, asked, symptom)


def transcript(session: Session, channel: str, name: str) -> list[tuple[Message, list[Reply]]]:
    """All messages of a conversation in their order, each with its replies."""
    messages = session.execute(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.channel == channel, Conversation.name == name)
        .order_by(Message.position)
    ).scalars()
    return [(message, _replies(session, message.id)) for message in messages]


def _received(session: Session, message: Message) -> Received:
    if message.answered_at is None:
        return Received(message.id, message.conversation_id, message.position)
    escalation = escalations.of_message(session, message.id)
    replies = tuple(_replies(session, message.id))
    return Received(message.id, message.conversation_id, message.position, replies, escalation)


def _replies(session: Session, message_id: str) -> list[Reply]:
    query = select(Entry.payload).where(Entry.message_id == message_id, Entry.who != "patient").order_by(Entry.position)
    return [Reply.parse_obj(payload) for payload in session.execute(query).scalars()]
