from __future__ import annotations

from pathlib import Path

import pytest

from bot.datafiles import DataFileError
from bot.triage import context as contexts
from bot.triage.words import split

CONTEXT = contexts.load()


def standing(text: str, word: str = "fever") -> contexts.Standing:
    [sentence] = split(text)
    return CONTEXT.read(sentence).standing([sentence.texts.index(word)])


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("fever", "asserted"),
        ("no fever", "negated"),
        ("without any chills or fever", "negated"),
        ("no chills, sweats or fever", "negated"),
        ("no chills but fever", "asserted"),
        ("no chills, my fever is high", "asserted"),
        ("no chills and my fever is high", "asserted"),
        ("not sure about the fever", "uncertain"),
        ("there is no doubt of a fever", "asserted"),
        ("it is not getting better, fever", "asserted"),
        ("it isnt getting better and fever", "asserted"),
        ("what if a fever comes", "conditional"),
        ("even if it is a fever", "asserted"),
        ("worried about a fever", "conditional"),
        ("i had a fever last year", "past"),
        ("fever last night", "asserted"),
        ("15 years ago, my fever was high", "past"),
        ("in 2016 it was a fever", "past"),
        ("the fever has gone away", "past"),
        ("fever: no", "negated"),
        ("my neighbour had a fever", "someone_else"),
        ("can it cause a fever", "question"),
        ("can it cause a fever, i am hot since noon", "asserted"),
        ("my wife has a fever", "someone_else"),
        ("maybe a fever", "uncertain"),
    ],
)
def test_what_the_words_around_a_symptom_make_of_it(text: str, assertion: str) -> None:
    assert standing(text).assertion == assertion


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("my wife has a fever", True),
        ("maybe a fever", True),
        ("my neighbour had a fever", False),
        ("in the film he has a fever", False),
        ("no fever", False),
    ],
)
def test_who_has_it_now_is_told_apart_from_a_story(text: str, now: bool) -> None:
    assert standing(text).now is now


def test_a_cue_that_is_part_of_a_symptom_changes_nothing_else() -> None:
    [sentence] = split("never weight on it and fever")
    assert CONTEXT.read(sentence).standing([5]).assertion == "negated"
    assert CONTEXT.read(sentence, frozenset([0, 1])).standing([5]).assertion == "asserted"


def test_a_negation_reaches_no_further_than_its_reach() -> None:
    assert standing("not " + "so " * 9 + "fever").assertion == "asserted"


def test_cues_with_a_misspelt_field_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "context.yml"
    content = contexts.CONTEXT.read_text(encoding="utf-8").replace("no_cue:", "no_cues:")
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        contexts.load(file)
    assert error.value.field == "no_cues"
    assert error.value.line == content[: content.index("no_cues:")].count("\n") + 1


def test_cues_that_reach_too_far_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "context.yml"
    content = contexts.CONTEXT.read_text(encoding="utf-8").replace("reach: 11", "reach: 110")
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError, match="must be from 1 to 60 words"):
        contexts.load(file)
