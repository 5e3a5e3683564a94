"""Signing in: a name and a password against what is kept, step by step so that no transaction waits for argon2."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.database import Store
from bot.care.staff import accounts, lockout, passwords, sessions
from bot.care.staff.sessions import Limits
from bot.care.tables import Staff

NOBODY = "somebody unknown"  # in the audit log: what was typed as a name may have been a password


@dataclass(frozen=True)
class SignedIn:
    """The token of a new session; `half` where a code is to be asked for as well."""

    token: str
    login: str
    half: bool = False


def by_password(
    store: Store, name: str, password: str, address: str, at: dt.datetime, limits: Limits, *, trusted: bool = False
) -> SignedIn | None:
    """A session for the account, or None where the name or the password is wrong. Raises `Paused`.

    `trusted` says that the account has signed in before from this browser. Blocks for some 100 ms.
    """
    login = accounts.folded(name)[: passwords.LONGEST]
    with store.write() as session:
        lockout.forget(session, at)
        attempt = lockout.begin(session, login, address, at, trusted=trusted)
        account = accounts.find(session, login)
        kept = account.password if account is not None and account.disabled_at is None else None
    right = passwords.verify(kept, password)
    renewed = passwords.hashed(password) if right and kept is not None and passwords.is_outdated(kept) else None
    with store.write() as session:
        account = accounts.find(session, login)
        if not right or account is None or account.disabled_at is not None or account.password != kept:
            _failed(session, account, login, address, at, trusted)
            return None
        if renewed is not None:
            account.password = renewed
        half = account.totp_seed is not None
        if not half:
            lockout.succeeded(session, attempt)
            audit.write(session, account.name, "signed in", about=address, at=at)
        token = sessions.begin(session, account.id, at, limits, half=half)
        return SignedIn(token, login, half)


def _failed(session: Session, account: Staff | None, login: str, address: str, at: dt.datetime, trusted: bool) -> None:
    who = account.name if account is not None else NOBODY
    audit.write(session, who, "sign-in failed", about=address, at=at)
    if account is not None and lockout.paused(session, login, at, trusted=trusted):
        audit.write(session, who, "signing in paused", about=address, at=at)
