from __future__ import annotations

import datetime as dt

import pytest

from bot.care.database import Store
from bot.care.staff import accounts, lockout, sessions
from bot.care.staff.accounts import AccountError
from bot.care.tables import Staff
from tests.care.staff.conftest import ADDRESS, LIMITS, NOON, QUICK, Make, acts


def signed_in(store: Store, account: Staff) -> str:
    with store.write() as session:
        return sessions.begin(session, account.id, NOON, LIMITS)


def holds(store: Store, token: str) -> bool:
    with store.read() as session:
        return sessions.find(session, token, NOON, LIMITS) is not None


def test_an_account_is_found_however_its_name_is_spelled(store: Store, make: Make) -> None:
    make("Nina Novak")
    with store.read() as session:
        for name in ("Nina Novak", "nina novak", "  NINA   NOVAK "):
            found = accounts.find(session, name)
            assert found is not None
            assert found.name == "Nina Novak"
        assert accounts.find(session, "Nina") is None


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb", "NINA  novak"])
def test_a_name_is_refused_that_is_taken_or_none(store: Store, make: Make, name: str) -> None:
    make("Nina Novak")
    with pytest.raises(AccountError), store.write() as session:
        accounts.add(session, name, "clinician", by="the tests")


def test_a_role_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(AccountError, match="use one of front_desk, clinician, admin"), store.write() as session:
        accounts.add(session, "Nina", "nurse", by="the tests")  # type: ignore[arg-type]


def test_a_new_password_ends_sessions_links_and_the_pause(store: Store, make: Make) -> None:
    account = make()
    token = signed_in(store, account)
    with store.write() as session:
        link = accounts.make_link(session, account, by="Ada", at=NOON)
        for _ in range(lockout.PER_ACCOUNT):
            lockout.begin(session, account.login, ADDRESS, NOON)
        assert lockout.is_paused(session, account.login, NOON)
    with store.write() as session:
        accounts.set_password(
            session, session.get(Staff, account.id), QUICK.hashed("another 4 long words"), by="Ada", at=NOON
        )
    assert not holds(store, token)
    with store.read() as session:
        assert accounts.of_link(session, link, NOON) is None
        assert not lockout.is_paused(session, account.login, NOON)


def test_an_account_that_is_disabled_is_out_at_once_and_its_link_is_void(store: Store, make: Make) -> None:
    account = make()
    token = signed_in(store, account)
    with store.write() as session:
        link = accounts.make_link(session, account, by="Ada", at=NOON)
    with store.write() as session:
        accounts.disable(session, session.get(Staff, account.id), by="Ada", at=NOON)
    assert not holds(store, token)
    with store.read() as session:
        assert accounts.of_link(session, link, NOON) is None
    with pytest.raises(AccountError, match="enable the account first"), store.write() as session:
        accounts.make_link(session, session.get(Staff, account.id), by="Ada", at=NOON)


def test_the_last_admin_can_be_neither_disabled_nor_made_less(store: Store, make: Make) -> None:
    ada, bob = make("Ada", "admin"), make("Bob", "admin")
    with store.write() as session:
        accounts.disable(session, session.get(Staff, bob.id), by="Ada", at=NOON)
    for change in (
        lambda session, account: accounts.disable(session, account, by="Ada"),
        lambda session, account: accounts.set_role(session, account, "clinician", by="Ada"),
    ):
        with pytest.raises(AccountError, match="Ada is the only admin"), store.write() as session:
            change(session, session.get(Staff, ada.id))
    with store.write() as session:
        accounts.enable(session, session.get(Staff, bob.id), by="Ada", at=NOON)
        accounts.set_role(session, session.get(Staff, ada.id), "clinician", by="Bob", at=NOON)
    with store.read() as session:
        assert {account.name: account.role for account in accounts.listed(session)} == {
            "Ada": "clinician",
            "Bob": "admin",
        }


def test_a_link_works_until_it_is_too_old_and_a_newer_one_takes_its_place(store: Store, make: Make) -> None:
    account = make()
    with store.write() as session:
        first = accounts.make_link(session, account, by="Ada", at=NOON)
    late = NOON + dt.timedelta(hours=accounts.LINK_HOURS)
    with store.read() as session:
        found = accounts.of_link(session, first, late - dt.timedelta(seconds=1))
        assert found is not None
        assert found.id == account.id
        assert accounts.of_link(session, first, late) is None
        assert accounts.of_link(session, first[:-1], NOON) is None
    with store.write() as session:
        second = accounts.make_link(session, account, by="Ada", at=NOON)
    with store.read() as session:
        assert accounts.of_link(session, first, NOON) is None
        assert accounts.of_link(session, second, NOON) is not None


def test_every_change_is_in_the_audit_log_under_who_made_it(store: Store, make: Make) -> None:
    make("Ada", "admin")
    account = make("Nina")
    with store.write() as session:
        own = session.get(Staff, account.id)
        accounts.make_link(session, own, by="Ada")
        accounts.set_role(session, own, "front_desk", by="Ada")
        accounts.set_role(session, own, "front_desk", by="Ada")  # which changes nothing
        accounts.disable(session, own, by="Ada")
        accounts.enable(session, own, by="Ada")
    assert acts(store, "Ada") == ["link for a password made", "role changed", "account disabled", "account enabled"]
    assert acts(store, "the tests") == ["account added", "password set"] * 2
