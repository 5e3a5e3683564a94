"""What somebody answers to a question with a bounded answer: "about a 4 today", "was 8 before, 3 now", "ten".

The words are data (`answers.yml`). What could be something else than the answer is none: it is asked again instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Extra

from bot import datafiles
from bot.knowledge.models import Review

WORDS = Path(__file__).parent / "answers.yml"
_BEFORE, _AFTER = 3, 2  # words within which a mark belongs to a number
_MAYBE_WORDS = frozenset({"one", "ate", "tree", "nin", "fife"})  # numbers only where nothing else is said
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)?|[^\w\s]|\n")
_ELSE = re.compile(  # telephone numbers, dates, times, temperatures and the like
    r"\+?\d[\d() .-]{6,}\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}:\d{2}|\$\s?\d[\d.,]*"
    r"|\d{1,3}(?:,\d{3})+|\d{3,}(?:[.,]\d+)?"
)
_MASK = "\u00a7"
_TAKES_BACK = frozenset({"no", "nope"})  # before another number; "no pain" takes nothing back
_BREAKS = frozenset(".,;!?\n:()\u2026\u2013\u2014*=")


class Words(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """What `answers.yml` holds."""

    numbers: dict[str, int]
    units: frozenset[str]
    not_after: frozenset[str]
    doubtful_after: frozenset[str]
    states: frozenset[str]
    corrections: frozenset[str]
    past_before: frozenset[str]
    past_after: frozenset[str]
    phrases: dict[str, str]
    now: frozenset[str]
    hypothetical: tuple[str, ...]
    denied: frozenset[str]
    question_first: frozenset[str]
    limits: frozenset[str]
    scale_joins: frozenset[str]
    none: frozenset[str]
    same: frozenset[str]
    worse: frozenset[str]
    fillers: frozenset[str]
    reviewed: Review


@dataclass(frozen=True)
class Read:
    """An answer. `value` is None where it is `same`: that of the last time.

    `rest` is what else the message says, empty where there is nothing that needs an answer. `corrects` says that it
    takes back what was said before.
    """

    value: float | None
    rest: str = ""
    same: bool = False
    corrects: bool = False


@lru_cache(maxsize=1)
def load(file: Path = WORDS) -> Words:
    """The words of `file`. Raises `DataFileError`."""
    return datafiles.load(file, Words)


def score(text: str, lowest: int = 0, highest: int = 10) -> Read | None:
    """The score that a text gives, between the two bounds; None where it gives none, or it may be something else."""
    said = _Said(text, load(), highest)
    found = said.scores(lowest)
    corrects = any(token.bare in said.words.corrections - _TAKES_BACK for token in said.tokens)
    if found:
        return Read(_chosen(found, said), said.rest(found), corrects=corrects)
    if said.has_numbers:
        return None
    for phrases, value in ((said.words.none, float(lowest)), (said.words.same, None)):
        if (rest := said.opens_with(phrases)) is not None:
            return Read(value, rest, same=value is None, corrects=corrects)
    return None


def choice(text: str, choices: Sequence[int]) -> Read | None:
    """Which of the numbers of a question's choices a text picks; None where none, or not clearly one."""
    said = _Said(text, load(), max(choices))
    found = said.scores(min(choices))
    values = {one.value for one in found}
    if len(values) != 1 or said.tokens[0].bare in said.words.corrections:
        return None
    [value] = values
    if value not in choices or any(one.strong for one in found):
        return None
    return Read(value, said.rest(found))


def is_worse(text: str) -> bool:
    """Whether a text says that it is worse, and nothing else."""
    said = _Said(text, load(), 10)
    return not said.has_numbers and said.opens_with(said.words.worse) == ""


@dataclass
class _Token:
    text: str
    glued: bool  # no space before it
    start: int
    end: int
    value: float | None = None

    @property
    def bare(self) -> str:
        return self.text.replace("'", "")

    @property
    def is_word(self) -> bool:
        return self.text[0].isalpha() and self.value is None


@dataclass
class _Score:
    value: float
    place: int
    last: int  # the last token of it: that of "out of ten"
    strong: bool
    mark: str = field(default="")  # past, now


