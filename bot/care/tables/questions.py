"""Questions that were put to a person because a warning sign was not out of the question."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String

from bot.care.tables.base import Base, UtcDateTime, now


class Question(Base):
    """One question, put with the reply to a message; it waits until somebody says something, or time is up."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_due", "settled_at", "due_at"),)

    message_id = Column(String(32), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    asked_at = Column(UtcDateTime, nullable=False, default=now)
    due_at = Column(UtcDateTime)  # from when on silence counts as a yes; empty: never
    settled_at = Column(UtcDateTime)
    outcome = Column(String(8))  # yes, no, other, silent
