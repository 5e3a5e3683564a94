"""The tables. Migrations in `migrations/` make them; a test checks that the two agree."""

from bot.care.tables.base import Base, UtcDateTime, new_id, now
from bot.care.tables.conversations import Conversation, Entry, Message
from bot.care.tables.escalations import Alert, Escalation, EscalationEvent, EscalationMessage
from bot.care.tables.operation import ApiKey, Counter, Heartbeat
from bot.care.tables.texts import OptOut, OutgoingText

__all__ = [
    "Alert",
    "ApiKey",
    "Base",
    "Conversation",
    "Counter",
    "Entry",
    "Escalation",
    "EscalationEvent",
    "EscalationMessage",
    "Heartbeat",
    "Message",
    "OptOut",
    "OutgoingText",
    "UtcDateTime",
    "new_id",
    "now",
]
