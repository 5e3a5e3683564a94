"""The programme of a follow-up as its data file has it: what is asked on which day, and what the answers set off."""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConstrainedStr, Extra, Field, root_validator, validator

from bot import datafiles, gsm7, knowledge
from bot.knowledge import SMS_LIMIT, Review

SHIPPED = Path(__file__).parent / "programme.yml"
FILE = "programme.yml"
_SCORE = frozenset({"score"})
_BRACES = {ord("{"): None, ord("}"): None}


class _Text(ConstrainedStr):
    strip_whitespace = True
    min_length = 1


class _Time(ConstrainedStr):
    regex = r"^([01]\d|2[0-3]):[0-5]\d$"


class _Part(BaseModel, extra=Extra.forbid, allow_mutation=False):
    pass


def _checked(text: str, extra: frozenset[str] = frozenset()) -> str:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{error}: write {{{{ for a brace") from None
    for _, name, spec, conversion in parts:
        if name is not None and (spec or conversion or name not in knowledge.COMMON | extra):
            raise ValueError(f"{{{name}}} can't be filled in here")
    bare = text.translate(_BRACES)
    if strange := gsm7.strangers(bare):
        raise ValueError(f"has characters that SMS charges double for: {' '.join(strange)}")
    if (size := gsm7.septets(bare)) > SMS_LIMIT:
        raise ValueError(f"takes {size} characters of SMS, {SMS_LIMIT} at most")
    return text


class Question(_Part):
    """One question with a bounded answer: a score from `lowest` to `highest`, or one of `choices`.

    `first` is said instead of `ask` in a conversation that never had a check-in, `again` the second time.
    """

    ask: _Text
    first: _Text | None = None
    again: _Text | None = None
    lowest: int | None = Field(None, ge=0, le=100)
    highest: int | None = Field(None, ge=1, le=100)
    choices: dict[int, Literal["none", "warning"]] | None = None

    @validator("ask", "first", "again")
    def _goes_by_sms(cls, text: str | None) -> str | None:
        return text if text is None else _checked(text)

    @root_validator(skip_on_failure=True)
    def _is_bounded(cls, values: dict[str, Any]) -> dict[str, Any]:
        lowest, highest, choices = values["lowest"], values["highest"], values["choices"]
        if choices is not None:
            if lowest is not None or highest is not None:
                raise ValueError("has choices, so lowest and highest are too much")
            if not choices:
                raise ValueError("has no choices: name them, as {1: none, 2: warning}")
        elif lowest is None or highest is None or lowest >= highest:
            raise ValueError("needs lowest and a higher highest, or choices")
        return values

    @property
    def is_score(self) -> bool:
        """Whether its answer is a score."""
        return self.choices is None


class Step(_Part):
    """A check-in: `day` from the injection, `at` by the patient's clock; its questions in order."""

    day: int = Field(ge=0, le=365)
    at: _Time
    ask: tuple[str, ...]
    expected: tuple[float, float]

    @property
    def id(self) -> str:
        """What a check-in keeps of its step."""
        return f"day{self.day}"

    @property
    def time(self) -> dt.time:
        """The time of day."""
        return dt.time.fromisoformat(self.at)


class Thresholds(_Part):
    """From when on a score is urgent; see `programme.yml`."""

    rise: float = Field(gt=0)
    high: float = Field(gt=0)
    high_after_day: int = Field(ge=0)
    trend_scores: int = Field(ge=3, le=10)
    trend_rise: float = Field(gt=0)
    mild: float = Field(ge=0)
    worse: Literal["escalate", "ask"]


class Replies(_Part):
    """What is said to answers."""

    mild: _Text
    expected: _Text
    high: _Text
    corrected: _Text
    no_warning: _Text
    worse: _Text
    last: _Text

    @validator("mild", "expected", "high", "corrected")
    def _may_name_the_score(cls, text: str) -> str:
        return _checked(text, _SCORE)

    @validator("no_warning", "worse", "last")
    def _goes_by_sms(cls, text: str) -> str:
        return _checked(text)


class Programme(_Part):
    """A whole programme. Days count from the injection, hours are hours."""

    name: _Text
    earliest: _Time
    latest: _Time
    late_hours: float = Field(gt=0, le=24)
    answer_hours: float = Field(gt=0, le=72)
    again_hours: float = Field(gt=0, le=24)
    silences: int = Field(ge=1, le=20)
    last_day: int = Field(ge=0, le=400)
    questions: dict[str, Question]
    steps: tuple[Step, ...]
    thresholds: Thresholds
    replies: Replies
    reviewed: Review

    @validator("latest")
    def _is_later(cls, latest: str, values: dict[str, Any]) -> str:
        if "earliest" in values and latest <= values["earliest"]:
            raise ValueError("must be later than `earliest`")
        return latest

    @validator("steps", each_item=True)
    def _fits(cls, step: Step, values: dict[str, Any]) -> Step:
        if not {"earliest", "latest", "questions", "last_day"} <= set(values):
            return step
        if not values["earliest"] <= step.at < values["latest"]:
            raise ValueError(f"at {step.at} is outside {values['earliest']} to {values['latest']}")
        if step.day > values["last_day"]:
            raise ValueError(f"day {step.day} is after last_day")
        for name in step.ask:
            if name not in values["questions"]:
                raise ValueError(f"asks {name!r}, which is none of `questions`")
        if not step.ask:
            raise ValueError("asks nothing: name a question")
        if not step.expected[0] <= step.expected[1]:
            raise ValueError("expected must be two numbers, the lower one first")
        return step

    @validator("steps")
    def _are_in_order(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        if not steps:
            raise ValueError("has none: name at least one")
        days = [step.day for step in steps]
        if days != sorted(set(days)):
            raise ValueError("must be in the order of their days, one a day at most")
        return steps

    def step(self, name: str | None) -> Step | None:
        """The step with that id, if there is one."""
        return next((step for step in self.steps if step.id == name), None)

    def expected(self, day: int | None) -> tuple[float, float] | None:
        """The range of pain that is usual on a day: that of the last step up to it."""
        found = [step.expected for step in self.steps if day is not None and step.day <= day]
        return found[-1] if found else None


def load(folder: Path | None = None) -> Programme:
    """The clinic's own programme, where its knowledge folder holds one; otherwise the shipped one.

    Raises `DataFileError`, which names the file, the line and the field.
    """
    own = folder / FILE if folder is not None else None
    return datafiles.load(own if own is not None and own.exists() else SHIPPED, Programme)
