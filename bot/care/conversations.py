"""Which conversation it is: found by its channel and by the name that the caller has for it, or made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.care.database import Store
from bot.care.tables import Conversation, now

T = TypeVar("T")


def id_of(session: Session, channel: str, name: str) -> str | None:
    """The id of a conversation; None where there is none."""
    query = select(Conversation.id).where(Conversation.channel == channel, Conversation.name == name)
    found: str | None = session.execute(query).scalar_one_or_none()
    return found


def id_made(session: Session, channel: str, name: str, at: dt.datetime | None = None) -> str:
    """The id of a conversation, made where there is none (`stored` is for two processes that make it at once)."""
    return id_of(session, channel, name) or str(make(session, channel, name, at).id)


def locked(session: Session, channel: str, name: str) -> Conversation | None:
    """A conversation, locked where the database can; None where there is none."""
    query = select(Conversation).where(Conversation.channel == channel, Conversation.name == name)
    return session.execute(query.with_for_update()).scalar_one_or_none()


def make(session: Session, channel: str, name: str, at: dt.datetime | None = None) -> Conversation:
    """A new conversation. Raises `IntegrityError` where another process has made it by now."""
    made = Conversation(channel=channel, name=name, created_at=at or now())
    session.add(made)
    session.flush()
    return made


def stored(store: Store, step: Callable[[Session], T]) -> T:
    """What `step` gives, in a transaction of its own: it may make what is not there yet.

    Tried again where another process stored the same between its look and its write.
    """
    for attempt in (1, 2, 3):
        try:
            with store.write() as session:
                return step(session)
        except IntegrityError:
            if attempt == 3:
                raise
    raise AssertionError("unreachable")
