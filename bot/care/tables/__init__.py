"""The tables. Migrations in `migrations/` make them; a test checks that the two agree."""

from bot.care.tables.base import Base, UtcDateTime, new_id, now
from bot.care.tables.conversations import Conversation, Entry, Message
from bot.care.tables.escalations import Alert, Escalation, EscalationEvent, EscalationMessage
from bot.care.tables.operation import ApiKey, Heartbeat
from bot.care.tables.patients import CheckIn, CheckInAnswer, Consent, Patient
from bot.care.tables.questions import Question
from bot.care.tables.texts import OutgoingText

__all__ = [
    "Alert",
    "ApiKey",
    "Base",
    "CheckIn",
    "CheckInAnswer",
    "Consent",
    "Conversation",
    "Entry",
    "Escalation",
    "EscalationEvent",
    "EscalationMessage",
    "Heartbeat",
    "Message",
    "OutgoingText",
    "Patient",
    "Question",
    "UtcDateTime",
    "new_id",
    "now",
]
