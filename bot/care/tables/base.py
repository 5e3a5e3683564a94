"""What all tables share."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import DateTime, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import declarative_base

Base: Any = declarative_base()


def now() -> dt.datetime:
    """The time in UTC."""
    return dt.datetime.now(dt.timezone.utc)


def new_id() -> str:
    """An id that nobody can guess."""
    return uuid.uuid4().hex


class UtcDateTime(TypeDecorator):
    """A time with its zone: SQLite forgets the zone, so it is UTC on the way in and on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To UTC; a time without a zone is an error of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(dt.timezone.utc)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """In UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.timezone.utc) if value.tzinfo is None else value.astimezone(dt.timezone.utc)
