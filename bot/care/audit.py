"""The audit log: every look at a conversation, every act at the desk, every sign-in. Rows can only be added."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.tables import AuditEntry, now


def write(
    session: Session,
    who: str,
    what: str,
    *,
    conversation_id: str | None = None,
    about: str | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Adds a row: `who` (a member's name) did `what` ("looked", "signed in").

    `about` says more, in at most 200 characters; never give it a patient's words, number or name, since the log
    outlives what is deleted on a patient's request.
    """
    session.add(
        AuditEntry(
            at=at or now(),
            who=who[:160],
            what=what[:64],
            conversation_id=conversation_id,
            about=None if about is None else about[:200],
        )
    )


def listed(
    session: Session,
    *,
    before: int | None = None,
    limit: int = 100,
    who: str | None = None,
    what: str | None = None,
    conversation_id: str | None = None,
) -> list[AuditEntry]:
    """The newest `limit` rows with an id below `before`, newest first; of one person, act, conversation where given."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    for column, value in (
        (AuditEntry.who, who),
        (AuditEntry.what, what),
        (AuditEntry.conversation_id, conversation_id),
    ):
        if value is not None:
            query = query.where(column == value)
    return list(session.execute(query).scalars())
