"""When each process was last seen well."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from bot.care.tables import Heartbeat

WORKER = "worker"
OLD = dt.timedelta(seconds=30)  # without a sign for so long, something is wrong


def beat(session: Session, name: str, at: dt.datetime) -> None:
    """`name` was well at `at`."""
    session.merge(Heartbeat(name=name, at=at))


def is_well(session: Session, name: str, at: dt.datetime) -> bool:
    """Whether it was seen well of late."""
    found = session.get(Heartbeat, name)
    return found is not None and found.at >= at - OLD
