"""What an answer says, word by word: which of its numbers may be a score, and which is something else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.followup.words import Words

_BEFORE, _AFTER = 3, 2  # words within which a mark belongs to a number
_MAYBE_WORDS = frozenset({"one", "tree", "nin", "fife"})  # numbers only where nothing else is said
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)?|[^\w\s]|\n")
_ELSE = re.compile(  # telephone numbers, dates, times, temperatures and the like
    r"\+?\d[\d() .-]{6,}\d|\d{1,2}([/.-])\d{1,2}\1\d{2,4}|\d{1,2}:\d{2}|\$\s?\d[\d.,]*"
    r"|\d{1,3}(?:,\d{3})+|\d{3,}(?:[.,]\d+)?"
)
_MASK = "\u00a7"
_BREAKS = frozenset(".,;!?\n:()\u2026\u2013\u2014*=")


@dataclass
class Token:
    """A word, a number or a sign. `value` is the number that it says, if it says one."""

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
class Score:
    """A number that may be the score, `strong` where its scale is named."""

    value: float
    place: int
    last: int  # the last token of it: that of "out of ten"
    strong: bool
    mark: str = ""  # past, now


class Said:
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
        self.tokens: list[Token] = []
        last = 0
        for match in _TOKEN.finditer(plain):
            token = Token(match.group(), match.start() == last and last > 0, match.start(), match.end())
            last = match.end()
            if any(start <= token.start < end for start, end in other):
                token.text = _MASK
            elif token.text[0].isdecimal():  # a digit in a circle is none
                token.value = self._number(token.text)
            elif (number := words.numbers.get(token.text.removesuffix("ish"))) is not None:
                token.value = float(number)
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

    def scores(self, lowest: int) -> list[Score]:
        """The numbers that may be the score, from left to right, without those of another time where others are."""
        found: list[Score] = []
        for place in range(len(self.tokens)):
            one = self._score(place, lowest, follows=bool(found))
            if one is not None:
                found.append(one)
        taken: set[int] = set()
        for one in found:
            one.mark = self._mark(one, taken)
        return [one for one in found if one.mark != "past"]

    def rest(self, found: Sequence[Score]) -> str:
        """The text without its scores; empty where only fillers are left."""
        if all(token.value is not None or not token.is_word or self._fills(token) for token in self.tokens):
            return ""
        dropped = [(self.tokens[one.place].start, self.tokens[one.last].end) for one in found]
        for one in found:  # "pain is 4" as a whole, where nothing else is said with it
            first, last = self._clause(one.place)
            if all(
                token.value is not None or not token.is_word or self._fills(token) for token in self.tokens[first:last]
            ):
                dropped.append((self.tokens[first].start, self.tokens[last - 1].end))
        rest = "".join(
            " " if any(start <= place < end for start, end in dropped) else sign for place, sign in enumerate(self.text)
        )
        return re.sub(r"^(?:but|and|so|though) ", "", re.sub(r"\s+", " ", rest).strip(" ,.;:-!"))

    def opens_with(self, phrases: frozenset[str]) -> str | None:
        """What is left of a text that is one of `phrases`, or begins with one that says it all; otherwise None."""
        kept = {word for phrase in phrases for word in phrase.split()}

        def said(tokens: Sequence[Token]) -> str:
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

    def _score(self, place: int, lowest: int, *, follows: bool) -> Score | None:
        token = self.tokens[place]
        if token.value is None or self._is_scale(place):
            return None
        scale = self._scale_after(place)
        value = float(self.highest) if scale and token.value > self.highest else token.value
        if not lowest <= value <= self.highest or self._is_else(place, strong=bool(scale)):
            return None
        one = Score(value, place, scale or place, strong=bool(scale))
        return one if one.strong or self._is_supported(place, follows=follows) else None

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

    def _is_supported(self, place: int, *, follows: bool) -> bool:
        """Whether what stands around a number says that it is the answer; `follows`: another one came before it."""
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
        begins = place == first or self.tokens[place - 1].text in ("but", "and")
        begins |= self._after(place)[:1] in (["when"], ["while"], ["if"])
        if place == 0 or (follows and begins):  # "5 sitting, 8 walking"
            return True
        if asks:
            return False
        return place == len(self.tokens) - 1 or any(word in self.words.states for word in self._before(place)[:4])

    def _fills(self, token: Token) -> bool:
        return token.text in self.words.fillers or token.bare in self.words.fillers

    def _mark(self, one: Score, taken: set[int]) -> str:
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
            if word == "but" or (nearest and self._leads_on(place)):
                break
            if place not in taken and (word in words.past_after or word in words.now):
                taken.add(place)
                return "now" if word in words.now else "past"
        return nearest

    def _leads_on(self, place: int) -> bool:
        """Whether a number follows the words from a place on: "used to be 3 now 6"."""
        last = self._places(place, 1)[-1:] or [place]
        return last[0] + 1 < len(self.tokens) and self.tokens[last[0] + 1].value is not None

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
