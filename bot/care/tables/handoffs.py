"""Conversations that a person on the staff is to take, or has taken; and what staff write down about them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Text, text

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class Handoff(Base):
    """One time that a conversation goes to the staff, until the assistant has it back: one open one a conversation.

    The states and the ways between them are in `bot/care/handoffs.py`. Whoever has it is kept by name too, since an
    account may be deleted later.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        Index(
            "ux_handoffs_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_handoffs_state", "state"),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    state = Column(String(16), nullable=False)
    reason = Column(String(16), nullable=False)  # escalation, person (the patient asked for one), staff
    began_at = Column(UtcDateTime, nullable=False, default=now)
    waiting_since = Column(UtcDateTime, nullable=False, default=now)  # what the clinic's target counts from
    timed_out_at = Column(UtcDateTime)
    taken_at = Column(UtcDateTime)  # by the present holder
    holder_id = Column(String(32))  # the account's
    holder = Column(String(160))
    active_at = Column(UtcDateTime)  # when the holder last did something here
    ended_at = Column(UtcDateTime)
    outcome = Column(String(32))


class HandoffEvent(Base):
    """One transition of a handoff, when, and by whom. Rows are only added."""

    __tablename__ = "handoff_events"

    id = Column(Integer, primary_key=True)
    handoff_id = Column(String(32), ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False, default=now)
    what = Column(String(16), nullable=False)  # waiting, timed_out, taken, handed_back, closed
    who = Column(String(160), nullable=False)


class Note(Base):
    """What a member of staff wrote down about a conversation: never shown to the patient."""

    __tablename__ = "notes"

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False, default=now)
    who = Column(String(160), nullable=False)
    text = Column(Text, nullable=False)


class DeskForm(Base):
    """A form of the desk that was done, by the id hidden in it: sent again, it does nothing."""

    __tablename__ = "desk_forms"

    id = Column(String(64), primary_key=True)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False, default=now)
