"""Who looked at what, and who did what."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String

from bot.care.tables.base import Base, UtcDateTime, now


class AuditEntry(Base):
    """One look or act. Rows are only added: triggers refuse changes and deletions.

    It outlives what it is about, so it holds no patient's words, number or name, and refers to nothing by a key.
    """

    __tablename__ = "audit"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, default=now, index=True)
    who = Column(String(160), nullable=False, index=True)
    what = Column(String(64), nullable=False)
    conversation_id = Column(String(32), index=True)
    about = Column(String(200))
