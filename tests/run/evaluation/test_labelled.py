"""A clinic's own labelled files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.run.evaluation import EvaluationError
from bot.run.evaluation.labelled import Question, Report, questions, reports

INTENTS = {"onset", "benefits"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own.jsonl"


def refused(file: Path, content: bytes, urgency: bool = False) -> str:
    file.write_bytes(content)
    with pytest.raises(EvaluationError) as error:
        reports(file) if urgency else questions(file, INTENTS)
    return str(error.value)


def test_a_line_has_one_right_intent_or_several(file: Path) -> None:
    file.write_text(
        '{"text": "when", "intent": "onset"}\n\n'
        '{"text": "and then", "accept": ["onset", "benefits"], "note": "more fields do no harm"}\n'
        '{"text": "why", "accept": "benefits"}\n',
        encoding="utf-8",
    )
    assert questions(file, INTENTS) == [
        Question(1, "when", ("onset",)),
        Question(3, "and then", ("onset", "benefits")),
        Question(4, "why", ("benefits",)),
    ]


def test_a_separator_of_unicode_within_a_message_ends_no_line(file: Path) -> None:
    file.write_text('{"text": "a\u2028b", "intent": "onset"}\r\n', encoding="utf-8-sig")
    assert questions(file, INTENTS) == [Question(1, "a\u2028b", ("onset",))]


def test_an_intent_that_is_not_known_is_refused_with_the_nearest(file: Path) -> None:
    said = refused(file, b'{"text": "a", "intent": "onset"}\n{"text": "b", "intent": "benefit"}\n')
    assert said == f"{file}:2: intent: 'benefit' is not known: did you mean 'benefits'?"
    said = refused(file, b'{"text": "b", "intent": "zzz"}\n')
    assert said.endswith("it must be one of benefits, onset")


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "", "intent": "onset"}',
        b'{"text": 5, "intent": "onset"}',
        b'{"text": "a", "intent": 5}',
        b'{"text": "a", "accept": 5}',
        b'{"text": "a"}',
        b'["a"]',
        b"null",
        b"[" * 100_000,
    ],
)
def test_what_is_no_labelled_message_is_refused_with_its_line(file: Path, line: bytes) -> None:
    said = refused(file, b'{"text": "a", "intent": "onset"}\n' + line)
    assert said == f'{file}:2: must be JSON with "text", and "intent" or "accept"'


def test_a_file_in_another_encoding_is_told_so(file: Path) -> None:
    assert refused(file, b'{"text": "caf\xe9", "intent": "onset"}') == (
        f"{file} is not UTF-8 text: save it with the encoding UTF-8"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="cannot be read: Is a directory"):
        questions(tmp_path, INTENTS)


def test_an_urgency_may_have_its_category_and_an_emergency_of_self_harm_is_a_crisis(file: Path) -> None:
    file.write_text(
        '{"text": "a", "urgency": "urgent"}\n'
        '{"text": "b", "urgency": "emergency", "category": "chest"}\n'
        '{"text": "c", "urgency": "emergency", "category": "self_harm"}\n'
        '{"text": "d", "urgency": "none", "category": "self_harm"}\n',
        encoding="utf-8",
    )
    assert reports(file) == [
        Report(1, "a", "urgent", ""),
        Report(2, "b", "emergency", "chest"),
        Report(3, "c", "crisis", "self_harm"),
        Report(4, "d", "none", "self_harm"),
    ]


def test_a_wrong_urgency_is_refused_with_its_line(file: Path) -> None:
    said = refused(file, b'{"text": "a", "urgency": "none"}\n{"text": "a", "urgency": "emergancy"}\n', urgency=True)
    assert said == f"{file}:2: urgency: 'emergancy' is not known: did you mean 'emergency'?"
    assert refused(file, b'{"text": "a"}', urgency=True) == f'{file}:1: must be JSON with "text" and "urgency"'
    assert refused(file, b'{"text": "a", "urgency": "none", "category": 3}', urgency=True).startswith(f"{file}:1: ")
