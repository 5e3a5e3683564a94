from __future__ import annotations

from pathlib import Path

import pytest

from bot.datafiles import DataFileError
from bot.triage import fragments

ADDS = [
    "on the side they did the shot",
    "since tuesday",
    "Left leg.",
    "the right one",
    "down to my toes",
    "in the groin mostly",
    "yesterday after tea",
]
STANDS_ALONE = [
    "is it the same on the left side",
    "on which day are you open",
    "after that, can I drive?",
    "after care leaflet please",
    "right ok",
    "since then nothing",
    "in general",
    "how long does it last",
    "bursitis",
    "on monday my sister will bring me in with her car since the bus goes only once an hour",
    "",
    "?!",
]


@pytest.mark.parametrize("text", ADDS)
def test_a_piece_of_a_sentence_only_adds(text: str) -> None:
    assert fragments.load().only_adds(text)


@pytest.mark.parametrize("text", STANDS_ALONE)
def test_a_question_a_denial_or_a_whole_story_stands_alone(text: str) -> None:
    assert not fragments.load().only_adds(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("begins: [On]\notherwise: []\nmost_words: 9\n", "must be words in small letters"),
        ("begins: []\notherwise: []\nmost_words: 9\n", "begins"),
        ('begins: ["on"]\notherwise: []\nmost_words: 0\n', "most_words"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_field(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "fragments.yml"
    file.write_text(content + 'reviewed: {by: "somebody", on: 2026-01-31}\n')
    with pytest.raises(DataFileError, match=message):
        fragments.load(file)
