"""What a message measures: temperatures, sugars, pain out of ten and how long it has been, in digits or in words.

What a number may be decides its unit; a year, a room, a dose, a street or an age is no temperature. Thresholds and
words stand in measures.yml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Extra, StrictStr

from bot import datafiles
from bot.knowledge.models import Review
from bot.triage.number_words import NUMBER_WORDS, Number, numbers
from bot.triage.words import Sentence

MEASURES = Path(__file__).parent / "measures.yml"
_NEAR = 7  # words between a number and the word that says what it measures
_IN_SENTENCE = 14  # the same for a sugar: "my sugar, which I take before each meal, is 342"
_OUT_OF = frozenset(["of", "out", "ten", "over"])
_ABOVE = frozenset(["over", "above", "past", "exceeds", "exceeding", "north"])
_WORDS = frozenset(
    ["c", "f", "mg", "mmol", "mmols", "hi", "high", "degrees", "days", "day", "hours", "hrs", "hr", "h", "weeks"]
)
_SPANS = {
    **dict.fromkeys(["day", "days", "pod", "d", "nights", "night", "mornings", "dys"], 24),
    **dict.fromkeys(["hour", "hours", "hr", "hrs", "h"], 1),
    **dict.fromkeys(["week", "weeks", "wk", "wks"], 24 * 7),
    **dict.fromkeys(["month", "months"], 24 * 30),
}


class _Temperature(BaseModel, extra=Extra.forbid):
    fever_celsius: float
    fever_fahrenheit: float
    celsius: tuple[float, float]
    fahrenheit: tuple[float, float]
    words: frozenset[StrictStr]
    celsius_words: frozenset[StrictStr]
    fahrenheit_words: frozenset[StrictStr]
    degrees: frozenset[StrictStr]


class _Sugar(BaseModel, extra=Extra.forbid):
    high_mg_dl: float
    high_mmol: float
    raised_mg_dl: float
    raised_mmol: float
    mg_dl_from: float
    mg_dl: tuple[float, float]
    mmol: tuple[float, float]
    words: frozenset[StrictStr]
    beyond: frozenset[StrictStr]
    shows: frozenset[StrictStr]
    meters: frozenset[StrictStr]


class _Pain(BaseModel, extra=Extra.forbid):
    severe_from: float
    words: frozenset[StrictStr]


class _Duration(BaseModel, extra=Extra.forbid):
    days: float
    hours: float
    weeks: float


class _Measures(BaseModel, extra=Extra.forbid):
    temperature: _Temperature
    sugar: _Sugar
    pain: _Pain
    duration: _Duration
    not_before: frozenset[StrictStr]
    not_after: frozenset[StrictStr]
    reviewed: Review


@dataclass(frozen=True)
class Measure:
    """What is measured, and the words that say it, from `first` to `last`.

    `value` is in `unit`: C, F, mg/dL, mmol/L, /10 or h. It is infinite where a meter shows HI. `names` says what the
    patterns may call it: fever, high_sugar, raised_sugar, severe_pain, days, hours, weeks.
    """

    value: float
    unit: str
    first: int
    last: int
    names: tuple[str, ...] = ()


class Measurer:
    """Finds measures in the words of a sentence, by the thresholds of a file."""

    def __init__(self, limits: _Measures) -> None:
        self._limits = limits

    def find(self, sentence: Sentence) -> list[Measure]:
        """All measures in `sentence`, from left to right; one a number."""
        words = sentence.texts
        all_numbers = numbers(words)
        if not all_numbers and not self._limits.sugar.beyond.intersection(words):
            return []
        context = _Context(words, self._limits)
        found: list[Measure] = []
        for number in all_numbers:
            if not (found and number.first <= found[-1].last):  # the ten of "4/10" is no measure of its own
                found += self._of(number, words, context)
        return found + list(self._beyond(words, context))

    def vocabulary(self) -> Iterable[str]:
        """The words that measures hang on, for the spelling."""
        limits = self._limits
        return [
            *limits.temperature.words,
            *limits.sugar.words,
            *limits.temperature.fahrenheit_words,
            *_WORDS,
            *NUMBER_WORDS,
        ]

    def _of(self, number: Number, words: Sequence[str], context: _Context) -> Iterator[Measure]:
        after = words[number.last + 1] if number.last + 1 < len(words) else ""
        before = words[number.first - 1] if number.first else ""
        if (span := self._span(number, words)) is not None:
            yield span
        elif (pain := self._pain(number, words, context)) is not None:
            yield pain
        elif (temperature := self._temperature(number, before, after, context)) is not None:
            yield temperature
        elif (sugar := self._sugar(number, before, after, context)) is not None:
            yield sugar

    def _span(self, number: Number, words: Sequence[str]) -> Measure | None:
        limits = self._limits.duration
        last = number.last + 1
        while last < len(words) and words[last] in ("th", "rd", "nd", "full", "whole", "more", "long", "straight"):
            last += 1
        if last < len(words) and words[last] in _SPANS:
            hours = number.value * _SPANS[words[last]]
        elif number.first and words[number.first - 1] in ("day", "d", "days", "week", "wk", "pod"):
            hours = number.value * _SPANS[words[number.first - 1]]
            last = number.last
        else:
            return None
        names = [
            *(["hours"] if hours >= limits.hours else []),
            *(["days"] if hours >= limits.days * 24 else []),
            *(["weeks"] if hours >= limits.weeks * 24 * 7 else []),
        ]
        return Measure(hours, "h", number.first, last, tuple(names))

    def _pain(self, number: Number, words: Sequence[str], context: _Context) -> Measure | None:
        if number.value > 10:
            return None
        place = number.last + 1
        if place < len(words) and words[place] in ("over", "out", "of"):
            place += 1
        if place < len(words) and words[place] == "of":
            place += 1
        out_of_ten = place < len(words) and words[place] in ("10", "ten")
        says = context.pain_at(number.first, 3) and number.last + 1 == len(words)
        scored = number.first and words[number.first - 1] in ("vas", "nrs", "ps", "score")
        if not (out_of_ten or says or scored):
            return None
        names = ("severe_pain",) if number.value >= self._limits.pain.severe_from else ()
        return Measure(number.value, "/10", number.first, place if out_of_ten else number.last, names)

    def _temperature(self, number: Number, before: str, after: str, context: _Context) -> Measure | None:
        limits = self._limits.temperature
        value, last = number.value, number.last
        unit = "C" if _within(value, limits.celsius) else "F" if _within(value, limits.fahrenheit) else ""
        if not unit or before in self._limits.not_after:
            return None
        degrees = after in limits.degrees
        named = context.word(last + 1 + degrees)
        said = degrees
        if (named in limits.celsius_words and unit == "C") or (named in limits.fahrenheit_words and unit == "F"):
            last, said = last + 1 + degrees, True
        if not said:
            if after in self._limits.not_before or context.sugar_at(number.first, _NEAR):
                return None
            exact = number.decimals and (value * 10).is_integer()
            since = after in ("since", "tonight", "now", "this") and value != int(limits.fahrenheit[0]) and unit == "F"
            if not (exact or since or context.temperature_at(number.first, _NEAR)):
                return None
        limit = limits.fever_celsius if unit == "C" else limits.fever_fahrenheit
        return Measure(value, unit, number.first, last, ("fever",) if value >= limit else ())

    def _sugar(self, number: Number, before: str, after: str, context: _Context) -> Measure | None:
        limits = self._limits.sugar
        if not context.sugar_at(number.first, _IN_SENTENCE) or before in self._limits.not_after:
            return None
        unit = "mg/dL" if number.value >= limits.mg_dl_from else "mmol/L"
        named = after in ("mg", "mmol", "mmols")
        if not named and after in self._limits.not_before:
            return None
        if not _within(number.value, limits.mg_dl if unit == "mg/dL" else limits.mmol):
            return None
        high, raised = (
            (limits.high_mg_dl, limits.raised_mg_dl) if unit == "mg/dL" else (limits.high_mmol, limits.raised_mmol)
        )
        over = before in _ABOVE
        names = [
            *(["high_sugar"] if number.value > high or (over and number.value >= high) else []),
            *(["raised_sugar"] if number.value > raised or (over and number.value >= raised) else []),
        ]
        return Measure(number.value, unit, number.first, number.last + named, tuple(names))

    def _beyond(self, words: Sequence[str], context: _Context) -> Iterator[Measure]:
        """A meter that shows HI: "my meter says HI", "sugar reads high"."""
        limits = self._limits.sugar
        for place, word in enumerate(words):
            if word in limits.beyond and place and words[place - 1] in limits.shows and context.meter_at(place, 6):
                if word == "high" and words[place - 1] in ("is", "at", "just", "only"):
                    continue
                yield Measure(float("inf"), "mg/dL", place, place, ("high_sugar", "raised_sugar"))


class _Context:
    """How near the words stand that say what a number measures."""

    def __init__(self, words: Sequence[str], limits: _Measures) -> None:
        self._words = words
        self._temperature = _distances(words, limits.temperature.words)
        self._sugar = _distances(words, limits.sugar.words)
        self._pain = _distances(words, limits.pain.words)
        self._meter = _distances(words, limits.sugar.meters)

    def word(self, place: int) -> str:
        return self._words[place] if place < len(self._words) else ""

    def temperature_at(self, place: int, near: int) -> bool:
        return self._temperature[place] <= near

    def sugar_at(self, place: int, near: int) -> bool:
        return self._sugar[place] <= min(near, self._temperature[place] + 2)

    def pain_at(self, place: int, near: int) -> bool:
        return self._pain[place] <= near

    def meter_at(self, place: int, near: int) -> bool:
        return self._meter[place] <= near


def _distances(words: Sequence[str], wanted: frozenset[str]) -> list[int]:
    """How many words away the nearest of `wanted` is, for each place: once there and once back."""
    far = len(words) + _IN_SENTENCE
    found = [far] * len(words)
    for places in (range(len(words)), range(len(words) - 1, -1, -1)):
        distance = far
        for place in places:
            distance = 0 if words[place] in wanted else distance + 1
            found[place] = min(found[place], distance)
    return found


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def load(file: Path = MEASURES) -> Measurer:
    """The measures of a file. Raises `DataFileError`."""
    return Measurer(datafiles.load(file, _Measures))
