from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.questions import MOST, questions

TWO = [
    ("does it hurt and how long does it last?", ["does it hurt", "how long does it last?"]),
    ("How long does it last? And what are the risks?", ["How long does it last?", "what are the risks?"]),
    ("what is it for, is it safe", ["what is it for", "is it safe"]),
]


@pytest.mark.parametrize(("text", "parts"), TWO)
def test_two_questions_are_taken_apart(text: str, parts: list[str]) -> None:
    assert questions(text) == parts


@pytest.mark.parametrize("text", ["", "how long does it last", "My hip is bad. I am 70. Is it a cure?", "why? how?"])
def test_one_question_or_none_is_left_whole(text: str) -> None:
    assert questions(text) == []


def test_of_many_questions_the_last_six_are_kept() -> None:
    asked = [f"what is number {word}?" for word in ("one", "two", "three", "four", "five", "six", "seven")]
    assert questions(" ".join(asked)) == asked[1:]


def test_what_is_told_before_and_after_a_question_is_left_out() -> None:
    assert questions("My hip hurts. Is it normal? Does it last? Thank you.") == ["Is it normal?", "Does it last?"]


def test_a_decimal_point_ends_no_sentence() -> None:
    assert questions("is 3.5 ml much? why is that?") == ["is 3.5 ml much?", "why is that?"]


@given(st.text(max_size=400))
def test_parts_are_of_the_text_in_its_order_and_never_a_single_one(text: str) -> None:
    parts = questions(text)
    assert len(parts) != 1
    assert len(parts) <= MOST
    at = 0
    for part in parts:
        at = text.index(part, at) + len(part)
