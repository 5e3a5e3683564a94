"""Numbers in a row of words: digits, words ("a hundred and one point five"), and as people say them ("one oh two")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = {
    word: number
    for number, word in enumerate(
        [
            *["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"],
            *["twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        ]
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
} | {"fourty": 40}
_NOUGHT = frozenset(["oh", "o", "zero", "nought"])
_JOINS = frozenset(["and", "n", "an"])
_ONE = frozenset(["a", "one"])
NUMBER_WORDS = frozenset([*_UNITS, *_TENS, *_NOUGHT, "hundred", "point"])
_LARGEST = 5  # digits: what is longer is a telephone number or an order


@dataclass(frozen=True)
class Number:
    """A value, and the words that say it: from `first` to `last`, both included."""

    value: float
    first: int
    last: int
    decimals: bool


def numbers(words: Sequence[str]) -> list[Number]:
    """All numbers in `words`, from left to right, none within another."""
    found: list[Number] = []
    place = 0
    while place < len(words):
        number = _digits(words, place) or _said(words, place)
        if number is None:
            place += 1
        else:
            found.append(number)
            place = number.last + 1
    return found


def _digits(words: Sequence[str], place: int) -> Number | None:
    word = words[place]
    if not (word[0].isascii() and word[0].isdigit()) or not word.replace(".", "").isascii():
        return None
    whole = word.split(".")[0]
    if len(whole) > _LARGEST or len(word) > _LARGEST + 3:
        return None
    return Number(float(word), place, place, "." in word)


def _said(words: Sequence[str], place: int) -> Number | None:
    value, next_place = _below_hundred(words, place)
    if value is None and words[place] == "hundred":
        value, next_place = 1, place  # "hundred n two"
    elif value is None and words[place] == "a" and _at(words, place + 1) == "hundred":
        value, next_place = 1, place + 1
    if value is None:
        return None
    if _at(words, next_place) == "hundred" and value < 10:
        value, next_place = 100 * value, next_place + 1
        joined = next_place + (_at(words, next_place) in _JOINS)
        rest, after = _below_hundred(words, joined)
        if rest is not None:
            value, next_place = value + rest, after
    elif 1 <= value <= 9 and next_place < len(words):
        if words[next_place] in _NOUGHT and (unit := _UNITS.get(_at(words, next_place + 1) or "")) and unit < 10:
            value, next_place = 100 * value + unit, next_place + 2  # "one oh two"
        elif words[next_place] in _TENS or 10 <= _UNITS.get(words[next_place], 0) <= 19:
            rest, after = _below_hundred(words, next_place)
            value, next_place = 100 * value + (rest or 0), after  # "three twenty five"
    decimal = _UNITS.get(_at(words, next_place + 1) or "") if _at(words, next_place) == "point" else None
    if decimal is not None and decimal < 10:
        return Number(value + decimal / 10, place, next_place + 1, decimals=True)
    return Number(float(value), place, next_place - 1, decimals=False)


def _below_hundred(words: Sequence[str], place: int) -> tuple[int | None, int]:
    word = _at(words, place)
    if word in _TENS:
        unit = _UNITS.get(_at(words, place + 1) or "", 0)
        return (_TENS[word] + unit, place + 2) if 1 <= unit <= 9 else (_TENS[word], place + 1)
    if word in _UNITS:
        return _UNITS[word], place + 1
    return None, place


def _at(words: Sequence[str], place: int) -> str | None:
    return words[place] if 0 <= place < len(words) else None
