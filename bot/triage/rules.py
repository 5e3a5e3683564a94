"""Red flags by their words: a lexicon that a clinician can read, and what in a sentence takes a report back.

It finds what the model has not learned, and it judges alone when the model can't be reached. There is no
backtracking: time grows at most with the square of a sentence's length, which the 2,000 characters of a message bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Extra, StrictStr, validator

from bot import datafiles
from bot.knowledge.models import Review
from bot.triage.cues import sentences

LEXICON = Path(__file__).parent / "lexicon.yml"
_SPELLING_FROM = 5  # letters: shorter words have too many neighbours
_LONGEST = 24  # letters: a longer word is none of these
_NOTHING: frozenset[int] = frozenset()

Level = Literal["urgent", "emergency", "crisis"]


class _Finding(BaseModel, extra=Extra.forbid):
    id: StrictStr
    urgency: Level
    said: list[StrictStr]


class _Lexicon(BaseModel, extra=Extra.forbid):
    near: int
    reach: int
    negators: list[StrictStr]
    terminators: list[StrictStr]
    after_answer: list[StrictStr]
    hypothetical: list[StrictStr]
    lookalikes: list[StrictStr]
    findings: list[_Finding]
    reviewed: Review

    @validator("near", "reach")
    def _is_small(cls, value: int) -> int:
        if not 1 <= value <= 30:
            raise ValueError("must be from 1 to 30 words")
        return value


@dataclass(frozen=True)
class Hit:
    """A finding that a message holds: the words, and whether they report it or deny or imagine it."""

    finding: str
    urgency: Level
    words: str
    negated: bool
    hypothetical: bool

    @property
    def asserted(self) -> bool:
        """Whether the person says that it is so."""
        return not (self.negated or self.hypothetical)


class Rules:
    """The lexicon, ready to be held against messages."""

    def __init__(self, lexicon: _Lexicon) -> None:
        self._lexicon = lexicon
        self._negators = frozenset(lexicon.negators)
        self._after_answer = frozenset(lexicon.after_answer)
        self._terminators = frozenset(lexicon.terminators)
        self._hypothetical = _Terms(frozenset())
        self._hypothetical.add(lexicon.hypothetical)
        self._terms = _Terms(frozenset(lexicon.lookalikes))
        self._patterns: list[tuple[_Finding, list[int]]] = []
        for finding in lexicon.findings:
            for said in finding.said:
                parts = [part.strip().split("|") for part in said.split(" + ")]
                numbers = [self._terms.add(part) for part in parts]
                self._patterns.append((finding, numbers))

    def find(self, text: str) -> list[Hit]:
        """All hits in `text`, sentence by sentence; one a finding and sentence."""
        hits: list[Hit] = []
        for words in sentences(text):
            places = self._terms.places(words)
            seen: dict[str, Hit] = {}
            for finding, parts in self._patterns:
                if finding.id in seen and seen[finding.id].asserted:
                    continue
                if (span := self._match(places, parts)) is not None:
                    seen[finding.id] = self._judge(words, span, finding)
            hits += seen.values()
        return hits

    def _match(self, places: Mapping[int, Sequence[int]], parts: Sequence[int]) -> list[int] | None:
        if not all(part in places for part in parts):
            return None
        for start in places[parts[0]]:
            span = [start]
            for part in parts[1:]:
                free = [p for p in places[part] if abs(p - start) <= self._lexicon.near and p not in span]
                if not free:
                    break
                span.append(min(free, key=lambda place: abs(place - start)))
            else:
                return sorted(span)
        return None

    def _answers(self, words: Sequence[str], place: int) -> bool:
        """Whether a "no" answers a question ("no, my chest hurts"), and so denies nothing of what comes after it."""
        return words[place] == "no" and place + 1 < len(words) and words[place + 1] in self._after_answer

    def _judge(self, words: Sequence[str], span: Sequence[int], finding: _Finding) -> Hit:
        negated = False
        for place in range(span[0] - 1, max(-1, span[0] - 1 - self._lexicon.reach), -1):
            if words[place] in self._terminators or self._answers(words, place):
                break
            if words[place] in self._negators:
                negated = True
                break
        hypothetical = bool(self._hypothetical.places(words))
        said = " ".join(words[span[0] : span[-1] + 1])
        return Hit(finding.id, finding.urgency, said, negated, hypothetical)


class _Terms:
    """Numbered sets of alternatives, looked up by word: words, beginnings (`swell*`), words in a row (`both_legs`).

    A word of five letters and more is found with one letter wrong, unless it is one of `lookalikes`.
    """

    def __init__(self, lookalikes: frozenset[str]) -> None:
        self._lookalikes = lookalikes
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._nearly: dict[str, set[int]] = defaultdict(set)
        self._beginnings: dict[str, set[int]] = defaultdict(set)
        self._rows: dict[str, list[tuple[list[str], int]]] = defaultdict(list)
        self._count = 0

    def add(self, terms: Sequence[str]) -> int:
        """Adds a set, and returns its number."""
        number = self._count
        self._count += 1
        for term in terms:
            row = term.split("_")
            if len(row) > 1:
                self._rows[row[0]].append((row, number))
            elif term.endswith("*"):
                self._beginnings[term[:-1]].add(number)
            else:
                self._exact[term].add(number)
                if len(term) >= _SPELLING_FROM:
                    for near in _shortened(term):
                        self._nearly[near].add(number)
        return number

    def places(self, words: Sequence[str]) -> dict[int, list[int]]:
        """Where in `words` each set stands, by its number; sets that are nowhere are left out."""
        found: dict[int, list[int]] = defaultdict(list)
        for place, word in enumerate(words):
            numbers = set(self._exact.get(word, ()))
            for end in range(1, min(len(word), _LONGEST) + 1):
                numbers |= self._beginnings.get(word[:end], _NOTHING)
            for row, number in self._rows.get(word, ()):
                if _fits(words[place : place + len(row)], row):
                    numbers.add(number)
            if _SPELLING_FROM - 1 <= len(word) <= _LONGEST and word.isalpha() and word not in self._lookalikes:
                for near in _shortened(word):
                    numbers |= self._nearly.get(near, _NOTHING)
            for number in numbers:
                found[number].append(place)
        return found


def _fits(words: Sequence[str], row: Sequence[str]) -> bool:
    return len(words) == len(row) and all(
        word.startswith(term[:-1]) if term.endswith("*") else word == term
        for word, term in zip(words, row, strict=True)
    )


def _shortened(word: str) -> Iterator[str]:
    """The word itself and all that is left of it without one letter: two words that share one are an edit apart."""
    yield word
    for place in range(1, len(word)):  # the first letter is seldom the wrong one
        yield word[:place] + word[place + 1 :]


def load(file: Path = LEXICON) -> Rules:
    """The rules of a lexicon file. Raises `DataFileError`."""
    return Rules(datafiles.load(file, _Lexicon))
