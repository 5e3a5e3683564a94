"""Who is signed in: random tokens, kept as hashes, with a limit on idling and one on the whole."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.care.keys import digest
from bot.care.tables import Staff, StaffSession

HALF = dt.timedelta(minutes=5)  # between the password and the code
EVERY = dt.timedelta(minutes=1)  # how often it is written down that a session was seen


@dataclass(frozen=True)
class Limits:
    """When a session ends by itself."""

    idle: dt.timedelta
    whole: dt.timedelta


def begin(session: Session, staff_id: str, at: dt.datetime, limits: Limits, *, half: bool = False) -> str:
    """A new session's token, to be kept by the browser alone. Sessions of anybody that have run out are deleted."""
    session.execute(
        delete(StaffSession).where(
            or_(StaffSession.created_at < at - limits.whole, StaffSession.seen_at < at - limits.idle)
        )
    )
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(hash=digest(token), staff_id=staff_id, half=half, created_at=at, seen_at=at))
    return token


def find(
    session: Session, token: str, at: dt.datetime, limits: Limits, *, half: bool = False
) -> tuple[Staff, StaffSession] | None:
    """Whose session it is; None where it is unknown, over, or another's half."""
    idle, whole = (HALF, HALF) if half else (limits.idle, limits.whole)
    row = session.execute(
        select(Staff, StaffSession)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.hash == digest(token),
            StaffSession.half.is_(half),
            StaffSession.seen_at > at - idle,
            StaffSession.created_at > at - whole,
            Staff.disabled_at.is_(None),
        )
    ).first()
    return (row[0], row[1]) if row else None


def seen(session: Session, token: str, at: dt.datetime) -> None:
    """Writes down that the session is in use."""
    session.execute(update(StaffSession).where(StaffSession.hash == digest(token)).values(seen_at=at))


def end(session: Session, token: str) -> None:
    """Ends one session."""
    session.execute(delete(StaffSession).where(StaffSession.hash == digest(token)))


def end_all(session: Session, staff_id: str, but: str = "") -> None:
    """Ends all sessions of an account, except the one with the token `but`."""
    others = (StaffSession.staff_id == staff_id, StaffSession.hash != digest(but))
    session.execute(delete(StaffSession).where(*others))
