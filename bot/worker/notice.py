"""What an alert says: as little as the clinic's privacy setting allows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.care import escalations
from bot.care.contacts import Contacts
from bot.care.tables import Alert, Conversation, Escalation, Message


@dataclass(frozen=True)
class Notice:
    """One alert's content. `id` is the same each time that it is sent."""

    id: str
    kind: str  # "alert", or "test"
    escalation: str
    level: str
    channel: str
    raised_at: dt.datetime
    message_at: dt.datetime
    round: int
    link: str
    category: str | None = None
    text: str | None = None
    telephone: str | None = None
    call: bool = False  # texts do not reach the person

    def payload(self) -> dict[str, Any]:
        """The body for a webhook."""
        return {
            "id": self.id,
            "kind": self.kind,
            "escalation": self.escalation,
            "level": self.level,
            "category": self.category,
            "channel": self.channel,
            "raised_at": _time(self.raised_at),
            "message_at": _time(self.message_at),
            "round": self.round,
            "acknowledge": self.link,
            "text": self.text,
            "telephone": self.telephone,
            "call": self.call,
        }

    def title(self) -> str:
        """A line for a person."""
        if self.kind == "test":
            return "Hipline: a test alert"
        return f"Hipline: {self.level}{', not acknowledged yet' if self.round else ''}"

    def body(self) -> str:
        """A few lines for a person."""
        if self.kind == "test":
            return "This is a test: nothing has happened. If you read this, alerts reach you."
        lines = [
            f"A patient wrote of a warning sign ({self.level}) at {self.message_at:%Y-%m-%d %H:%M} UTC, "
            f"by {self.channel}."
        ]
        if self.category:
            lines.append(f"About: {escalations.in_words(self.category)}")
        if self.call:
            lines.append("Texts do not reach this person: please call.")
        if self.text:
            lines.append(f"The message: {self.text}")
        lines += [f"See and acknowledge: {self.link}", f"Escalation {self.escalation}"]
        return "\n".join(lines)


def of_alert(session: Session, alert: Alert, escalation: Escalation, contacts: Contacts, link: str) -> Notice:
    """What an alert says, by what is known now."""
    message = session.get(Message, alert.message_id)
    conversation = session.get(Conversation, escalation.conversation_id)
    shows_number = contacts.share_telephone and conversation.channel == "sms"
    return Notice(
        id=alert.id,
        kind="alert",
        escalation=escalation.id,
        level=escalation.urgency,
        channel=conversation.channel,
        raised_at=escalation.raised_at,
        message_at=message.received_at,
        round=alert.round,
        link=link,
        category=escalation.category if contacts.share != "none" else None,
        text=message.text if contacts.share == "text" else None,
        telephone=conversation.name if shows_number else None,
        call=escalations.must_be_called(session, escalation.id),
    )


def of_test(test_id: str, at: dt.datetime, link: str) -> Notice:
    """A test alert, which holds nothing of anybody."""
    return Notice(test_id, "test", "test", "test", "test", at, at, 0, link)


def _time(at: dt.datetime) -> str:
    return at.astimezone(dt.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
