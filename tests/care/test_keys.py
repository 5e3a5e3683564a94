from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.care import keys
from bot.care.database import Store


def make(store: Store, name: str) -> str:
    with store.write() as session:
        return keys.create(session, name)


def is_known(store: Store, key: str) -> bool:
    with store.read() as session:
        return keys.is_known(session, key)


def test_a_key_that_was_made_is_known(store: Store) -> None:
    key = make(store, "scorer")
    assert key.startswith("hip_")
    assert is_known(store, key)


def test_nothing_but_the_whole_key_is_known(store: Store) -> None:
    key = make(store, "scorer")
    others = ["", "hip_", key[:-1], key + "a", key.upper(), f" {key}", keys.digest(key), "scorer", "%"]
    assert [other for other in others if is_known(store, other)] == []


def test_every_key_is_another_and_each_of_them_is_known(store: Store) -> None:
    made = {make(store, "scorer") for _ in range(5)}
    assert len(made) == 5
    assert all(is_known(store, key) for key in made)


def test_a_key_is_long_enough_that_nobody_guesses_it(store: Store) -> None:
    assert len(make(store, "scorer").removeprefix("hip_")) * 6 >= 256  # six bits a character


@pytest.mark.sqlite
def test_the_key_itself_is_kept_nowhere(engine: Engine, store: Store) -> None:
    key = make(store, "scorer")
    files = list(Path(engine.url.database).parent.iterdir())
    assert files
    assert [file.name for file in files if key.encode() in file.read_bytes()] == []


def test_whose_key_it_is_can_be_asked_by_name(store: Store) -> None:
    make(store, "scorer")
    with store.read() as session:
        assert keys.exists(session, "scorer")
        assert not keys.exists(session, "local")


def test_a_key_whose_transaction_failed_is_not_known(store: Store) -> None:
    made = []

    def fail_half_way() -> None:
        with store.write() as session:
            made.append(keys.create(session, "scorer"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert [is_known(store, key) for key in made] == [False]
