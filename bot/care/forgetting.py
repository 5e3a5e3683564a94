"""A person asks to be forgotten: what they wrote is deleted, except what somebody at the clinic has yet to look at.

A message that is not answered yet may hold a warning sign, and an open escalation is somebody's work: from the first
such message on the conversation is kept, under a name that nobody's page knows, until it is answered and resolved.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.care import conversations
from bot.care.tables import (
    Conversation,
    Entry,
    Escalation,
    EscalationMessage,
    Forgetting,
    Message,
    new_id,
    now,
)

Kept = Literal["nothing", "unanswered", "escalation"]


def forget(session: Session, channel: str, name: str, at: dt.datetime | None = None) -> Kept:
    """Deletes a person's conversation, or marks what must be kept for deletion; says what that is, and why.

    Whoever speaks under the same name afterwards begins a conversation of their own. To ask again changes nothing.
    """
    conversation_id = conversations.locked(session, channel, name)
    if conversation_id is None:
        return "nothing"
    kept, first = _needed(session, conversation_id)
    if first is None:
        _delete(session, conversation_id)
        return "nothing"
    session.execute(
        delete(Message).where(Message.conversation_id == conversation_id, Message.position < first),
        execution_options={"synchronize_session": False},
    )
    _delete_words_before(session, conversation_id, first)
    session.get(Conversation, conversation_id).name = f"forgotten-{new_id()}"
    session.add(Forgetting(conversation_id=conversation_id, at=at or now()))
    session.flush()
    return kept


def due(session: Session) -> list[str]:
    """The conversations that were asked to be forgotten, and of which nothing is needed any more."""
    marked = session.execute(select(Forgetting.conversation_id)).scalars()
    return [one for one in marked if _needed(session, one)[1] is None]


def complete(session: Session) -> int:
    """Deletes those; returns how many."""
    found = due(session)
    for conversation_id in found:
        session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
        _delete(session, conversation_id)
    return len(found)


def _needed(session: Session, conversation_id: str) -> tuple[Kept, int | None]:
    """Why a conversation is still needed, and from which of its messages on; nothing and None where it is not."""
    escalated = session.execute(
        select(func.min(Message.position))
        .join(EscalationMessage, EscalationMessage.message_id == Message.id)
        .join(Escalation, Escalation.id == EscalationMessage.escalation_id)
        .where(Escalation.conversation_id == conversation_id, Escalation.state != "resolved")
    ).scalar_one()
    unanswered = session.execute(
        select(func.min(Message.position)).where(
            Message.conversation_id == conversation_id, Message.answered_at.is_(None)
        )
    ).scalar_one()
    first = min((one for one in (escalated, unanswered) if one is not None), default=None)
    if escalated is not None:
        return "escalation", first
    return ("unanswered" if unanswered is not None else "nothing"), first


def _delete_words_before(session: Session, conversation_id: str, first: int) -> None:
    """Deletes what was said without a message to answer, before the conversation's message number `first`."""
    begins = (
        select(func.min(Entry.position))
        .join(Message, Message.id == Entry.message_id)
        .where(Entry.conversation_id == conversation_id, Message.position >= first)
    )
    position = session.execute(begins).scalar_one()
    session.execute(
        delete(Entry).where(Entry.conversation_id == conversation_id, Entry.position < position),
        execution_options={"synchronize_session": False},
    )


def _delete(session: Session, conversation_id: str) -> None:
    # The tables that belong to it go with it, by their foreign keys.
    session.execute(
        delete(Conversation).where(Conversation.id == conversation_id),
        execution_options={"synchronize_session": False},
    )