class _Said:
    """A text as tokens, and the numbers among them that may be a score."""

    def __init__(self, text: str, words: Words, highest: int) -> None:
        self.words, self.highest = words, highest
        plain = (
            unicodedata.normalize("NFKC", text)
            .casefold()
            .replace("\u2019", "'")
            .replace("`", "'")
            .replace("\ufe0f", "")
            .replace("\u20e3", " ")
        )
        plain = re.sub(r"(\d) ?1[\u2044/]2(?!\d)", r"\1.5", plain.replace("\U0001f51f", " 10 "))
        plain = re.sub(r"\b(\d|\w+) and a half\b", lambda m: f"{words.numbers.get(m[1], m[1])}.5", plain)
        plain = re.sub(r"\b(\w+) point (\w+)\b", self._decimal, plain)
        for phrase, word in words.phrases.items():
            plain = re.sub(rf"\b{phrase}\b", word, plain)
        self.text = plain
        other = [match.span() for match in _ELSE.finditer(plain) if not re.match(r"10\b", match.group())]
        self.has_numbers = bool(other)
        self.tokens: list[_Token] = []
        last = 0
        for match in _TOKEN.finditer(plain):
            token = _Token(match.group(), match.start() == last and last > 0, match.start(), match.end())
            last = match.end()
            if any(start <= token.start < end for start, end in other):
                token.text = _MASK
            elif token.text[0].isdigit():
                token.value = self._number(token.text)
            elif token.text in words.numbers:
                token.value = float(words.numbers[token.text])
            self.tokens.append(token)
        self.has_numbers |= any(token.value is not None for token in self.tokens)

    def _decimal(self, match: re.Match[str]) -> str:
        whole, part = (self.words.numbers.get(one, one) for one in match.groups())
        return f"{whole}.{part}" if str(whole).isdigit() and str(part).isdigit() else match.group()

    def _number(self, text: str) -> float:
        if "," in text:
            whole, part = text.split(",", 1)
            return float(f"{whole}.5") if part == "5" else max(float(whole), float(part))
        return float(text)

    def scores(self, lowest: int) -> list[_Score]:
        """The numbers that may be the score, from left to right, without those of another time where others are."""
        found = [one for place in range(len(self.tokens)) if (one := self._score(place, lowest)) is not None]
        taken: set[int] = set()
        for one in found:
            one.mark = self._mark(one, taken)
        return [one for one in found if one.mark != "past"]

    def rest(self, found: Sequence[_Score]) -> str:
        """The text without its scores; empty where only fillers are left."""
        if all(token.value is not None or not token.is_word or self._fills(token) for token in self.tokens):
            return ""
        dropped = [(self.tokens[one.place].start, self.tokens[one.last].end) for one in found]
        rest = "".join(
            " " if any(start <= place < end for start, end in dropped) else sign for place, sign in enumerate(self.text)
        )
        return re.sub(r"\s+", " ", rest).strip(" ,.;:-!")

    def opens_with(self, phrases: frozenset[str]) -> str | None:
        """What is left of a text that is one of `phrases`, or begins with one that says it all; otherwise None."""
        kept = {word for phrase in phrases for word in phrase.split()}

        def said(tokens: Sequence[_Token]) -> str:
            words = [token.bare for token in tokens if token.is_word or token.value is not None]
            return " ".join(word for word in words if word in kept or word not in self.words.fillers)

        if "?" not in self.text and said(self.tokens) in phrases:
            return ""
        end = next((place for place, token in enumerate(self.tokens) if token.text in _BREAKS), None)
        if end is None or any(token.bare in self.words.limits for token in self.tokens[:end]):
            return None
        if any(token.bare in self.words.limits - {"when"} for token in self.tokens[end + 1 : end + 2]):
            return None
        first = said(self.tokens[:end])
        return self.text[self.tokens[end].end :].strip() if first in phrases and " " in first else None

    def _score(self, place: int, lowest: int) -> _Score | None:
        token = self.tokens[place]
        if token.value is None or self._is_scale(place):
            return None
        scale = self._scale_after(place)
        value = float(self.highest) if scale and token.value > self.highest else token.value
        if not lowest <= value <= self.highest or self._is_else(place, strong=bool(scale)):
            return None
        one = _Score(value, place, scale or place, strong=bool(scale))
        return one if one.strong or self._is_supported(place) else None

    def _scale_after(self, place: int) -> int | None:
        """Where "out of ten" ends that follows a number."""
        after = [token.text for token in self.tokens[place + 1 : place + 5]]
        for end, token in enumerate(self.tokens[place + 2 : place + 5], place + 2):
            if token.value == self.highest and " ".join(after[: end - place - 1]) in self.words.scale_joins:
                return end
        return None

    def _is_scale(self, place: int) -> bool:
        return any(self.tokens[before].value is not None and self._scale_after(before) == place
                   and not self._is_scale(before) for before in range(max(0, place - 4), place))  # fmt: skip

    def _is_else(self, place: int, *, strong: bool) -> bool:
        """Whether a number is known to be something else."""
        words, before, after = self.words, self._before(place), self._after(place)
        if self.tokens[place].glued and place and self.tokens[place - 1].text[0].isalpha():
            return True
        near = [word for word in before[:3] if word not in ("a", "an", "even", "quite", "like", "about")]
        if near and near[0] in words.denied and not (near[0] == "than" and near[1:2] in (["less"], ["more"])):
            return True
        clause = " ".join(reversed(before))
        if any(re.search(rf"\b{phrase}\b", clause) for phrase in words.hypothetical):
            return True
        if strong:
            return False
        if self._joined(place):
            return True
        if before and before[0] in words.not_after:
            return True
        if before and before[0] in words.doubtful_after and not any(word in words.states for word in before[1:5]):
            return True
        if after[:1] == ["of"]:
            return True
        unit = [word for word in after if word not in ("more", "full", "whole", "extra", "good", "long", "or", "to")]
        return bool(unit) and unit[0] in words.units

    def _joined(self, place: int) -> bool:
        """Whether a stroke, a colon or a percent sign makes a date, a fraction or a share of it."""
        before = self.tokens[place - 1].text if place else ""
        after = self.tokens[place + 1].text if place + 1 < len(self.tokens) else ""
        return before in ("/", "$") or after in ("/", "%", "\u00b0", _MASK)

    def _is_supported(self, place: int) -> bool:
        """Whether what stands around a number says that it is the answer."""
        first, last = self._clause(place)
        clause = self.tokens[first:last]
        asks = clause[0].bare in self.words.question_first or (
            last < len(self.tokens) and self.tokens[last].text == "?"
        )
        others = [token for token in clause if token.is_word]
        if all(self._fills(token) for token in others):
            return not asks or not others
        text = self.tokens[place].text
        if text in _MAYBE_WORDS:
            return False
        if place == 0:
            return True
        if asks:
            return False
        return place == len(self.tokens) - 1 or any(word in self.words.states for word in self._before(place)[:4])

    def _fills(self, token: _Token) -> bool:
        return token.text in self.words.fillers or token.bare in self.words.fillers

    def _mark(self, one: _Score, taken: set[int]) -> str:
        words = self.words
        before = self._places(one.place, -1)[:_BEFORE]
        after = self._places(one.last, 1)[:_AFTER]
        nearest = ""
        for place in before:
            word = self.tokens[place].bare
            compared = place > 0 and self.tokens[place - 1].bare in ("than", "as")
            if place in taken or compared or not (word in words.past_before or word in words.now):
                continue
            taken.add(place)
            nearest = "now" if word in words.now else "past"
            if not (nearest == "past" and word in ("was", "were", "been")):
                return nearest
            break
        for place in after:
            word = self.tokens[place].bare
            if place not in taken and (word in words.past_after or word in words.now):
                taken.add(place)
                return "now" if word in words.now else "past"
        return nearest

    def _places(self, place: int, way: int) -> list[int]:
        """The places of the words beside a number, the nearest first, up to a break or another number."""
        found: list[int] = []
        place += way
        while 0 <= place < len(self.tokens):
            token = self.tokens[place]
            if token.text in _BREAKS or token.value is not None:
                break
            if token.is_word:
                found.append(place)
            place += way
        return found

    def _before(self, place: int) -> list[str]:
        return [self.tokens[at].bare for at in self._places(place, -1)]

    def _after(self, place: int) -> list[str]:
        return [self.tokens[at].bare for at in self._places(place, 1)]

    def _clause(self, place: int) -> tuple[int, int]:
        breaks = [at for at, token in enumerate(self.tokens) if token.text in _BREAKS]
        first = max((at + 1 for at in breaks if at < place), default=0)
        return first, min((at for at in breaks if at > place), default=len(self.tokens))


def _chosen(found: Sequence[_Score], said: _Said) -> float:
    """Which of several scores counts: the last one after a correction, those of now, the highest of what is left."""
    corrected = any(token.bare in said.words.corrections for token in said.tokens[found[0].place + 1 :])
    if corrected:
        return found[-1].value
    return max(one.value for one in [one for one in found if one.mark == "now"] or found)
