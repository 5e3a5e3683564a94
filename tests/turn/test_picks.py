"""Which button a message picks."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.turn.picks import choice, pick

OFFERED = (
    ("How soon does it work?", "onset"),
    ("What are the risks?", "risks_overview"),
    ("Who does it?", "who_performs"),
)

_WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)
# The letter q keeps titles from being numbers or ordinals themselves.
_TITLE = st.lists(_WORD, min_size=1, max_size=5).map(lambda words: " ".join(["q", *words]))
_OFFERED = st.lists(_TITLE, max_size=6, unique=True).map(
    lambda titles: [(title, f"topic_{place}") for place, title in enumerate(titles)]
)
_MARKS = st.text(alphabet=" .,!?-\t'\"()", max_size=3)


@given(offered=_OFFERED.filter(bool), data=st.data())
def test_a_title_picks_its_topic_whatever_its_case_and_marks(
    offered: list[tuple[str, str]], data: st.DataObject
) -> None:
    title, topic = data.draw(st.sampled_from(offered))
    words = [data.draw(st.sampled_from([word, word.upper(), word.capitalize()])) for word in title.split()]
    between = data.draw(_MARKS.filter(lambda marks: " " in marks))
    text = data.draw(_MARKS) + between.join(words) + data.draw(_MARKS)
    assert pick(text, offered) == topic


@given(offered=_OFFERED, number=st.integers(0, 9))
def test_a_number_picks_what_stands_in_its_place_and_nothing_beyond(
    offered: list[tuple[str, str]], number: int
) -> None:
    wanted = f"topic_{number - 1}" if 1 <= number <= len(offered) else None
    for text in (f"{number}", f" {number}.", f"({number})", f"number {number}", f"No. {number}", f"{number} please"):
        assert pick(text, offered) == wanted


@given(offered=_OFFERED, text=st.text(max_size=30))
def test_whatever_is_typed_only_what_was_offered_can_be_picked(offered: list[tuple[str, str]], text: str) -> None:
    assert pick(text, offered) in {None, *(topic for _, topic in offered)}


@given(offered=_OFFERED, text=st.text(max_size=30))
def test_where_nothing_was_offered_nothing_is_picked(offered: list[tuple[str, str]], text: str) -> None:
    assert pick(text, []) is None


@given(offered=_OFFERED, words=st.lists(_WORD, min_size=2, max_size=6))
def test_other_words_pick_nothing(offered: list[tuple[str, str]], words: list[str]) -> None:
    text = " ".join(["does", *words])
    assume(text not in [title for title, _ in offered])
    assert pick(text, offered) is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("one", "onset"),
        ("Two", "risks_overview"),
        ("option three", "who_performs"),
        ("the first", "onset"),
        ("the second one", "risks_overview"),
        ("2nd", "risks_overview"),
        ("third option please", "who_performs"),
        ("that last one", "who_performs"),
        ("last", "who_performs"),
        ("nr 1 pls", "onset"),
        ("WHAT ARE THE RISKS", "risks_overview"),
    ],
)
def test_people_pick_in_words_too(text: str, topic: str) -> None:
    assert pick(text, OFFERED) == topic


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "0",
        "-1 week ago",
        "10",
        "12",
        "1 or 2",
        "2 weeks ago I had one",
        "one more question",
        "the first time it hurt",
        "last week",
        "what are the risks of the dye?",
        "risks",
        "?",
    ],
)
def test_numbers_within_a_question_pick_nothing(text: str) -> None:
    assert pick(text, OFFERED) is None


def test_the_third_of_two_picks_nothing() -> None:
    assert pick("the third one", OFFERED[:2]) is None


def test_the_last_of_one_is_that_one() -> None:
    assert pick("the last one", OFFERED[:1]) == "onset"


def test_a_title_that_is_a_number_goes_before_the_place_of_that_number() -> None:
    assert pick("2", [("2", "two_weeks"), ("3", "three_weeks")]) == "two_weeks"


def test_a_choice_without_a_topic_is_picked_by_its_number_too() -> None:
    offered = [("What are the risks?", "risks_overview"), ("I would like to speak with a person", None)]
    assert [choice(text, offered) for text in ("2", "the second one", "3")] == [offered[1], offered[1], None]
    assert pick("2", offered) is None
