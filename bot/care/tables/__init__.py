"""The tables. Migrations in `migrations/` make them; a test checks that the two agree."""

from bot.care.tables.audit import AuditEntry
from bot.care.tables.base import Base, UtcDateTime, new_id, now
from bot.care.tables.callers import CallerNumber
from bot.care.tables.conversations import Conversation, Entry, Message
from bot.care.tables.escalations import Alert, Escalation, EscalationEvent, EscalationMessage
from bot.care.tables.handoffs import DeskForm, Handoff, HandoffEvent, Note
from bot.care.tables.operation import ApiKey, Counter, Heartbeat
from bot.care.tables.patients import CheckIn, CheckInAnswer, Consent, Patient
from bot.care.tables.questions import Question
from bot.care.tables.staff import RecoveryCode, Staff, StaffAttempt, StaffLink, StaffSession
from bot.care.tables.texts import OptOut, OutgoingText
from bot.care.tables.web import Feedback, Forgetting, WebConsent

__all__ = [
    "Alert",
    "ApiKey",
    "AuditEntry",
    "Base",
    "CallerNumber",
    "CheckIn",
    "CheckInAnswer",
    "Consent",
    "Conversation",
    "Counter",
    "DeskForm",
    "Entry",
    "Escalation",
    "EscalationEvent",
    "EscalationMessage",
    "Feedback",
    "Forgetting",
    "Handoff",
    "HandoffEvent",
    "Heartbeat",
    "Message",
    "Note",
    "OptOut",
    "OutgoingText",
    "Patient",
    "Question",
    "RecoveryCode",
    "Staff",
    "StaffAttempt",
    "StaffLink",
    "StaffSession",
    "UtcDateTime",
    "WebConsent",
    "new_id",
    "now",
]
