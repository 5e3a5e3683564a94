"""Whom the desk asks for: callers whose number was taken down."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String

from bot.care.tables.base import Base, UtcDateTime, now


class CallerNumber(Base):
    """Where a caller is called back, as it was said to the desk: the last time counts."""

    __tablename__ = "caller_numbers"

    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    number = Column(String(16), nullable=False, index=True)  # E.164
    name = Column(String(160))
    taken_by = Column(String(160), nullable=False)  # the member of staff
    at = Column(UtcDateTime, nullable=False, default=now)
