"""Keys for the API: made here, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.tables import ApiKey


def digest(key: str) -> str:
    """What is kept of a key. A plain SHA-256 is enough for 256 random bits; passwords would need more."""
    return hashlib.sha256(key.encode()).hexdigest()


def create(session: Session, name: str) -> str:
    """A new key, to be shown once. `name` says whose it is."""
    key = "hip_" + secrets.token_urlsafe(32)
    session.add(ApiKey(name=name, hash=digest(key)))
    return key


def exists(session: Session, name: str) -> bool:
    """Whether there is a key of that name."""
    return session.execute(select(ApiKey.id).where(ApiKey.name == name)).first() is not None


def is_known(session: Session, key: str) -> bool:
    """Whether `key` is one that was made here."""
    return session.execute(select(ApiKey.id).where(ApiKey.hash == digest(key))).first() is not None
