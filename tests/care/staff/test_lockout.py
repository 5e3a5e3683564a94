from __future__ import annotations

import datetime as dt

import pytest

from bot.care.database import Store
from bot.care.staff import lockout
from bot.care.staff.lockout import LONGEST_PAUSE, PER_ACCOUNT, PER_ADDRESS, WINDOW, Paused
from tests.care.staff.conftest import ADDRESS, NOON


def attempt(store: Store, at: dt.datetime, login: str = "nina", address: str = ADDRESS, trusted: bool = False) -> int:
    """How long the attempt has to wait; 0 where it was taken."""
    try:
        with store.write() as session:
            lockout.begin(session, login, address, at, trusted=trusted)
    except Paused as pause:
        return pause.seconds
    return 0


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def test_five_attempts_are_taken_and_the_sixth_has_to_wait(store: Store) -> None:
    assert [attempt(store, NOON) for _ in range(PER_ACCOUNT + 1)] == [0] * PER_ACCOUNT + [30]
    assert attempt(store, after(29)) == 1
    assert attempt(store, after(30)) == 0


def test_the_pause_grows_with_each_attempt_up_to_a_quarter_of_an_hour(store: Store) -> None:
    for _ in range(PER_ACCOUNT):
        attempt(store, NOON)
    waits, at = [], NOON
    for _ in range(4):
        waits.append(attempt(store, at))
        at += dt.timedelta(seconds=waits[-1])
        assert attempt(store, at) == 0
    assert waits == [30, 60, 120, 240]
    assert waits[-1] < LONGEST_PAUSE


def test_who_waits_is_let_try_again_however_many_attempts_there_were(store: Store) -> None:
    at = NOON
    for _ in range(60):  # a program that tries without end
        wait = attempt(store, at)
        if wait:
            at += dt.timedelta(seconds=wait)
            assert attempt(store, at) == 0
    assert 0 < attempt(store, at) <= LONGEST_PAUSE
    assert attempt(store, at + dt.timedelta(seconds=LONGEST_PAUSE)) == 0


def test_attempts_that_are_refused_do_not_count(store: Store) -> None:
    for _ in range(PER_ACCOUNT):
        attempt(store, NOON)
    assert {attempt(store, after(1)) for _ in range(50)} == {29}
    assert attempt(store, after(30)) == 0


def test_attempts_are_forgotten_after_a_quarter_of_an_hour(store: Store) -> None:
    for _ in range(PER_ACCOUNT - 1):
        attempt(store, NOON)
    late = NOON + WINDOW
    assert [attempt(store, late) for _ in range(PER_ACCOUNT)] == [0] * PER_ACCOUNT
    assert attempt(store, late) == 30


def test_one_account_s_pause_is_not_another_s(store: Store) -> None:
    for _ in range(PER_ACCOUNT):
        attempt(store, NOON)
    assert attempt(store, NOON, login="ada") == 0


def test_an_address_that_tries_many_names_has_to_wait_and_others_do_not(store: Store) -> None:
    for number in range(PER_ADDRESS):
        assert attempt(store, NOON, login=f"name {number}") == 0
    assert attempt(store, NOON, login="ada") == 30
    assert attempt(store, NOON, login="ada", address="192.0.2.8") == 0


def test_a_browser_that_is_known_is_kept_out_neither_by_strangers_nor_by_its_address(store: Store) -> None:
    for number in range(PER_ADDRESS):
        attempt(store, NOON, login="nina" if number < PER_ACCOUNT else f"name {number}")
    assert attempt(store, NOON) == 30
    assert attempt(store, NOON, trusted=True) == 0
    assert [attempt(store, NOON, trusted=True) for _ in range(PER_ACCOUNT)] == [0] * (PER_ACCOUNT - 1) + [30]


def test_success_strikes_out_the_failures_of_the_account_and_not_those_of_the_address(store: Store) -> None:
    for number in range(PER_ADDRESS - 1):
        attempt(store, NOON, login=f"name {number}")
    with store.write() as session:
        last = lockout.begin(session, "nina", ADDRESS, NOON)
        lockout.succeeded(session, last)
        lockout.succeeded(session, last)  # twice, without harm
    assert attempt(store, NOON, login="nina") == 0
    assert attempt(store, NOON, login="nina") == 30


def test_a_pause_can_be_lifted(store: Store) -> None:
    for trusted in (False, True):
        for _ in range(PER_ACCOUNT):
            attempt(store, NOON, trusted=trusted)
    with store.write() as session:
        assert lockout.is_paused(session, "nina", NOON)
        lockout.lift(session, "nina")
        assert not lockout.is_paused(session, "nina", NOON)
    assert attempt(store, NOON) == 0


@pytest.mark.parametrize("login", ["", "x" * 5000, "nina' OR 1=1", "\udcff".encode("utf-8", "replace").decode()])
def test_any_name_may_be_tried(store: Store, login: str) -> None:
    assert attempt(store, NOON, login=login) == 0
