"""What patients do on the web page beside writing: they agree, say whether an answer helped, ask to be forgotten."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Text

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class WebConsent(Base):
    """A visitor agreed to be written with, before the first message: to which words, and when. Rows are only added."""

    __tablename__ = "web_consents"
    __table_args__ = (Index("ix_web_consents_conversation", "conversation_id", "at"),)

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    wording = Column(Text, nullable=False)
    at = Column(UtcDateTime, nullable=False, default=now)


class Feedback(Base):
    """Whether a person found something that was said helpful; the last word on it counts."""

    __tablename__ = "feedback"

    entry_id = Column(String(32), ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    helpful = Column(Boolean, nullable=False)
    at = Column(UtcDateTime, nullable=False, default=now, index=True)


class Forgetting(Base):
    """A conversation that is to be deleted as soon as nobody has to look at it any more."""

    __tablename__ = "forgettings"

    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    at = Column(UtcDateTime, nullable=False, default=now)
