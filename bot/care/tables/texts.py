"""Text messages that go out, and who wants none."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Text, false

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class OutgoingText(Base):
    """One text message to a patient's telephone, written before anything is sent: at most one an entry.

    queued -> unsure (an attempt has begun, and nobody knows yet how it ended) -> sent -> delivered or undelivered;
    `failed` was refused for good or grew too old, `stopped` was not sent to somebody who wants no texts.
    """

    __tablename__ = "texts"
    __table_args__ = (Index("ix_texts_due", "state", "due_at"),)

    id = Column(String(32), primary_key=True, default=new_id)
    entry_id = Column(String(32), ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, unique=True)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False, default=0, server_default="0")  # the entry's: texts go out in its order
    number = Column(String(16), nullable=False)  # E.164
    body = Column(Text, nullable=False)
    urgent = Column(Boolean, nullable=False, default=False)  # the answer to a warning sign
    regardless = Column(Boolean, nullable=False, default=False, server_default=false())  # goes to opted-out numbers too
    created_at = Column(UtcDateTime, nullable=False, default=now)
    due_at = Column(UtcDateTime, nullable=False, default=now)  # when it is to be tried next
    expires_at = Column(UtcDateTime)  # not sent any more after that
    state = Column(String(16), nullable=False, default="queued")
    changed_at = Column(UtcDateTime)  # since when it is in its state
    attempts = Column(Integer, nullable=False, default=0)
    tried_at = Column(UtcDateTime)  # the beginning of the first attempt
    lease = Column(String(32))
    leased_until = Column(UtcDateTime)
    sid = Column(String(64), index=True)  # what the carrier calls it
    code = Column(Integer)  # of the carrier's error
    problem = Column(String(200))  # of the last attempt, without numbers and words


class OptOut(Base):
    """A number that wants no texts any more, or wants them again: the newest row counts. Rows are only added."""

    __tablename__ = "opt_outs"
    __table_args__ = (Index("ix_opt_outs_number", "number", "id"),)

    id = Column(Integer, primary_key=True)
    number = Column(String(128), nullable=False)  # as the conversation is called
    out = Column(Boolean, nullable=False)
    at = Column(UtcDateTime, nullable=False, default=now)
    wording = Column(Text, nullable=False)  # what was said: the person's own words, or the carrier's code
    by = Column(String(16), nullable=False)  # patient, carrier, staff
    message_id = Column(String(32), ForeignKey("messages.id", ondelete="SET NULL"))
