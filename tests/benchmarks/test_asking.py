from __future__ import annotations

import threading
from collections import Counter
from itertools import islice

import pytest

from benchmarks.asking import conversations, endless, load
from benchmarks.client import Session
from benchmarks.processes import ContenderFailed


def test_each_conversation_has_a_name_of_its_own_and_all_its_turns() -> None:
    asked: list[tuple[str, str]] = []
    taken = conversations(lambda _, name, text: asked.append((name, text)), ["a", "b", "c"], 2, 4)
    assert [len(one) for one in taken] == [4, 4]
    assert sorted(Counter(name for name, _ in asked).values()) == [4, 4]
    assert [text for _, text in asked] == list("abcabcab")


def test_all_clients_take_part_in_the_load() -> None:
    threads, texts = set(), set()
    together = threading.Barrier(3, timeout=10)

    def ask(_: Session, __: str, text: str) -> None:
        if threading.get_ident() not in threads:
            threads.add(threading.get_ident())
            together.wait()  # a load of one client at a time would never pass
        texts.add(text)

    assert load(ask, ["a", "b", "c"], 3, 0.05) > 0
    assert (len(threads), texts) == (3, {"a", "b", "c"})


def test_a_client_that_fails_makes_the_load_fail() -> None:
    def ask(*_: object) -> None:
        raise ContenderFailed("a message got no answer")

    with pytest.raises(ContenderFailed, match="under load: a message got no answer"):
        load(ask, ["a"], 2, 0.05)


def test_texts_begin_anew_at_their_end() -> None:
    assert "".join(islice(endless("ab"), 5)) == "ababa"
    assert list(endless([])) == []
