from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from bot.datafiles import DataFileError
from bot.nlu import examples as nlu_examples
from bot.settings import ROOT
from bot.triage import examples

FOUND = examples.read()


def test_each_message_stands_once() -> None:
    doubled = [text for text, times in Counter(example.text.casefold() for example in FOUND).items() if times > 1]
    assert doubled == []


def test_each_urgency_has_messages_by_several_voices() -> None:
    for urgency in ("none", "routine", "urgent", "emergency", "crisis"):
        assert len({example.voice for example in FOUND if example.urgency == urgency}) >= 4, urgency


def test_the_digest_changes_with_a_message(tmp_path: Path) -> None:
    file = tmp_path / "urgent.yml"
    file.write_text("urgency: urgent\ngroups: [{category: a, voice: b, messages: [red]}]\n", encoding="utf-8")
    before = examples.digest(tmp_path)
    file.write_text("urgency: urgent\ngroups: [{category: a, voice: b, messages: [hot]}]\n", encoding="utf-8")
    assert examples.digest(tmp_path) != before


def test_an_unknown_urgency_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("urgency: dire\ngroups: []\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="urgency"):
        examples.read(tmp_path)


def test_each_message_has_a_label_a_category_and_words_to_learn_from() -> None:
    assert {example.urgency for example in FOUND} == set(get_args(examples.Label))
    assert [example for example in FOUND if not example.text.strip() or not example.category] == []


# A message that Rasa learns as a symptom must not be learned as something else by the judge of urgency.
def test_a_message_of_the_symptoms_has_the_same_urgency_in_both_places() -> None:
    symptoms = {
        example.text.casefold(): example.intent.removeprefix("symptom_")
        for example in nlu_examples.read(ROOT / "data" / "nlu")
        if example.intent.startswith("symptom_")
    }
    both = [example for example in FOUND if example.text.casefold() in symptoms]
    assert [example for example in both if example.urgency != symptoms[example.text.casefold()]] == []


def test_a_group_without_a_voice_is_refused_with_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text("urgency: urgent\ngroups:\n- category: a\n  messages: [red]\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=re.escape(f"{file}:3: groups.0.voice: is missing")):
        examples.read(tmp_path)
