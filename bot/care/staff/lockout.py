"""The pause after failed attempts to sign in: for an account, and for an address.

Each attempt is written down before the password is looked at, so that many at once are no way around it; one that
succeeds is struck out again. Pauses grow and end by themselves. A browser in which the account has signed in before is
counted apart, so that a stranger's attempts don't keep the account's owner out.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.care import rows
from bot.care.keys import digest
from bot.care.tables import StaffAttempt

WINDOW = dt.timedelta(minutes=15)
PER_ACCOUNT = 5  # attempts within the window
PER_ADDRESS = 20
FIRST_PAUSE = 30  # seconds; doubled with each further attempt
LONGEST_PAUSE = 15 * 60


class Paused(RuntimeError):
    """No attempt is taken now. `seconds` says for how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"signing in is paused for {seconds} s")
        self.seconds = seconds


def begin(session: Session, login: str, address: str, at: dt.datetime, *, trusted: bool = False) -> int:
    """Writes an attempt down; returns its id. Raises `Paused`, with nothing written, where it comes too early."""
    rows.alone(session, "attempts to sign in")
    wait = paused(session, login, at, trusted=trusted)
    if not trusted:
        of_address = (StaffAttempt.address == address, StaffAttempt.trusted.is_(False))
        wait = max(wait, _wait(session, at, PER_ADDRESS, *of_address))
    if wait:
        raise Paused(wait)
    attempt = StaffAttempt(at=at, account=digest(login), address=address[:64], trusted=trusted)
    session.add(attempt)
    session.flush()
    return int(attempt.id)


def succeeded(session: Session, attempt_id: int) -> None:
    """The attempt was none to count, and neither were those for the same account before it."""
    attempt = session.get(StaffAttempt, attempt_id)
    if attempt is None:
        return
    session.execute(
        delete(StaffAttempt).where(StaffAttempt.account == attempt.account, StaffAttempt.trusted.is_(attempt.trusted))
    )


def lift(session: Session, login: str) -> None:
    """Ends the pause of an account."""
    session.execute(delete(StaffAttempt).where(StaffAttempt.account == digest(login)))


def paused(session: Session, login: str, at: dt.datetime, *, trusted: bool = False) -> int:
    """For how many more seconds the account takes no attempts; 0 where it does."""
    of_account = (StaffAttempt.account == digest(login), StaffAttempt.trusted.is_(trusted))
    return _wait(session, at, PER_ACCOUNT, *of_account)


def is_paused(session: Session, login: str, at: dt.datetime) -> bool:
    """Whether the account takes no attempts now, from browsers that are known or from others."""
    return any(paused(session, login, at, trusted=trusted) for trusted in (False, True))


def forget(session: Session, at: dt.datetime) -> None:
    """Deletes what is too old to count."""
    session.execute(delete(StaffAttempt).where(StaffAttempt.at < at - 2 * WINDOW))


def _wait(session: Session, at: dt.datetime, allowed: int, *which: object) -> int:
    count, last = session.execute(
        select(func.count(StaffAttempt.id), func.max(StaffAttempt.at)).where(*which, StaffAttempt.at > at - WINDOW)
    ).one()
    if count < allowed:
        return 0
    pause = min(FIRST_PAUSE * 2 ** (count - allowed), LONGEST_PAUSE)
    left = (last + dt.timedelta(seconds=pause) - at).total_seconds()
    return max(0, int(-(-left // 1)))
