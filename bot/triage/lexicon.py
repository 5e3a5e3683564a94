"""The lexicon of red flags as a clinician reads it (lexicon.yml), checked and turned into patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Extra, StrictStr, validator

from bot import datafiles
from bot.knowledge.models import Review
from bot.triage.patterns import Pattern, Terms, WordList

LEXICON = Path(__file__).parent / "lexicon.yml"

Level = Literal["urgent", "emergency", "crisis"]


class _Described(BaseModel, extra=Extra.forbid):
    id: StrictStr
    category: StrictStr
    urgency: Level
    said: list[StrictStr]


class _Sign(BaseModel, extra=Extra.forbid):
    id: StrictStr
    said: list[StrictStr]


class _Together(BaseModel, extra=Extra.forbid):
    id: StrictStr
    category: StrictStr
    urgency: Level
    of: list[list[StrictStr]]


class _Lexicon(BaseModel, extra=Extra.forbid):
    near: int
    lists: dict[StrictStr, WordList]
    common: WordList
    spelled: WordList
    shorthand: dict[StrictStr, StrictStr]
    otherwise: WordList
    findings: list[_Described]
    signs: list[_Sign]
    together: list[_Together]
    reviewed: Review

    @validator("near")
    def _is_small(cls, value: int) -> int:
        if not 1 <= value <= 30:
            raise ValueError("must be from 1 to 30 words")
        return value


@dataclass(frozen=True)
class Described:
    """A finding or a sign that patterns describe. A sign, which has no urgency, counts only together with others."""

    id: str
    category: str
    urgency: Level | None


@dataclass(frozen=True)
class Together:
    """What is found where one of each group of findings and signs is reported in the same message."""

    id: str
    category: str
    urgency: Level
    groups: tuple[frozenset[str], ...]


class Lexicon:
    """The patterns, by the set of words that their first part is, and what else the file says."""

    def __init__(self, content: _Lexicon) -> None:
        self.terms = Terms()
        self.patterns: dict[int, list[tuple[Described, Pattern]]] = {}
        self._near = content.near
        self._lists = content.lists
        self.common, self.spelled, self.shorthand = content.common, content.spelled, content.shorthand
        self.otherwise = self.terms.add(content.otherwise)
        for finding in content.findings:
            self._add(Described(finding.id, finding.category, finding.urgency), finding.said)
        for sign in content.signs:
            self._add(Described(sign.id, "", None), sign.said)
        self.together = [
            Together(one.id, one.category, one.urgency, tuple(frozenset(group) for group in one.of))
            for one in content.together
        ]

    def vocabulary(self) -> Iterator[str]:
        """The words that misspellings are read as."""
        yield from self.terms.vocabulary()
        yield from self.spelled

    def _add(self, described: Described, said: Sequence[str]) -> None:
        for line in said:
            pattern = self._pattern(line)
            self.patterns.setdefault(pattern.parts[0], []).append((described, pattern))

    def _pattern(self, line: str) -> Pattern:
        line, unless, near = _clauses(line)
        parts, ordered = [], []
        for piece in line.replace(" > ", " + >").split(" + "):
            ordered.append(piece.startswith(">"))
            parts.append(self._set(piece.removeprefix(">")))
        return Pattern(
            tuple(parts),
            tuple(ordered[1:]),
            self._set(unless) if unless else None,
            int(near) if near else self._near,
        )

    def _set(self, written: str) -> int:
        return self.terms.add(term for part in written.strip().split("|") for term in self._lists.get(part, [part]))


def load(file: Path = LEXICON) -> Lexicon:
    """The lexicon of a file. Raises `DataFileError` for a field, or a pattern, that does not fit."""
    content = datafiles.load(file, _Lexicon)
    described_by: dict[str, Sequence[_Described | _Sign]] = {"findings": content.findings, "signs": content.signs}
    for kind, group in described_by.items():
        for number, described in enumerate(group):
            for line_number, line in enumerate(described.said):
                if (problem := _problem(line, content)) is not None:
                    raise datafiles.refusal(file, (kind, number, "said", line_number), problem)
    known = {one.id for one in content.findings} | {one.id for one in content.signs}
    for number, together in enumerate(content.together):
        for name in (name for group in together.of for name in group):
            if name not in known:
                raise datafiles.refusal(file, ("together", number, "of"), f"{name!r} is no finding and no sign")
    return Lexicon(content)


def _clauses(line: str) -> tuple[str, str, str]:
    """A pattern's parts, the words that bar it, and its window: the last two in either order, or empty."""
    rest, _, near = line.partition(" within ")
    near, _, unless_after = near.partition(" unless ")
    parts, _, unless = rest.partition(" unless ")
    return parts, unless or unless_after, near


def _problem(line: str, content: _Lexicon) -> str | None:
    line, unless, near = _clauses(line)
    if near and not (near.isdigit() and 1 <= int(near) <= 30):
        return "`within` must be followed by a number of words from 1 to 30"
    for piece in [*line.replace(" > ", " + ").split(" + "), *([unless] if unless else [])]:
        for term in piece.strip().split("|"):
            if not term or " " in term:
                return f"{term!r} is no word: parts are joined by ' + ' or ' > ', alternatives by '|', rows by '_'"
            if term.isupper() and len(term) > 2 and term not in content.lists:
                return f"{term} is none of `lists`"
            if not term.isupper() and term != term.lower():
                return f"{term!r} must be written in small letters"
    return None
