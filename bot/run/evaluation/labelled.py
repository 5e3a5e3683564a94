"""A clinic's own labelled messages: JSON lines, each checked; what does not fit is refused with its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from bot.run.evaluation.judged import EvaluationError
from bot.triage.examples import SELF_HARM, Label

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Question:
    """A message and the intents that are right for it."""

    line: int
    text: str
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """A message, how urgent it is, and what of (where the file says so)."""

    line: int
    text: str
    urgency: Label
    category: str


def questions(file: Path, intents: Collection[str]) -> list[Question]:
    """The lines of `{"text", "intent"}`, or `"accept"` with one or more. Raises `EvaluationError`."""

    def question(line: int, row: dict[str, Any]) -> Question:
        accepted = row.get("accept") or [row["intent"]]
        wanted = [accepted] if isinstance(accepted, str) else accepted
        for name in wanted:
            _is_one_of(name, intents, "intent")
        return Question(line, _text(row), tuple(wanted))

    return list(_rows(file, question, 'must be JSON with "text", and "intent" or "accept"'))


def reports(file: Path) -> list[Report]:
    """The lines of `{"text", "urgency"}` and maybe `"category"`. Raises `EvaluationError`."""

    def report(line: int, row: dict[str, Any]) -> Report:
        urgency, category = row["urgency"], row.get("category", "")
        _is_one_of(urgency, get_args(Label), "urgency")
        if not isinstance(category, str):
            raise TypeError
        crisis = (
            urgency == "emergency" and category == SELF_HARM
        )  # the label tells them apart, a clinic's file need not
        return Report(line, _text(row), "crisis" if crisis else urgency, category)

    return list(_rows(file, report, 'must be JSON with "text" and "urgency"'))


def _rows(file: Path, make: Callable[[int, dict[str, Any]], _Row], form: str) -> Iterator[_Row]:
    try:
        # Not splitlines: a separator of Unicode's within a message ends no line.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise EvaluationError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EvaluationError(f"{file} is not UTF-8 text: save it with the encoding UTF-8") from None
    if not any(line.strip() for line in lines):
        raise EvaluationError(f"{file} holds no messages")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = make(number, json.loads(line))
        except _Unknown as unknown:
            raise EvaluationError(f"{file}:{number}: {unknown}") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise EvaluationError(f"{file}:{number}: {form}") from None
        yield row


class _Unknown(Exception):
    """A label that Hipline does not have. The message names it."""


def _is_one_of(name: Any, known: Collection[str], what: str) -> None:
    if not isinstance(name, str):
        raise TypeError
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it must be one of {', '.join(sorted(known))}"
        raise _Unknown(f"{what}: {name!r} is not known: {hint}")


def _text(row: dict[str, Any]) -> str:
    text = row["text"]
    if not isinstance(text, str) or not text.strip():
        raise TypeError
    return text
