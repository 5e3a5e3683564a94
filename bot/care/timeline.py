"""Everything said in a conversation, in one order: what a page shows, and what it asks for after a lost connection.

The positions of a conversation's entries have no gaps, and are given out under its lock: who has seen number 7 has
missed nothing before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from bot.care import rows, texts
from bot.care.tables import Conversation, Entry, Message, OutgoingText, new_id, now
from bot.replies import Reply

Who = Literal["patient", "assistant", "staff", "system"]

_TABLE = Entry.__table__
# Built once: that takes longer than to run it.
LAST = select(func.max(_TABLE.c.position)).where(_TABLE.c.conversation_id == bindparam("conversation_id"))


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


def heard(session: Session, conversation_id: str, message_id: str, at: dt.datetime, after: int) -> None:
    """Adds a person's message, just stored, `after` the last entry of its conversation, which must be locked."""
    _add(session, conversation_id, {"at": at, "who": "patient", "message_id": message_id}, after=after)


def answer(
    session: Session,
    conversation_id: str,
    message_id: str,
    replies: Sequence[Reply],
    at: dt.datetime,
    *,
    number: str | None = None,
) -> None:
    """Adds the replies to a message, in their order; its conversation must be locked.

    `number` is where they go as text messages, as they do where the message came as one.
    """
    said = [{"at": at, "who": "assistant", "message_id": message_id, "payload": reply.dict()} for reply in replies]
    entries = _add(session, conversation_id, *said)
    if number is not None:
        for entry, reply in zip(entries, replies, strict=True):
            texts.queue(session, entry, number, reply)


def say(
    session: Session,
    conversation_id: str,
    reply: Reply,
    *,
    who: Who = "assistant",
    name: str | None = None,
    at: dt.datetime | None = None,
) -> Entry:
    """Says something that answers no message: adds it, and in a conversation by SMS queues it as a text message.

    `name` is that of the member of staff who says it.
    """
    conversation = lock(session, conversation_id)
    said = {"at": at or now(), "who": who, "name": name, "payload": reply.dict()}
    [entry] = _add(session, conversation_id, said)
    if conversation.channel == "sms":
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
    return rows.run(session, LAST, {"conversation_id": conversation_id}).scalar_one() or 0


def touched(session: Session, since: dt.datetime) -> dict[str, int]:
    """The conversations with entries made at or after a time, each with the number of its last one."""
    query = select(Entry.conversation_id, func.max(Entry.position)).where(Entry.at >= since)
    return {row[0]: row[1] for row in session.execute(query.group_by(Entry.conversation_id))}


def _add(session: Session, conversation_id: str, *said: dict[str, Any], after: int | None = None) -> list[Entry]:
    """Adds entries with the columns given, `after` the last one, which is looked up where it is not known.

    They are not of the session, which would take longer to write them.
    """
    if not said:
        return []
    if after is None:
        after = last(session, conversation_id)
    added = [
        {**one, "id": new_id(), "conversation_id": conversation_id, "position": after + number}
        for number, one in enumerate(said, 1)
    ]
    rows.run(session, insert(_TABLE), added)
    return [Entry(**row) for row in added]


def _said(entry: Entry, text: str | None, external_id: str | None, delivery: str | None, code: int | None) -> Said:
    reply = None if entry.payload is None else Reply.parse_obj(entry.payload)
    words = text or "" if reply is None else reply.text
    return Said(
        entry.position, entry.at, entry.who, entry.name, words, reply, entry.message_id, delivery, code, external_id
    )
