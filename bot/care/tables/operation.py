"""What keeps Hipline itself running."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class Heartbeat(Base):
    """When a process was last seen well."""

    __tablename__ = "heartbeats"

    name = Column(String(32), primary_key=True)
    at = Column(UtcDateTime, nullable=False)


class Counter(Base):
    """How often something happened that leaves no row of its own."""

    __tablename__ = "counters"

    name = Column(String(48), primary_key=True)
    count = Column(Integer, nullable=False)
    at = Column(UtcDateTime, nullable=False)  # the last time


class ApiKey(Base):
    """A key for the API, as its hash: the key itself is shown once and kept nowhere."""

    __tablename__ = "api_keys"

    id = Column(String(32), primary_key=True, default=new_id)
    name = Column(String(64), nullable=False)
    hash = Column(String(64), nullable=False, unique=True)
    created_at = Column(UtcDateTime, nullable=False, default=now)
