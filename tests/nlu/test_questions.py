from __future__ import annotations

import pytest

from bot.nlu.questions import questions

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
