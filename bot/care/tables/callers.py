"""Whom the desk rings: callers whose number was taken down, and patients who left theirs."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String

from bot.care.tables.base import Base, UtcDateTime, now


class CallerNumber(Base):
    """Where somebody is called back, as the desk was told or as they left it on the website: the last time counts."""

    __tablename__ = "caller_numbers"

    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    number = Column(String(16), nullable=False, index=True)  # E.164
    name = Column(String(160))
    taken_by = Column(String(160), nullable=False)  # the member of staff, or `callers.THE_PATIENT`
    at = Column(UtcDateTime, nullable=False, default=now)
