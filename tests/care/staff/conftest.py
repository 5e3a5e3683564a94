from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from bot.care import audit
from bot.care.database import Store
from bot.care.staff import accounts
from bot.care.staff.accounts import Role
from bot.care.staff.passwords import Passwords
from bot.care.staff.sessions import Limits
from bot.care.tables import Staff

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone.utc)
LIMITS = Limits(dt.timedelta(hours=8), dt.timedelta(hours=24))
PASSWORD = "sunny river 7 table"
KEY = b"a key of this machine's"
ADDRESS = "192.0.2.7"

Make = Callable[..., Staff]


QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))  # the usual ones take 100 ms each


@pytest.fixture
def make(store: Store) -> Make:
    """Makes an account with `PASSWORD`."""

    def an_account(name: str = "Nina Novak", role: Role = "clinician", kept: str | None = None) -> Staff:
        with store.write() as session:
            account = accounts.add(session, name, role, by="the tests", at=NOON)
            accounts.set_password(session, account, kept or QUICK.hashed(PASSWORD), by="the tests", at=NOON)
            return account

    return an_account


def acts(store: Store, who: str | None = None) -> list[str]:
    """What the audit log says, oldest first."""
    with store.read() as session:
        return [row.what for row in reversed(audit.listed(session, who=who))]
