"""Which conversation it is: found by its channel and by the name that the caller has for it, or made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.care import rows
from bot.care.database import Store
from bot.care.tables import Conversation, new_id, now

T = TypeVar("T")

_TABLE = Conversation.__table__
# Built once: that takes longer than to run it.
_ID = select(_TABLE.c.id).where(_TABLE.c.channel == bindparam("channel"), _TABLE.c.name == bindparam("name"))
_LOCKED = _ID.with_for_update()


def id_of(session: Session, channel: str, name: str) -> str | None:
    """The id of a conversation; None where there is none."""
    found: str | None = rows.run(session, _ID, {"channel": channel, "name": name}).scalar_one_or_none()
    return found


def id_made(session: Session, channel: str, name: str, at: dt.datetime | None = None) -> str:
    """The id of a conversation, made where there is none (`stored` is for two processes that make it at once)."""
    return id_of(session, channel, name) or make(session, channel, name, at)


def locked(session: Session, channel: str, name: str) -> str | None:
    """The id of a conversation, which is locked where the database can; None where there is none."""
    found: str | None = rows.run(session, _LOCKED, {"channel": channel, "name": name}).scalar_one_or_none()
    return found


def make(session: Session, channel: str, name: str, at: dt.datetime | None = None) -> str:
    """The id of a new conversation. Raises `IntegrityError` where another process has made it by now."""
    made = new_id()
    rows.run(session, insert(_TABLE), {"id": made, "channel": channel, "name": name, "created_at": at or now()})
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
