"""Whether a message is one of the words by which people stop, start and ask about texts; `keywords.yml` has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Extra, StrictStr

from bot import datafiles
from bot.knowledge.models import Review

FILE = Path(__file__).parent / "keywords.yml"

Kind = Literal["stop", "start", "help"]
_KINDS: tuple[Kind, ...] = ("stop", "start", "help")
_THING = re.compile(r"(?:<([a-z_]+)>|([a-z0-9]+))(\?)?")


class _Keyword(BaseModel, extra=Extra.forbid):
    words: list[StrictStr]
    clear: list[StrictStr] = []
    polite: list[StrictStr] = []
    phrases: list[StrictStr] = []


class _File(BaseModel, extra=Extra.forbid):
    opening: list[StrictStr]
    closing: list[StrictStr]
    groups: dict[str, list[StrictStr]]
    stop: _Keyword
    start: _Keyword
    help: _Keyword
    reviewed: Review


@dataclass(frozen=True)
class Keyword:
    """What a message means. `exact` where it is one of the words that every carrier knows, and not a phrase."""

    kind: Kind
    exact: bool


class Keywords:
    """The keywords of a file. Raises `DataFileError` where it is wrong."""

    def __init__(self, file: Path = FILE) -> None:
        known = datafiles.load(file, _File)
        self._words: dict[str, Kind] = {}
        self._phrases: dict[Kind, re.Pattern[str]] = {}
        self._polite: dict[Kind, re.Pattern[str]] = {}
        for kind in _KINDS:
            keyword: _Keyword = getattr(known, kind)
            for place, word in enumerate(keyword.words):
                if self._words.setdefault(_joined(word), kind) != kind:
                    raise datafiles.refusal(file, (kind, "words", place), f"{word} is a word of another keyword too")
            self._phrases[kind] = _compiled(file, kind, keyword.phrases, known)
            self._polite[kind] = _framed(_any(keyword.polite), known)
        self._clear = frozenset(map(_joined, known.stop.clear))

    def read(self, text: str) -> Keyword | None:
        """What a message as a whole means; None where it is no keyword."""
        words = _words(text)
        if not words:
            return None
        once = [word for place, word in enumerate(words) if not place or word != words[place - 1]]
        for joined in ("".join(words), "".join(once)):
            if joined in self._words:
                return Keyword(self._words[joined], exact=True)
        line = " ".join(words) + " "
        for kind in _KINDS:
            if self._phrases[kind].fullmatch(line) or self._polite[kind].fullmatch(line):
                return Keyword(kind, exact=False)
        return None

    def says_stop(self, text: str) -> bool:
        """Whether one sentence of a longer message says beyond doubt that no more texts are wanted.

        A bare "stop" is not beyond doubt: it may be all that somebody in trouble gets out.
        """
        for sentence in re.split(r"[.!?;,\n]+", text):
            words = _words(sentence)
            if "".join(words) in self._clear or (words and self._phrases["stop"].fullmatch(" ".join(words) + " ")):
                return True
        return False


@lru_cache(maxsize=1)
def load() -> Keywords:
    """The shipped keywords, read at the first call. Raises `DataFileError`."""
    return Keywords()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"['\u2019`_]", "", text.casefold()))


def _joined(word: str) -> str:
    return "".join(_words(word))


def _compiled(file: Path, kind: Kind, phrases: Sequence[str], known: _File) -> re.Pattern[str]:
    whole = []
    for place, phrase in enumerate(phrases):
        try:
            whole.append("".join(_things(phrase, known.groups)))
        except ValueError as error:
            raise datafiles.refusal(file, (kind, "phrases", place), str(error)) from None
    return _framed("|".join(whole), known)


def _framed(inner: str, known: _File) -> re.Pattern[str]:
    """What may stand between the words of `opening` and `closing`; nothing at all where `inner` is empty."""
    return re.compile(f"(?:{_any(known.opening)})*(?:{inner or '(?!)'})(?:{_any(known.closing)})*")


def _things(phrase: str, groups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A phrase as regular expressions over words each of which is followed by a space."""
    for thing in phrase.split():
        found = _THING.fullmatch(thing)
        if found is None:
            raise ValueError(f"{thing}: a phrase is made of words in small letters, <groups>, and ? after them")
        group, word, optional = found.groups()
        if group is not None and group not in groups:
            raise ValueError(f"there is no group {group}")
        yield f"(?:{_any(groups[group] if group else [word])}){optional or ''}"


def _any(entries: Sequence[str]) -> str:
    return "|".join(f"{' '.join(_words(entry))} " for entry in sorted(entries, key=len, reverse=True))
