"""The tables. Migrations in `migrations/` make them; a test checks that the two agree."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Index, Integer, String, Text, TypeDecorator, UniqueConstraint
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


class Conversation(Base):
    """One person's talk through one channel. `name` is what the caller calls it: an id, a telephone number."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "name"),)

    id = Column(String(32), primary_key=True, default=new_id)
    channel = Column(String(8), nullable=False)
    name = Column(String(128), nullable=False)
    created_at = Column(UtcDateTime, nullable=False, default=now)


class Message(Base):
    """One message of a person, stored before anything else happens to it.

    `answered_at` is empty until its replies are stored with it, in one transaction.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "external_id"),
        Index("ix_messages_conversation_position", "conversation_id", "position"),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    external_id = Column(String(128), nullable=False)
    position = Column(Integer, nullable=False)  # from 1 within the conversation
    text = Column(Text, nullable=False)
    received_at = Column(UtcDateTime, nullable=False, default=now)
    answered_at = Column(UtcDateTime)
    answered_by = Column(String(16))  # "rasa", or "gateway" where Rasa did not answer


class StoredReply(Base):
    """One reply to a message, as it went over the wire."""

    __tablename__ = "replies"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id = Column(String(32), primary_key=True, default=new_id)
    message_id = Column(String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    payload = Column(JSON, nullable=False)


class Escalation(Base):
    """A warning sign that somebody described: raised once a message, with the replies to it."""

    __tablename__ = "escalations"

    id = Column(String(32), primary_key=True, default=new_id)
    message_id = Column(String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True)
    urgency = Column(String(16), nullable=False)
    raised_at = Column(UtcDateTime, nullable=False, default=now)


class ApiKey(Base):
    """A key for the API, as its hash: the key itself is shown once and kept nowhere."""

    __tablename__ = "api_keys"

    id = Column(String(32), primary_key=True, default=new_id)
    name = Column(String(64), nullable=False)
    hash = Column(String(64), nullable=False, unique=True)
    created_at = Column(UtcDateTime, nullable=False, default=now)
