"""Accounts: made, found, disabled; their passwords set. Each change is in the audit log, under who made it."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Literal, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.keys import digest
from bot.care.staff import lockout, sessions
from bot.care.tables import Staff, StaffLink, now

Role = Literal["front_desk", "clinician", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
LINK_HOURS = 48
_LONGEST = 80  # characters of a name


class AccountError(ValueError):
    """An account can't be made or changed so. The message says why, and what to do."""


def folded(name: str) -> str:
    """The form in which two spellings of a name are the same account."""
    return " ".join(name.split()).casefold()


def find(session: Session, name: str) -> Staff | None:
    """The account of that name, disabled or not."""
    return session.execute(select(Staff).where(Staff.login == folded(name))).scalar_one_or_none()


def listed(session: Session) -> list[Staff]:
    """All accounts, by name."""
    return list(session.execute(select(Staff).order_by(Staff.login)).scalars())


def add(session: Session, name: str, role: Role, by: str, at: dt.datetime | None = None) -> Staff:
    """A new account, which has no password yet. Raises `AccountError`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > _LONGEST or not tidy.isprintable():
        raise AccountError(f"A name has 1 to {_LONGEST} characters that can be printed.")
    if role not in ROLES:
        raise AccountError(f"{role} is no role: use one of {', '.join(ROLES)}.")
    if find(session, tidy) is not None:
        raise AccountError(f"There is an account called {tidy} already.")
    account = Staff(name=tidy, login=folded(tidy), role=role, created_at=at or now())
    session.add(account)
    session.flush()
    audit.write(session, by, "account added", about=f"{tidy} ({role})", at=at)
    return account


def set_password(session: Session, account: Staff, hashed: str, by: str, at: dt.datetime | None = None) -> None:
    """Keeps a password (as `passwords.hashed` made it). Ends the account's sessions, links and pause."""
    account.password = hashed
    sessions.end_all(session, account.id)
    lockout.lift(session, account.login)
    session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    audit.write(session, by, "password set", about=account.name, at=at)


def set_role(session: Session, account: Staff, role: Role, by: str, at: dt.datetime | None = None) -> None:
    """Changes what the account may do, from its next request on. Raises `AccountError` for the last admin."""
    if role not in ROLES:
        raise AccountError(f"{role} is no role: use one of {', '.join(ROLES)}.")
    if role == account.role:
        return
    if role != "admin":
        _keep_an_admin(session, account)
    account.role = role
    audit.write(session, by, "role changed", about=f"{account.name} ({role})", at=at)


def disable(session: Session, account: Staff, by: str, at: dt.datetime | None = None) -> None:
    """Lets nobody in by this account, from now on. Raises `AccountError` for the last admin."""
    if account.disabled_at is not None:
        return
    _keep_an_admin(session, account)
    account.disabled_at = at or now()
    sessions.end_all(session, account.id)
    session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    audit.write(session, by, "account disabled", about=account.name, at=at)


def enable(session: Session, account: Staff, by: str, at: dt.datetime | None = None) -> None:
    """Lets it in again, with the password that it had."""
    if account.disabled_at is None:
        return
    account.disabled_at = None
    audit.write(session, by, "account enabled", about=account.name, at=at)


def make_link(session: Session, account: Staff, by: str, at: dt.datetime | None = None) -> str:
    """The token of a link with which a password is set, once, within `LINK_HOURS`; earlier ones work no more."""
    if account.disabled_at is not None:
        raise AccountError(f"{account.name} is disabled: enable the account first.")
    token = secrets.token_urlsafe(32)
    session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    expires = (at or now()) + dt.timedelta(hours=LINK_HOURS)
    session.add(StaffLink(hash=digest(token), staff_id=account.id, expires_at=expires))
    audit.write(session, by, "link for a password made", about=account.name, at=at)
    return token


def of_link(session: Session, token: str, at: dt.datetime | None = None) -> Staff | None:
    """Whose password the link sets; None where it is unknown, used or too old."""
    found = session.execute(
        select(Staff)
        .join(StaffLink, StaffLink.staff_id == Staff.id)
        .where(StaffLink.hash == digest(token), StaffLink.expires_at > (at or now()), Staff.disabled_at.is_(None))
    )
    return found.scalar_one_or_none()


def _keep_an_admin(session: Session, account: Staff) -> None:
    others = select(func.count(Staff.id)).where(
        Staff.role == "admin", Staff.disabled_at.is_(None), Staff.id != account.id
    )
    if account.role == "admin" and account.disabled_at is None and not session.execute(others).scalar_one():
        raise AccountError(f"{account.name} is the only admin: make another one first.")
