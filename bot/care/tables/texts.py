"""Text messages that go out."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Text

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class OutgoingText(Base):
    """One text message to a patient's telephone, written before anything is sent: at most one an entry."""

    __tablename__ = "texts"
    __table_args__ = (Index("ix_texts_due", "state", "due_at"),)

    id = Column(String(32), primary_key=True, default=new_id)
    entry_id = Column(String(32), ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, unique=True)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    number = Column(String(16), nullable=False)  # E.164
    body = Column(Text, nullable=False)
    urgent = Column(Boolean, nullable=False, default=False)  # the answer to a warning sign
    created_at = Column(UtcDateTime, nullable=False, default=now)
    due_at = Column(UtcDateTime, nullable=False, default=now)  # when it is to be tried next
    state = Column(String(16), nullable=False, default="queued")
    attempts = Column(Integer, nullable=False, default=0)
