"""A message as sentences of words, each with its place in the text: what the rules of the triage look at.

spaCy's blank English tokenizer was measured against this (`python benchmarks/rules.py --tokenizer`): it takes nearly
twice as long, keeps "can't" as two tokens and "102F" as one, and knows neither shorthand nor stretched letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Each alternative begins with another kind of character and none is followed by the same: there is no backtracking.
_PIECES = re.compile(r"[^\W\d_]+(?:['\u2019`][^\W\d_]+)*|\d+(?:[.,]\d+)?|[.!?;\n\u2026]|[,:()\u2013\u2014/\"-]")
_ENDS = frozenset("!?;\n\u2026.")
_ABBREVIATED = frozenset(["dr", "mr", "mrs", "ms", "st", "approx", "temp", "vs", "eg", "ie", "no"])
_STRETCHED = re.compile(r"(.)\1{2,}")
_NOT = frozenset(
    ["can", "do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "will", "would", "could"]
)


@dataclass(frozen=True)
class Word:
    """A word as the rules read it, and where it stands in the text. `glued` says that no space comes before it."""

    text: str
    start: int
    end: int
    glued: bool = False


@dataclass(frozen=True)
class Sentence:
    """Words between full stops. `breaks` holds the places of words after a comma, dash or colon."""

    words: tuple[Word, ...]
    breaks: frozenset[int]
    asked: bool

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


def split(text: str, read: Callable[[str], Sequence[str]] = lambda word: (word,)) -> list[Sentence]:
    """The sentences of `text`. `read` turns a word in small letters into the word or words that it stands for."""
    found: list[Sentence] = []
    words: list[Word] = []
    breaks: set[int] = set()
    last_end = 0
    for piece in _PIECES.finditer(text):
        mark = piece.group()
        if mark in _ENDS:
            if mark == "." and words and words[-1].text in _ABBREVIATED and words[-1].end == piece.start():
                continue
            if words:
                found.append(Sentence(tuple(words), frozenset(breaks), mark == "?"))
            words, breaks = [], set()
        elif mark[0].isalnum():
            _add(words, mark, piece.start(), piece.end(), piece.start() == last_end, read)
            last_end = piece.end()
        elif mark != "/" and (mark != "-" or piece.start() > last_end):  # not the hyphen inside of a word
            breaks.add(len(words))
    if words:
        found.append(Sentence(tuple(words), frozenset(breaks), asked=False))
    return found


def plain(mark: str) -> str:
    """A word in small letters, without apostrophes, and with no letter more than twice in a row."""
    word = mark.lower().replace("'", "").replace("\u2019", "").replace("`", "")
    return _STRETCHED.sub(r"\1\1", word)


def _add(words: list[Word], mark: str, start: int, end: int, glued: bool, read: Callable[[str], Sequence[str]]) -> None:
    if mark[0].isdigit():
        words.append(Word(mark.replace(",", "."), start, end, glued))
        return
    for word in read(plain(mark)):
        if word == "not" and words and words[-1].text in _NOT:
            before = words.pop()
            joined = {"can": "cant", "will": "wont"}.get(before.text, before.text + "nt")
            words.append(Word(joined, before.start, end, before.glued))
        else:
            words.append(Word(word, start, end, glued))
