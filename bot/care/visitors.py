"""What a visitor of the web page agreed to, and what they found helpful."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import conversations
from bot.care.database import Store
from bot.care.tables import Entry, Feedback, WebConsent, now

CHANNEL = "web"


def conversation_id(session: Session, name: str) -> str | None:
    """The id of a visitor's conversation; None before they have agreed."""
    return conversations.id_of(session, CHANNEL, name)


def agree(store: Store, name: str, wording: str, at: dt.datetime | None = None) -> str:
    """Keeps that a visitor agreed to `wording`, once for the same words; returns the id of their conversation."""
    return conversations.stored(store, lambda session: _agree(session, name, wording, at or now()))


def _agree(session: Session, name: str, wording: str, at: dt.datetime) -> str:
    found = conversations.id_made(session, CHANNEL, name, at)
    if not has_agreed(session, found, wording):
        session.add(WebConsent(conversation_id=found, wording=wording, at=at))
    return found


def has_agreed(session: Session, conversation_id: str | None, wording: str | None = None) -> bool:
    """Whether somebody agreed in a conversation: to these words, or to any."""
    query = select(WebConsent.id).where(WebConsent.conversation_id == conversation_id)
    if wording is not None:
        query = query.where(WebConsent.wording == wording)
    return session.execute(query.limit(1)).first() is not None


def rate(session: Session, conversation_id: str, position: int, helpful: bool, at: dt.datetime | None = None) -> bool:
    """Keeps whether entry number `position` helped; the last word counts. False where the assistant didn't say it."""
    query = select(Entry.id).where(
        Entry.conversation_id == conversation_id, Entry.position == position, Entry.who == "assistant"
    )
    entry_id = session.execute(query.with_for_update()).scalar_one_or_none()
    if entry_id is None:
        return False
    session.merge(Feedback(entry_id=entry_id, helpful=helpful, at=at or now()))
    return True


def ratings(session: Session, conversation_id: str) -> dict[int, bool]:
    """By the numbers of the entries, whether they helped."""
    query = (
        select(Entry.position, Feedback.helpful)
        .join(Feedback, Feedback.entry_id == Entry.id)
        .where(Entry.conversation_id == conversation_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
