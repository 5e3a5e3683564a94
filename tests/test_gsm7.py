from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import gsm7

# 3GPP TS 23.038, 6.2.1: the table by rows of 16 codes, as the standard has it (0x1B, the escape, left out).
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

alphabet = st.text(TABLE + EXTENSION)


def packed(text: str) -> int:
    """Segments by putting one character after the other, as a telephone does: an escape and its code stay together."""
    sizes = [2 if c in EXTENSION else 1 for c in text]
    if sum(sizes) <= 160:
        return 1
    count, room = 1, 153
    for size in sizes:
        if size > room:
            count, room = count + 1, 153
        room -= size
    return count


def test_the_alphabet_is_that_of_the_standard_and_nothing_else() -> None:
    known = {chr(code) for code in range(0x110000) if not gsm7.strangers(chr(code))}
    assert known == {*TABLE, *EXTENSION}
    assert len(known) == 127 + 10


@pytest.mark.parametrize("trap", ["’", "‘", "“", "”", "–", "—", "…", "\u00a0", "\t", "`", "ç", "á", "°", "½", "🙂"])
def test_what_word_processors_put_in_is_found(trap: str) -> None:
    assert gsm7.strangers(f"It{trap}s fine") == trap


def test_strangers_are_told_once_each_and_in_order() -> None:
    assert gsm7.strangers("“Don’t – don’t”") == "–’“”"


def test_brackets_braces_and_the_euro_take_two_septets() -> None:
    assert gsm7.septets("[a]{b}^~|\\€") == 2 * 9 + 2


@pytest.mark.parametrize(
    ("length", "segments"), [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)]
)
def test_a_text_alone_may_be_longer_than_its_parts_when_joined(length: int, segments: int) -> None:
    assert gsm7.segments("a" * length) == segments


def test_eighty_brackets_fill_a_segment() -> None:
    assert gsm7.segments("[" * 80) == 1
    assert gsm7.segments("[" * 80 + "a") == 2


@settings(deadline=None, derandomize=True)
@given(alphabet, alphabet)
def test_septets_add_up(one: str, other: str) -> None:
    assert gsm7.septets(one + other) == gsm7.septets(one) + gsm7.septets(other)


@settings(deadline=None, derandomize=True)
@given(alphabet, st.integers(1, 12))
def test_segments_are_those_that_a_telephone_packs(text: str, times: int) -> None:
    assert gsm7.segments(text * times) == packed(text * times)


@settings(deadline=None, derandomize=True)
@given(alphabet, st.integers(1, 12))
def test_a_text_never_takes_fewer_segments_than_its_septets_need(text: str, times: int) -> None:
    assert gsm7.segments(text * times) * 160 >= gsm7.septets(text * times)


@settings(deadline=None, derandomize=True)
@given(st.text(), alphabet)
def test_a_text_of_the_alphabet_adds_no_strangers(text: str, known: str) -> None:
    assert gsm7.strangers(known) == ""
    assert gsm7.strangers(text + known) == gsm7.strangers(text)


def test_a_bracket_is_not_split_between_two_segments() -> None:
    text = "a" * 152 + "€" + "a" * 152
    assert packed(text) == 3
    assert gsm7.segments(text) == 3
