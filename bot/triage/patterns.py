"""Patterns of words, as lexicon.yml writes them, and where they stand in a sentence.

A part is looked up by its words, not by going through the patterns; the nearest place of each further part is found by
bisection. Time grows with the words of a sentence.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST = 24  # letters: a longer word is none of these
_REMEMBERED = 16_384
_MOST = 24  # places of a part that are tried in a sentence: a word that is repeated oftener says nothing new


class WordList(list[str]):
    """Words in a data file with commas between them on one line, which YAML reads far faster than a list."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], WordList]]:
        yield cls._of

    @classmethod
    def _of(cls, value: Any) -> WordList:
        if not isinstance(value, str) or not all(words := [word.strip() for word in value.split(",")]):
            raise ValueError("must be words with a comma between them, on one line")
        return cls(words)


@dataclass(frozen=True)
class Pattern:
    """Numbers of sets of words that stand near one another; `ordered` where a part must follow the one before it."""

    parts: tuple[int, ...]
    ordered: tuple[bool, ...]
    unless: int | None
    near: int


@dataclass(frozen=True)
class Places:
    """Where the sets stand in a sentence: by number, the first and the last word of each place, from left to right."""

    starts: Mapping[int, list[int]]
    lasts: Mapping[tuple[int, int], int]

    def last(self, number: int, start: int) -> int:
        return self.lasts.get((number, start), start)


class Terms:
    """Numbered sets of words: whole, beginnings (`swell*`), rows of words (`both_legs`), measures (`<fever>`)."""

    def __init__(self) -> None:
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._beginnings: dict[str, set[int]] = defaultdict(set)
        self._rows: dict[tuple[str, str], list[tuple[list[str], int]]] = defaultdict(list)
        self._row_beginnings: dict[str, list[tuple[list[str], int]]] = defaultdict(list)
        self._numbers: dict[frozenset[str], int] = {}
        self._remembered: dict[str, tuple[int, ...]] = {}

    def add(self, terms: Iterable[str]) -> int:
        """The number of a set, which is added where it is new."""
        wanted = frozenset(terms)
        if wanted in self._numbers:
            return self._numbers[wanted]
        number = self._numbers[wanted] = len(self._numbers)
        for term in wanted:
            row = term.split("_") if not term.startswith("<") else [term]
            if len(row) > 1:
                if row[1].endswith("*"):
                    self._row_beginnings[row[0]].append((row, number))
                else:
                    self._rows[row[0], row[1]].append((row, number))
            elif term.endswith("*"):
                self._beginnings[term[:-1]].add(number)
            else:
                self._exact[term].add(number)
        return number

    def vocabulary(self) -> Iterator[str]:
        """The whole words of all sets, alone and in rows."""
        yield from (word for word in self._exact if not word.startswith("<"))
        for rows in (*self._rows.values(), *self._row_beginnings.values()):
            for row, _ in rows:
                yield from (word for word in row if not word.endswith("*"))

    def begins(self, word: str) -> bool:
        """Whether `word` is one of those that a beginning of four letters or more (`swell*`) stands for."""
        return any(word[:end] in self._beginnings for end in range(4, min(len(word), _LONGEST) + 1))

    def places(self, words: Sequence[str], measured: Iterable[tuple[str, int, int]] = ()) -> Places:
        """Where each set stands in `words`; `measured` are measures with their first and last word."""
        starts: dict[int, list[int]] = defaultdict(list)
        lasts: dict[tuple[int, int], int] = {}
        for place, word in enumerate(words):
            for number in self._of(word):
                starts[number].append(place)
            following = words[place + 1] if place + 1 < len(words) else ""
            for row, number in (*self._rows.get((word, following), ()), *self._row_beginnings.get(word, ())):
                if _fits(words, place, row):
                    if not (starts[number] and starts[number][-1] == place):
                        starts[number].append(place)
                    lasts[number, place] = max(lasts.get((number, place), place), place + len(row) - 1)
        for name, first, last in measured:
            for number in self._exact.get(f"<{name}>", ()):
                at = bisect_left(starts[number], first)
                starts[number].insert(at, first)
                lasts[number, first] = last
        return Places(starts, lasts)

    def _of(self, word: str) -> tuple[int, ...]:
        if (known := self._remembered.get(word)) is None:
            numbers = set(self._exact.get(word, ()))
            for end in range(1, min(len(word), _LONGEST) + 1):
                numbers |= self._beginnings.get(word[:end], set())
            known = tuple(sorted(numbers))
            if len(self._remembered) < _REMEMBERED and len(word) <= _LONGEST:
                self._remembered[word] = known
        return known


def matches(places: Places, pattern: Pattern) -> Iterator[list[tuple[int, int]]]:
    """Each place where `pattern` stands: the first and last word of each of its parts."""
    starts = places.starts
    if any(part not in starts for part in pattern.parts):
        return
    for start in starts[pattern.parts[0]][:_MOST]:
        found = [(start, places.last(pattern.parts[0], start))]
        for part, ordered in zip(pattern.parts[1:], pattern.ordered, strict=True):
            following = _following(starts[part], found[-1][1], pattern.near)
            place = following if ordered else _nearest(starts[part], found, pattern.near)
            if place is None:
                break
            found.append((place, places.last(part, place)))
        else:
            if not _barred(places, pattern, found):
                yield found


def _following(starts: Sequence[int], last: int, near: int) -> int | None:
    at = bisect_left(starts, last + 1)
    return starts[at] if at < len(starts) and starts[at] - last <= near else None


def _nearest(starts: Sequence[int], found: Sequence[tuple[int, int]], near: int) -> int | None:
    first, last = found[0]
    best: int | None = None
    for at in range(bisect_left(starts, first - near), len(starts)):
        place = starts[at]
        if place > last + near:
            break
        if any(one <= place <= other for one, other in found):
            continue
        if best is None or abs(place - first) < abs(best - first):
            best = place
    return best


def _barred(places: Places, pattern: Pattern, found: Sequence[tuple[int, int]]) -> bool:
    if pattern.unless is None or pattern.unless not in places.starts:
        return False
    barring = places.starts[pattern.unless]
    first, last = min(one for one, _ in found), max(other for _, other in found)
    at = bisect_left(barring, first - pattern.near)
    return at < len(barring) and barring[at] <= last + pattern.near


def _fits(words: Sequence[str], place: int, row: Sequence[str]) -> bool:
    if place + len(row) > len(words):
        return False
    for offset in range(1, len(row)):
        word, term = words[place + offset], row[offset]
        if not (word.startswith(term[:-1]) if term.endswith("*") else word == term):
            return False
    return True
