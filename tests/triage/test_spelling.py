from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.spelling import Speller, edits

SPELLER = Speller(
    ["fever", "numb", "swollen", "breathing", "cant", "breathe", "pressure"],
    ["never", "number", "swallow", "river"],
    {"cnt": "cant", "sob": "short of breath"},
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fevr", ("fever",)),
        ("fevre", ("fever",)),
        ("feever", ("fever",)),
        ("swolen", ("swollen",)),
        ("braething", ("breathing",)),
        ("brethng", ("brethng",)),  # of seven letters, two wrong: too far
        ("breatihgn", ("breathing",)),
        ("presure", ("pressure",)),
        ("cnt", ("cant",)),
        ("sob", ("short", "of", "breath")),
        ("cantbreathe", ("cant", "breathe")),
    ],
)
def test_a_misspelt_word_is_read_as_the_one_it_was_meant_to_be(written: str, meant: tuple[str, ...]) -> None:
    assert SPELLER.read(written) == meant


@pytest.mark.parametrize("word", ["never", "number", "swallow", "river", "numm", "fev", "elephant", ""])
def test_a_word_of_its_own_and_a_short_one_stay_as_they_are(word: str) -> None:
    assert SPELLER.read(word) == (word,)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("fever", "fever", 0), ("fevr", "fever", 1), ("fevre", "fever", 1), ("", "abc", 3), ("ca", "abc", 3)],
)
def test_letters_left_out_put_in_wrong_or_changed_over_are_counted(one: str, other: str, apart: int) -> None:
    assert edits(one, other) == apart


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_is_the_same_both_ways_and_never_more_than_the_longer_word(one: str, other: str) -> None:
    assert edits(one, other) == edits(other, one) <= max(len(one), len(other))


@given(st.text(max_size=60))
def test_no_word_is_too_strange(word: str) -> None:
    assert SPELLER.read(word)
    assert SPELLER.read(word) == SPELLER.read(word)
