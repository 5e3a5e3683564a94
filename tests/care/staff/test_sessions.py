from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from bot.care.database import Store
from bot.care.staff import sessions
from bot.care.tables import StaffSession
from tests.care.staff.conftest import LIMITS, NOON, Make

SECOND = dt.timedelta(seconds=1)


def begin(store: Store, staff_id: str, at: dt.datetime = NOON, *, half: bool = False) -> str:
    with store.write() as session:
        return sessions.begin(session, staff_id, at, LIMITS, half=half)


def whose(store: Store, token: str, at: dt.datetime = NOON, *, half: bool = False) -> str | None:
    with store.read() as session:
        found = sessions.find(session, token, at, LIMITS, half=half)
        return None if found is None else str(found[0].name)


def test_a_session_is_whose_token_it_is(store: Store, make: Make) -> None:
    nina, ada = begin(store, make("Nina").id), begin(store, make("Ada").id)
    assert (whose(store, nina), whose(store, ada)) == ("Nina", "Ada")
    assert [whose(store, other) for other in ("", nina[:-1], nina + "a", "%", nina.upper())] == [None] * 5


@pytest.mark.sqlite
def test_a_token_cannot_be_guessed_and_is_kept_nowhere(engine: Engine, store: Store, make: Make) -> None:
    token = begin(store, make().id)
    assert len(token) * 6 >= 256  # six bits a character
    files = list(Path(engine.url.database).parent.iterdir())
    assert files
    assert [file.name for file in files if token.encode() in file.read_bytes()] == []


def test_a_session_ends_when_nobody_uses_it(store: Store, make: Make) -> None:
    token = begin(store, make().id)
    assert whose(store, token, NOON + LIMITS.idle - SECOND)
    assert not whose(store, token, NOON + LIMITS.idle)
    with store.write() as session:
        sessions.seen(session, token, NOON + LIMITS.idle - SECOND)
    assert whose(store, token, NOON + LIMITS.idle)


def test_a_session_ends_after_its_whole_time_however_much_it_is_used(store: Store, make: Make) -> None:
    token = begin(store, make().id)
    with store.write() as session:
        sessions.seen(session, token, NOON + LIMITS.whole - SECOND)
    assert whose(store, token, NOON + LIMITS.whole - SECOND)
    assert not whose(store, token, NOON + LIMITS.whole)


def test_half_a_session_is_none_and_ends_within_minutes(store: Store, make: Make) -> None:
    account = make()
    half, whole = begin(store, account.id, half=True), begin(store, account.id)
    assert whose(store, half) is None
    assert whose(store, whole, half=True) is None
    assert whose(store, half, NOON + sessions.HALF - SECOND, half=True)
    assert whose(store, half, NOON + sessions.HALF, half=True) is None


@pytest.mark.parametrize("keep", [True, False])
def test_all_sessions_of_an_account_end_or_all_but_one(store: Store, make: Make, keep: bool) -> None:
    nina, ada = make("Nina"), make("Ada")
    first, second, other = begin(store, nina.id), begin(store, nina.id), begin(store, ada.id)
    with store.write() as session:
        sessions.end_all(session, nina.id, but=second if keep else "")
    assert whose(store, first) is None
    assert whose(store, second) == ("Nina" if keep else None)
    assert whose(store, other) == "Ada"


def test_sessions_that_have_run_out_are_deleted_with_the_next_one(store: Store, make: Make) -> None:
    account = make()
    for _ in range(3):
        begin(store, account.id)
    begin(store, account.id, NOON + LIMITS.idle + SECOND)
    with store.read() as session:
        assert session.execute(select(func.count(StaffSession.hash))).scalar_one() == 1
