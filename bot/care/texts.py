"""Text messages that go out: rows first, in the transaction of what they say."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.care.tables import Entry, OutgoingText
from bot.replies import LEVELS, Reply


def queue(session: Session, entry: Entry, number: str, reply: Reply) -> OutgoingText:
    """The text message that takes an entry to a telephone, to be sent by the worker."""
    text = OutgoingText(
        entry_id=entry.id,
        conversation_id=entry.conversation_id,
        number=number,
        body=reply.text,
        urgent=LEVELS.index(reply.urgency) >= LEVELS.index("urgent"),
        created_at=entry.at,
        due_at=entry.at,
    )
    session.add(text)
    session.flush()
    return text
