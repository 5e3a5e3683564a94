from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from bot.care.database import Store
from bot.care.staff import accounts, codes, lockout, sessions
from bot.care.staff.lockout import Paused
from bot.care.staff.signing_in import NOBODY, Entrance, Over, SignedIn
from bot.care.tables import Staff
from tests.care.staff.conftest import ADDRESS, KEY, LIMITS, NOON, PASSWORD, QUICK, Make, acts
from tests.care.staff.test_codes import STEP, Telephone


def entrance(store: Store) -> Entrance:
    return Entrance(store, QUICK, KEY, LIMITS)


def by_password(store: Store, name: str = "nina novak", password: str = PASSWORD) -> SignedIn | None:
    return entrance(store).by_password(name, password, ADDRESS, NOON)


def by_code(store: Store, token: str, code: str, at: dt.datetime = NOON) -> SignedIn | None:
    return entrance(store).by_code(token, code, ADDRESS, at)


def holds(store: Store, token: str) -> bool:
    with store.read() as session:
        return sessions.find(session, token, NOON, LIMITS) is not None


def test_the_right_password_begins_a_session(store: Store, make: Make) -> None:
    make()
    done = by_password(store)
    assert done is not None
    assert not done.half
    assert holds(store, done.token)
    assert acts(store, "Nina Novak") == ["signed in"]


def test_every_session_has_another_token(store: Store, make: Make) -> None:
    make()
    first, second = by_password(store), by_password(store)
    assert first is not None
    assert second is not None
    assert first.token != second.token


def test_nobody_gets_in_with_a_wrong_password_or_name_or_without_a_password(store: Store, make: Make) -> None:
    account = make()
    with store.write() as session:
        accounts.add(session, "New Here", "clinician", by="the tests")
    for name, password in (("nina novak", "wrong"), ("nobody", PASSWORD), ("new here", ""), ("", "")):
        assert by_password(store, name, password) is None
    with store.write() as session:
        accounts.disable(session, session.get(Staff, account.id), by="the tests")
    assert by_password(store) is None


def test_failures_are_in_the_audit_log_without_what_was_typed(store: Store, make: Make) -> None:
    make()
    by_password(store, "nina novak", "wrong")
    by_password(store, PASSWORD, "wrong")  # typed into the wrong field
    assert acts(store, "Nina Novak") == ["sign-in failed"]
    assert acts(store, NOBODY) == ["sign-in failed"]


def test_after_five_failures_even_the_right_password_has_to_wait_and_the_log_says_so(store: Store, make: Make) -> None:
    make()
    for _ in range(lockout.PER_ACCOUNT):
        assert by_password(store, password="wrong") is None
    with pytest.raises(Paused):
        by_password(store)
    assert acts(store, "Nina Novak") == ["sign-in failed"] * 5 + ["signing in paused"]


def test_an_unknown_name_is_paused_like_a_known_one(store: Store) -> None:
    for _ in range(lockout.PER_ACCOUNT):
        assert by_password(store, "nobody", "wrong") is None
    with pytest.raises(Paused):
        by_password(store, "Nobody", "wrong")


def test_many_attempts_at_once_are_no_way_around_the_pause(store: Store, make: Make) -> None:
    make()

    def guess(number: int) -> bool:
        try:
            by_password(store, password=f"wrong {number}")
        except Paused:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(guess, range(12))) == lockout.PER_ACCOUNT


def test_a_success_strikes_out_the_failures_before_it(store: Store, make: Make) -> None:
    make()
    for _ in range(2):
        for _ in range(lockout.PER_ACCOUNT - 1):
            assert by_password(store, password="wrong") is None
        assert by_password(store) is not None


def test_a_password_kept_under_weaker_parameters_is_kept_anew_at_the_next_sign_in(store: Store, make: Make) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    account = make(kept=weaker)
    assert by_password(store) is not None
    with store.read() as session:
        kept = session.get(Staff, account.id).password
    assert kept != weaker
    assert not QUICK.is_outdated(kept)
    assert by_password(store) is not None


# --- With a code


@pytest.fixture
def telephone(store: Store, make: Make) -> Telephone:
    telephone = Telephone(store, make())
    telephone.turn_on(telephone.code(NOON - 2 * STEP), NOON - 2 * STEP)
    return telephone


def test_with_codes_on_the_password_alone_lets_nobody_in(store: Store, telephone: Telephone) -> None:
    half = by_password(store)
    assert half is not None
    assert half.half
    assert not holds(store, half.token)
    whole = by_code(store, half.token, telephone.code())
    assert whole is not None
    assert whole.token != half.token  # what was known before is worth nothing after
    assert holds(store, whole.token)
    with pytest.raises(Over):
        by_code(store, half.token, telephone.code(NOON + STEP))


def test_a_code_that_was_used_lets_nobody_in_again(store: Store, telephone: Telephone) -> None:
    first, second = by_password(store), by_password(store)
    assert first is not None
    assert second is not None
    assert by_code(store, first.token, telephone.code()) is not None
    assert by_code(store, second.token, telephone.code()) is None


def test_guessing_codes_ends_in_the_pause(store: Store, telephone: Telephone) -> None:
    half = by_password(store)
    assert half is not None
    wrong = [by_code(store, half.token, "not a code") for _ in range(lockout.PER_ACCOUNT - 1)]
    assert wrong == [None] * (lockout.PER_ACCOUNT - 1)
    with pytest.raises(Paused):
        by_code(store, half.token, telephone.code())


def test_the_code_has_to_come_within_minutes(store: Store, telephone: Telephone) -> None:
    half = by_password(store)
    assert half is not None
    late = NOON + sessions.HALF
    with pytest.raises(Over):
        by_code(store, half.token, telephone.code(late), late)


def test_a_whole_session_is_no_half_one(store: Store, telephone: Telephone) -> None:
    half = by_password(store)
    assert half is not None
    whole = by_code(store, half.token, telephone.code())
    assert whole is not None
    with pytest.raises(Over):
        by_code(store, whole.token, telephone.code(NOON + STEP))


def test_the_audit_log_says_that_a_recovery_code_was_used(store: Store, make: Make) -> None:
    from bot.care import audit

    telephone = Telephone(store, make("Ada"))
    [code, *_] = telephone.turn_on(telephone.code())
    half = by_password(store, "ada")
    assert half is not None
    assert by_code(store, half.token, code) is not None
    with store.read() as session:
        assert audit.listed(session, what="signed in")[0].about == f"{ADDRESS}, with a recovery code"


def test_turning_codes_off_lets_the_password_do_again(store: Store, telephone: Telephone) -> None:
    with store.write() as session:
        codes.turn_off(session, session.get(Staff, telephone.id), by="Ada")
    done = by_password(store)
    assert done is not None
    assert not done.half


# --- Once more, before keys are changed


def test_the_present_password_is_confirmed_and_a_wrong_one_not(store: Store, make: Make) -> None:
    account = make()
    assert entrance(store).confirm(account.id, PASSWORD, ADDRESS, NOON)
    assert not entrance(store).confirm(account.id, "wrong", ADDRESS, NOON)
    assert acts(store, "Nina Novak") == ["password not confirmed"]


def test_a_session_alone_cannot_guess_the_password_for_long(store: Store, make: Make) -> None:
    account = make()
    for _ in range(lockout.PER_ACCOUNT):
        assert not entrance(store).confirm(account.id, "wrong", ADDRESS, NOON)
    with pytest.raises(Paused):
        entrance(store).confirm(account.id, PASSWORD, ADDRESS, NOON)
