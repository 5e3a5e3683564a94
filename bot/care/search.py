"""Looking for conversations: by words, number, channel, days, urgency, and whether an escalation is open."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.care.tables import CallerNumber, Conversation, Entry, Escalation, Message
from bot.replies import LEVELS

State = Literal["open", "resolved"]
PAGE = 25  # conversations
_WORDS = 10  # of a search that are looked at
_FEWEST_DIGITS = 4  # of a number: fewer are in half of them
_EXCERPT = 160  # characters


class SearchError(ValueError):
    """What is looked for can't be looked for. The message says why."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; whatever is empty matches all. A conversation must match every part of it."""

    words: str = ""  # each in something that was said, small or capital
    number: str = ""  # a part of a telephone number, however it is written
    channel: str = ""
    since: dt.datetime | None = None  # something was said at or after then
    until: dt.datetime | None = None  # and before then
    urgency: str = ""  # of an escalation
    state: State | None = None  # of an escalation


@dataclass(frozen=True)
class Found:
    """A conversation. `urgency` is the highest of its escalations, `state` that of the newest one."""

    id: str
    channel: str
    number: str | None
    caller: str | None
    begun: dt.datetime
    last: dt.datetime
    messages: int
    urgency: str | None
    state: str | None
    excerpt: str  # of the person's last message


def find(session: Session, wanted: Wanted, page: int = 1, size: int = PAGE) -> tuple[list[Found], int]:
    """The conversations of a page, those with the newest words first, and how many there are on all pages.

    Raises `SearchError`.
    """
    said = select(Entry.conversation_id, func.max(Entry.at).label("last")).group_by(Entry.conversation_id).subquery()
    query = select(Conversation, said.c.last).join(said, said.c.conversation_id == Conversation.id)
    for condition in _conditions(wanted):
        query = query.where(condition)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = session.execute(
        query.order_by(said.c.last.desc(), Conversation.id).limit(size).offset((max(page, 1) - 1) * size)
    ).all()
    return [_found(session, row[0], row[1]) for row in rows], total


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    for word in wanted.words.split()[:_WORDS]:
        pattern = f"%{_escaped(word)}%"
        found.append(
            or_(
                _has(Message, Message.text.ilike(pattern, escape="\\")),
                _has(Entry, Entry.payload["text"].as_string().ilike(pattern, escape="\\")),
            )
        )
    if wanted.number.strip():
        digits = re.sub(r"\D", "", wanted.number)
        if len(digits) < _FEWEST_DIGITS:
            raise SearchError(f"Please give at least {_FEWEST_DIGITS} digits of the number.")
        found.append(
            or_(
                and_(Conversation.channel == "sms", Conversation.name.like(f"%{digits}%")),
                _has(CallerNumber, CallerNumber.number.like(f"%{digits}%")),
            )
        )
    if wanted.channel:
        found.append(Conversation.channel == wanted.channel)
    if wanted.since is not None or wanted.until is not None:
        between = [Entry.at >= wanted.since] if wanted.since is not None else []
        between += [Entry.at < wanted.until] if wanted.until is not None else []
        found.append(_has(Entry, *between))
    if wanted.urgency or wanted.state:
        which = [Escalation.urgency == wanted.urgency] if wanted.urgency else []
        if wanted.state:
            resolved = Escalation.state == "resolved"
            which.append(resolved if wanted.state == "resolved" else ~resolved)
        found.append(_has(Escalation, *which))
    return found


def _has(table: Any, *conditions: Any) -> Any:
    """Whether a conversation has a row in another table that fits: found in one pass, not one for each of them."""
    return Conversation.id.in_(select(table.conversation_id).where(*conditions))


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def _found(session: Session, conversation: Conversation, last: dt.datetime) -> Found:
    count, text = _of_person(session, conversation.id)
    highest = case({level: number for number, level in enumerate(LEVELS)}, value=Escalation.urgency)
    of_it = select(Escalation.urgency).where(Escalation.conversation_id == conversation.id)
    urgency = session.execute(of_it.order_by(highest.desc()).limit(1)).scalar_one_or_none()
    newest = select(Escalation.state).where(Escalation.conversation_id == conversation.id)
    state = session.execute(newest.order_by(Escalation.raised_at.desc()).limit(1)).scalar_one_or_none()
    caller = session.get(CallerNumber, conversation.id)
    number = conversation.name if conversation.channel == "sms" else caller.number if caller else None
    return Found(
        id=conversation.id,
        channel=conversation.channel,
        number=number,
        caller=caller.name if caller else None,
        begun=conversation.created_at,
        last=last,
        messages=count,
        urgency=urgency,
        state=state,
        excerpt=text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…",
    )


def _of_person(session: Session, conversation_id: str) -> tuple[int, str]:
    """How many messages the person wrote, and the last one."""
    mine = Message.conversation_id == conversation_id
    count = session.execute(select(func.count(Message.id)).where(mine)).scalar_one()
    newest = select(Message.text).where(mine).order_by(Message.position.desc()).limit(1)
    return count, session.execute(newest).scalar_one_or_none() or ""
