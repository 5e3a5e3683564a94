"""Signing in: a name and a password against what is kept, step by step so that no transaction waits for argon2."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.database import Store
from bot.care.staff import accounts, codes, lockout, sessions
from bot.care.staff.passwords import LONGEST, Passwords
from bot.care.staff.sessions import Limits
from bot.care.tables import Staff

NOBODY = "somebody unknown"  # in the audit log: what was typed as a name may have been a password


class Over(RuntimeError):
    """A session has ended meanwhile."""


@dataclass(frozen=True)
class SignedIn:
    """The token of a new session; `half` where a code is to be asked for as well."""

    token: str
    login: str
    half: bool = False


@dataclass(frozen=True)
class Entrance:
    """What signing in needs. `key` is this machine's own: codes are made with it."""

    store: Store
    passwords: Passwords
    key: bytes
    limits: Limits

    def by_password(
        self, name: str, password: str, address: str, at: dt.datetime, *, trusted: bool = False
    ) -> SignedIn | None:
        """A session for the account, or None where the name or the password is wrong. Raises `Paused`.

        `trusted` says that the account has signed in before from this browser. Blocks for some 100 ms.
        """
        login = accounts.folded(name)[:LONGEST]
        with self.store.write() as session:
            lockout.forget(session, at)
            attempt = lockout.begin(session, login, address, at, trusted=trusted)
            account = accounts.find(session, login)
            kept = account.password if account is not None and account.disabled_at is None else None
        right = self.passwords.verify(kept, password)
        renewed = (
            self.passwords.hashed(password) if right and kept is not None and self.passwords.is_outdated(kept) else None
        )
        with self.store.write() as session:
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
            token = sessions.begin(session, account.id, at, self.limits, half=half)
            return SignedIn(token, login, half)

    def by_code(
        self, token: str, code: str, address: str, at: dt.datetime, *, trusted: bool = False
    ) -> SignedIn | None:
        """A whole session for the half one with `token`, or None where the code is wrong or was used before.

        Raises `Over` where the half session has run out, `Paused` after too many attempts.
        """
        with self.store.write() as session:
            found = sessions.find(session, token, at, self.limits, half=True)
            if found is None:
                raise Over("the password was given too long ago")
            login = found[0].login
            attempt = lockout.begin(session, login, address, at, trusted=trusted)
        with self.store.write() as session:
            found = sessions.find(session, token, at, self.limits, half=True)
            if found is None:
                raise Over("the password was given too long ago")
            account = found[0]
            how = codes.use(session, account, code, self.key, at)
            if how is None:
                _failed(session, account, login, address, at, trusted)
                return None
            sessions.end(session, token)
            lockout.succeeded(session, attempt)
            audit.write(session, account.name, "signed in", about=f"{address}, with a {how}", at=at)
            return SignedIn(sessions.begin(session, account.id, at, self.limits), login)

    def confirm(self, staff_id: str, password: str, address: str, at: dt.datetime) -> bool:
        """Whether it is the password of an account that is signed in: asked before its keys are changed.

        Raises `Paused` after too many attempts.
        """
        with self.store.write() as session:
            account = session.get(Staff, staff_id)
            # Counted with the attempts of browsers that are known: nobody else has got this far.
            attempt = lockout.begin(session, account.login, address, at, trusted=True)
            kept = account.password
        right = self.passwords.verify(kept, password)
        with self.store.write() as session:
            if right:
                lockout.succeeded(session, attempt)
            else:
                audit.write(session, account.name, "password not confirmed", about=address, at=at)
        return right


def _failed(session: Session, account: Staff | None, login: str, address: str, at: dt.datetime, trusted: bool) -> None:
    who = account.name if account is not None else NOBODY
    audit.write(session, who, "sign-in failed", about=address, at=at)
    if account is not None and lockout.paused(session, login, at, trusted=trusted):
        audit.write(session, who, "signing in paused", about=address, at=at)
