"""What `hipline staff` does: accounts for the desk, made and changed at the machine itself."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.database import Store
from bot.care.staff import accounts, codes, lockout, passwords
from bot.care.staff.accounts import AccountError, Role
from bot.care.staff.passwords import Passwords
from bot.care.tables import Staff, now
from bot.settings import Settings

BY = "hipline staff"  # in the audit log: whoever works at the machine


def add(store: Store, name: str, role: Role, password: str | None, settings: Settings) -> str:
    """Makes an account, with a password or else a link to set one. Returns what to tell.

    Raises `AccountError`, `PasswordError`; nothing is kept then.
    """
    hashed = _hashed(password, name)
    with store.write() as session:
        account = accounts.add(session, name, role, by=BY)
        return f"{account.name} is added ({role}). {_let_in(session, account, hashed, settings)}"


def set_password(store: Store, name: str, password: str | None, settings: Settings) -> str:
    """Sets a password, or makes a link to set one. Returns what to tell. Raises `AccountError`, `PasswordError`."""
    hashed = _hashed(password, name)
    with store.write() as session:
        return _let_in(session, _account(session, name), hashed, settings)


def listed(store: Store) -> list[str]:
    """A line for each account."""
    lines = []
    with store.read() as session:
        for account in accounts.listed(session):
            notes = [
                "disabled" if account.disabled_at else "",
                "" if account.password else "no password yet",
                "codes on" if account.totp_seed else "",
                "paused after failed attempts" if lockout.is_paused(session, account.login, now()) else "",
            ]
            lines.append(", ".join([f"{account.name}: {account.role}", *filter(None, notes)]))
    return lines or ["There are no accounts yet: ./hipline staff add NAME --role admin makes one."]


def disable(store: Store, name: str) -> str:
    """Lets nobody in by an account, from now on. Raises `AccountError`."""
    with store.write() as session:
        account = _account(session, name)
        accounts.disable(session, account, by=BY)
        return f"{account.name} is disabled, and signed out everywhere."


def enable(store: Store, name: str) -> str:
    """Lets an account in again, and ends a pause. Raises `AccountError`."""
    with store.write() as session:
        account = _account(session, name)
        accounts.enable(session, account, by=BY)
        lockout.lift(session, account.login)
        audit.write(session, BY, "pause ended", about=account.name)
        return f"{account.name} may sign in."


def end_codes(store: Store, name: str) -> str:
    """Asks an account for no codes any more: its telephone and its recovery codes are gone. Raises `AccountError`."""
    with store.write() as session:
        account = _account(session, name)
        if account.totp_seed is None:
            return f"{account.name} is asked for no codes."
        codes.turn_off(session, account, by=BY)
        return f"{account.name} is asked for no codes any more."


def _hashed(password: str | None, name: str) -> str | None:
    if password is None:
        return None
    passwords.check(password, name)
    return Passwords().hashed(password)  # before the transaction: it takes its time


def _let_in(session: Session, account: Staff, hashed: str | None, settings: Settings) -> str:
    if hashed is not None:
        accounts.set_password(session, account, hashed, by=BY)
        return "The password is set."
    token = accounts.make_link(session, account, by=BY)
    base = settings.public_url or settings.gateway_url
    return f"The password is set at {base}/desk/password/{token} (once, within {accounts.LINK_HOURS} hours)."


def _account(session: Session, name: str) -> Staff:
    account = accounts.find(session, name)
    if account is None:
        raise AccountError(f"There is no account called {name}: ./hipline staff list names them.")
    return account
