"""Replies that staff choose from."""

from __future__ import annotations

from pathlib import Path

import pytest
import textstat

from bot import gsm7, knowledge
from bot.datafiles import DataFileError
from bot.knowledge import canned
from bot.settings import Settings
from bot.speech import Speech

REVIEWED = 'reviewed: {by: "Dr. A", on: 2026-11-24}\n'


def spoken(**settings: object) -> list[tuple[str, str]]:
    clinic = Settings(clinic_name="Lakeside", clinic_phone="(202) 555-0142", **settings)
    return Speech(knowledge.load(clinic.knowledge_folder), clinic).canned()


def test_the_shipped_ones_have_the_clinic_s_numbers_filled_in() -> None:
    found = dict(spoken())
    assert "call (202) 555-0142" in found["Ring us now"]
    assert "911" in found["Emergency"]
    assert not any("{" in text for text in found.values())


def test_the_shipped_ones_are_easy_to_read_and_fit_two_text_messages() -> None:
    for title, text in spoken():
        assert textstat.flesch_kincaid_grade(text) <= 8, title
        assert gsm7.segments(text) <= 2, title
        assert not gsm7.strangers(text), title


def test_a_clinic_s_own_take_their_place(tmp_path: Path) -> None:
    (tmp_path / canned.FILE).write_text(
        f'canned:\n  - {{title: Hours, text: "Ring {{phone}}."}}\n{REVIEWED}', encoding="utf-8"
    )
    assert spoken(knowledge_folder=tmp_path) == [("Hours", "Ring (202) 555-0142.")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('- {title: A, text: "Dear {name}"}', ":2: canned.0.text: {name} can't be filled in here"),
        ('- {title: A, text: "Dear {clinic!r}"}', ":2: canned.0.text: {clinic} can't be filled in here"),
        ('- {title: A, text: "a } brace"}', "write {{ for a brace"),
        ('- {title: "", text: "Hello"}', "canned.0.title: ensure this value has at least 1 characters"),
        ('- {title: A, words: "Hello"}', "canned.0.words: is not a field that is known here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / canned.FILE
    file.write_text(f"canned:\n  {line}\n{REVIEWED}", encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        canned.load(tmp_path)
    assert str(caught.value).startswith(str(file))
    assert said in str(caught.value)
