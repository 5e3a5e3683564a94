"""The tables. Migrations in `migrations/` make them; a test checks that the two agree."""

from bot.care.tables.base import Base, UtcDateTime, new_id, now
from bot.care.tables.conversations import Conversation, Entry, Message
from bot.care.tables.escalations import Alert, Escalation, EscalationEvent, EscalationMessage
from bot.care.tables.operation import ApiKey, Heartbeat
from bot.care.tables.texts import OutgoingText
from bot.care.tables.web import Feedback, Forgetting, WebConsent

__all__ = [
    "Alert",
    "ApiKey",
    "Base",
    "Conversation",
    "Entry",
    "Escalation",
    "EscalationEvent",
    "EscalationMessage",
    "Feedback",
    "Forgetting",
    "Heartbeat",
    "Message",
    "OutgoingText",
    "UtcDateTime",
    "WebConsent",
    "new_id",
    "now",
]
