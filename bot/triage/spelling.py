"""What a misspelt word was meant to be: a letter wrong from five letters on, two from eight, and words run together.

A word that the rules know, and one that is a common word of its own (never is no fever), is left as it is. Nothing is
compared with the whole vocabulary: two words an edit apart share what is left of them without one letter, so that the
time grows with the word's own length alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations

ONE_FROM = 5  # letters: shorter words have too many neighbours
TWO_FROM = 8
_LONGEST = 16  # letters: a longer word is none of these
_KEPT = 16_384  # words remembered, so that the common ones are looked at once


class Speller:
    """Reads words as those of a vocabulary. `shorthand` says what abbreviations stand for, in one word or several.

    A word of `common`, and one that `known` says is right, is left as it is; none is read as one of `common`.
    """

    def __init__(
        self,
        vocabulary: Iterable[str],
        common: Iterable[str],
        shorthand: Mapping[str, str],
        known: Callable[[str], bool] = lambda word: False,
    ) -> None:
        self._words = frozenset(vocabulary)
        self._common = frozenset(common)
        self._shorthand = {short: tuple(long.split()) for short, long in shorthand.items()}
        self._known = known
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            if word not in self._common and word.isalpha() and ONE_FROM <= len(word) <= _LONGEST:
                for left in _left(word):
                    self._near[left].append(word)
        self._read: dict[str, tuple[str, ...]] = {}

    def read(self, word: str) -> tuple[str, ...]:
        """The words that `word`, in small letters, stands for: mostly itself."""
        if (known := self._read.get(word)) is None:
            known = self._meant(word)
            if len(self._read) < _KEPT and len(word) <= _LONGEST:
                self._read[word] = known
        return known

    def _meant(self, word: str) -> tuple[str, ...]:
        if word in self._shorthand:
            return self._shorthand[word]
        if word in self._words or word in self._common or self._known(word) or len(word) > 2 * _LONGEST:
            return (word,)
        single = _undoubled(word)
        if single != word and single in self._words:
            return (single,)
        if (split := self._split(word)) is not None:
            return split
        if ONE_FROM - 1 <= len(word) <= _LONGEST + 1 and (meant := self._nearest(word)) is not None:
            return (meant,)
        return (word,)

    def _nearest(self, word: str) -> str | None:
        best: tuple[int, str] | None = None
        for left in _left(word):
            for candidate in self._near.get(left, ()):
                allowed = 2 if len(candidate) >= TWO_FROM and len(word) >= TWO_FROM else 1
                if abs(len(candidate) - len(word)) > allowed or candidate[0] not in word[:2]:
                    continue
                distance = edits(word, candidate)
                if distance <= allowed and (best is None or (distance, candidate) < best):
                    best = (distance, candidate)
        return best[1] if best else None

    def _split(self, word: str) -> tuple[str, ...] | None:
        """Two words of the vocabulary run together ("cantbreathe"), each of three letters at least."""
        for place in range(4, len(word) - 3):
            first, rest = word[:place], word[place:]
            if first in self._words and rest in self._words and len(word) >= 8:
                return (first, rest)
        return None


def edits(word: str, other: str) -> int:
    """Letters left out, put in, wrong, or changed over with the next one, between two words."""
    if word == other:
        return 0
    first = 0
    while first < min(len(word), len(other)) and word[first] == other[first]:
        first += 1
    last = 0
    while last < min(len(word), len(other)) - first and word[-1 - last] == other[-1 - last]:
        last += 1
    word, other = word[first : len(word) - last], other[first : len(other) - last]
    if len(word) <= 1 and len(other) <= 1:
        return 1
    if len(word) == len(other) == 2:
        return 1 if word == other[::-1] else 2
    if not word or not other:
        return max(len(word), len(other))
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        now = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        before, row = row, now
    return row[-1]


def _left(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
    if len(word) >= TWO_FROM:
        for one, two in combinations(range(len(word)), 2):
            yield word[:one] + word[one + 1 : two] + word[two + 1 :]


def _undoubled(word: str) -> str:
    return "".join(letter for place, letter in enumerate(word) if place == 0 or letter != word[place - 1])
