"""What answers are read as: many hands' words with the score that they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.followup import answers
from bot.followup.answers import Read
from bot.settings import ROOT

LEAST = 0.97  # of the answers are read right
FILE = Path(__file__).parent / "answers.txt"


def rows() -> list[tuple[str, str]]:
    """The words of the file, each with what they mean."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("# ")]
    return [(words, meant) for meant, words in (line.split(" | ", 1) for line in lines)]


def meant(read: Read | None) -> str:
    if read is None:
        return "-"
    return "same" if read.same else f"{read.value:g}"


def test_nearly_all_answers_are_read_as_they_are_meant_and_no_score_is_made_up() -> None:
    found = rows()
    got = [(words, right, meant(answers.score(words))) for words, right in found]
    wrong = [row for row in got if row[1] != row[2]]
    assert len(found) >= 400
    told = f"Of {len(found)} answers that were invented for it\n{len(found) - len(wrong)} are read right"
    assert told in (ROOT / "docs" / "followup.md").read_text(encoding="utf-8")
    assert len({words for words, _ in found}) == len(found)
    assert [row for row in wrong if row[1] == "-"] == []
    assert len(wrong) <= (1 - LEAST) * len(found), wrong


@given(
    st.integers(0, 10),
    st.sampled_from(["", "about a ", "my pain is ", "its a ", "was 9 before, now "]),
    st.sampled_from(["", " today", "!!", " thanks", "/10", " out of 10", "."]),
)
def test_a_number_among_fillers_is_the_score_and_nothing_is_left(number: int, before: str, after: str) -> None:
    assert answers.score(f"{before}{number}{after}") == Read(float(number))


@example("\u2776")  # a one in a black circle
@example("\u0667 or \u00b2")
@given(
    st.text(
        st.one_of(st.characters(), st.characters(categories=["Nd", "Nl", "No"]), st.sampled_from("0179 .,/-")),
        max_size=60,
    )
)
def test_whatever_is_said_a_score_is_within_its_bounds(text: str) -> None:
    read = answers.score(text)
    assert read is None or read.value is None or 0 <= read.value <= 10
    picked = answers.choice(text, [1, 2])
    assert picked is None or picked.value in (1, 2)
    assert answers.is_worse(text) in (True, False)


@given(st.integers(11, 10**9))
def test_a_number_beyond_the_scale_is_no_score(number: int) -> None:
    assert answers.score(str(number)) is None


@given(st.integers(0, 10), st.sampled_from(["mg", " days", " pills", "pm", " kids", "%", " hours", " times", "th"]))
def test_a_number_of_something_else_is_no_score(number: int, unit: str) -> None:
    assert answers.score(f"{number}{unit}") is None


@given(st.integers(0, 10), st.integers(0, 10))
def test_the_last_of_two_counts_after_a_correction_and_the_higher_without_one(first: int, last: int) -> None:
    corrected, ranged = answers.score(f"{first} sorry {last}"), answers.score(f"{first} or {last}")
    assert corrected is not None
    assert corrected.value == last
    assert ranged is not None
    assert ranged.value == max(first, last)


@pytest.mark.parametrize(
    ("text", "rest"),
    [("7", ""), ("7 thanks", ""), ("7, can I shower?", "can i shower?"), ("8/10 cant walk", "cant walk")],
)
def test_what_is_said_beside_a_score_is_kept_for_the_others(text: str, rest: str) -> None:
    read = answers.score(text)
    assert read is not None
    assert read.rest == rest


@pytest.mark.parametrize(
    "text",
    [
        "worse",
        "It's getting worse",
        "a lot worse today",
        "Worse!",
        "much worse than yesterday",
        "more pain than before",
        "it hurts more now",
    ],
)
def test_worse_alone_is_worse(text: str) -> None:
    assert answers.is_worse(text)


@pytest.mark.parametrize(
    "text", ["not worse", "no worse", "worse?", "does it get worse", "worse weather today", "more water please", "7"]
)
def test_what_is_not_said_to_be_worse_is_not(text: str) -> None:
    assert not answers.is_worse(text)


@pytest.mark.parametrize(
    ("text", "picked"),
    [("1", 1), ("2", 2), ("two", 2), ("1 none", 1), ("2 fever", 2), ("3", None), ("1 or 2", None), ("day 2", None),
     ("5", None), ("hello", None), ("2/10", None), ("sorry 2", None)],
)  # fmt: skip
def test_a_choice_is_one_of_its_numbers(text: str, picked: int | None) -> None:
    read = answers.choice(text, [1, 2])
    assert (None if read is None else read.value) == picked
