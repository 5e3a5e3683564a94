"""Warning signs, and who is told of them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, UniqueConstraint, text

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class Escalation(Base):
    """A warning sign that somebody described, until it is resolved: one open one a conversation, at most.

    raised -> notified -> acknowledged -> resolved; a further warning sign makes an acknowledged one raised again.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        Index(
            "ux_escalations_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("state != 'resolved'"),
            postgresql_where=text("state != 'resolved'"),
        ),
        Index("ix_escalations_state", "state", "raised_at"),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(  # the first; all of them are in escalation_messages
        String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True
    )
    urgency = Column(String(16), nullable=False)  # the highest so far
    category = Column(String(32))
    findings = Column(JSON)
    state = Column(String(16), nullable=False, default="raised")
    raised_at = Column(UtcDateTime, nullable=False, default=now)
    waiting_since = Column(UtcDateTime, nullable=False, default=now)  # since when nobody has acknowledged it
    acknowledged_at = Column(UtcDateTime)
    acknowledged_by = Column(String(160))
    resolved_at = Column(UtcDateTime)
    resolved_by = Column(String(160))


class EscalationMessage(Base):
    """A message with a warning sign, and the escalation that it belongs to."""

    __tablename__ = "escalation_messages"

    message_id = Column(String(32), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    escalation_id = Column(String(32), ForeignKey("escalations.id", ondelete="CASCADE"), nullable=False, index=True)
    urgency = Column(String(16), nullable=False)
    added_at = Column(UtcDateTime, nullable=False, default=now)


class EscalationEvent(Base):
    """What happened to an escalation, when, and by whom. Rows are only added."""

    __tablename__ = "escalation_events"

    id = Column(Integer, primary_key=True)
    escalation_id = Column(String(32), ForeignKey("escalations.id", ondelete="CASCADE"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False, default=now)
    what = Column(
        String(16), nullable=False
    )  # raised, further, notified, acknowledged, unattended, resolved, call, unreached
    who = Column(String(160), nullable=False)
    urgency = Column(String(16), nullable=False)  # the escalation's, after it
    message_id = Column(String(32), ForeignKey("messages.id", ondelete="SET NULL"))


class Alert(Base):
    """One alert to one contact by one of its ways, written before anything is sent. Its id makes a repeat harmless.

    Open until `delivered_at` or `closed_at` is set; taken by a worker until `leased_until`.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("escalation_id", "message_id", "contact", "way", "round"),
        Index("ix_alerts_due", "delivered_at", "closed_at", "due_at"),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    escalation_id = Column(String(32), ForeignKey("escalations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False)
    contact = Column(String(64), nullable=False)
    way = Column(Integer, nullable=False)  # its place among the contact's ways
    round = Column(Integer, nullable=False, default=0)  # 0, and one more each time that nobody acknowledged it
    created_at = Column(UtcDateTime, nullable=False, default=now)
    wanted_at = Column(UtcDateTime, nullable=False)  # when it was to be sent
    due_at = Column(UtcDateTime, nullable=False)  # when it is to be tried next
    attempts = Column(Integer, nullable=False, default=0)
    lease = Column(String(32))
    leased_until = Column(UtcDateTime)
    token_hash = Column(String(64), unique=True)  # of the link in it, from its first attempt on
    expires_at = Column(UtcDateTime)  # until when that link works
    delivered_at = Column(UtcDateTime)
    closed_at = Column(UtcDateTime)  # it was no longer needed
    problem = Column(String(200))  # of the last attempt, without addresses and secrets
