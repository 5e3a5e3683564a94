"""Who talks with Hipline, and what is said."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy import text as sql

from bot.care.tables.base import Base, UtcDateTime, new_id, now


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
        # Looked at several times a second: those that wait are few among all there ever were.
        Index(
            "ix_messages_unanswered",
            "received_at",
            sqlite_where=sql("answered_at IS NULL"),
            postgresql_where=sql("answered_at IS NULL"),
        ),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    external_id = Column(String(128), nullable=False)
    position = Column(Integer, nullable=False)  # from 1 within the conversation
    text = Column(Text, nullable=False)
    door = Column(String(8), nullable=False, default="api", server_default="api")  # where it came in: api, page, sms
    received_at = Column(UtcDateTime, nullable=False, default=now)
    answered_at = Column(UtcDateTime)
    answered_by = Column(String(16))  # "rasa"; "gateway" where Rasa did not answer; "worker" where the gateway did not


class Entry(Base):
    """One thing said in a conversation, by whomever: pages show them in the order of their positions.

    What a person wrote is in its message; everything else has the reply as it went over the wire in `payload`.
    """

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("conversation_id", "position"), Index("ix_entries_at", "at"))

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)  # from 1 within the conversation
    at = Column(UtcDateTime, nullable=False, default=now)
    who = Column(String(16), nullable=False)  # patient, assistant, staff; "system" for notices
    name = Column(String(160))  # of the member of staff
    message_id = Column(  # the message itself, or the one that it answers
        String(32), ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    payload = Column(JSON(none_as_null=True))
