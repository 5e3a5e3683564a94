from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.datafiles import DataFileError
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
