"""Everything said in a conversation, in one order: what a page shows, and what it asks for after a lost connection.

The positions of a conversation's entries have no gaps, and are given out under its lock: who has seen number 7 has
missed nothing before it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import texts
from bot.care.tables import Conversation, Entry, Message, OutgoingText, now
from bot.replies import Reply

Who = Literal["patient", "assistant", "staff", "system"]


@dataclass(frozen=True)
class Said:
    """One entry. `text` is what was said in full; `reply` is empty where the patient said it.

    `delivery` is the state of the text message that takes it to a telephone (see `OutgoingText`), where there is one.
    """

    position: int
    at: dt.datetime
    who: Who
    name: str | None
    text: str
    reply: Reply | None
    message_id: str | None
    delivery: str | None = None
    delivery_code: int | None = None  # of the carrier's error
    external_id: str | None = None  # what the sender calls that message


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation, locked where the database can: until the end of the transaction nobody else adds to it."""
    query = select(Conversation).where(Conversation.id == conversation_id)
    found: Conversation = session.execute(query.with_for_update()).scalar_one()
    return found


def heard(session: Session, message: Message) -> Entry:
    """Adds a person's message, just stored; its conversation must be locked."""
    return _add(session, message.conversation_id, who="patient", message_id=message.id, at=message.received_at)


def say(
    session: Session,
    conversation_id: str,
    reply: Reply,
    *,
    who: Who = "assistant",
    name: str | None = None,
    message: Message | None = None,
    at: dt.datetime | None = None,
) -> Entry:
    """Says something in a conversation: adds it, and where the patient reads it as a text message, queues that.

    `name` is that of the member of staff who says it; `message` is the one that it answers. What answers a message
    goes back through the door by which that came, so that only those of the text line make text messages; what
    answers none goes to the telephone in any conversation by SMS.
    """
    conversation = lock(session, conversation_id)
    entry = _add(
        session,
        conversation_id,
        who=who,
        name=name,
        message_id=message.id if message is not None else None,
        payload=reply.dict(),
        at=at or now(),
    )
    if conversation.channel == "sms" and (message is None or message.door == "sms"):
        texts.queue(session, entry, conversation.name, reply)
    return entry


def since(session: Session, conversation_id: str, position: int = 0, *, until: int | None = None) -> list[Said]:
    """What was said after entry number `position`, and before number `until` where that is given, in order."""
    query = (
        select(Entry, Message.text, Message.external_id, OutgoingText.state, OutgoingText.code)
        .outerjoin(Message, Message.id == Entry.message_id)
        .outerjoin(OutgoingText, OutgoingText.entry_id == Entry.id)
        .where(Entry.conversation_id == conversation_id, Entry.position > position)
        .order_by(Entry.position)
    )
    if until is not None:
        query = query.where(Entry.position < until)
    return [_said(*row) for row in session.execute(query)]


def last(session: Session, conversation_id: str) -> int:
    """The number of the last entry; 0 where there is none."""
    query = select(func.max(Entry.position)).where(Entry.conversation_id == conversation_id)
    return session.execute(query).scalar_one() or 0


def touched(session: Session, since: dt.datetime) -> dict[str, int]:
    """The conversations with entries made at or after a time, each with the number of its last one."""
    query = select(Entry.conversation_id, func.max(Entry.position)).where(Entry.at >= since)
    return {row[0]: row[1] for row in session.execute(query.group_by(Entry.conversation_id))}


def _add(session: Session, conversation_id: str, **values: object) -> Entry:
    entry = Entry(conversation_id=conversation_id, position=last(session, conversation_id) + 1, **values)
    session.add(entry)
    session.flush()
    return entry


def _said(entry: Entry, text: str | None, external_id: str | None, delivery: str | None, code: int | None) -> Said:
    reply = None if entry.payload is None else Reply.parse_obj(entry.payload)
    words = text or "" if reply is None else reply.text
    return Said(
        entry.position, entry.at, entry.who, entry.name, words, reply, entry.message_id, delivery, code, external_id
    )
