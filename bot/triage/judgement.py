"""From the model's probabilities and the words found to one urgency: a miss costs far more than a needless call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Extra, validator

from bot import datafiles
from bot.knowledge.models import Review
from bot.triage.examples import Label
from bot.triage.rules import Finding

RED: tuple[Label, ...] = ("emergency", "urgent", "crisis")
ORDER: tuple[Label, ...] = ("none", "routine", "urgent", "emergency", "crisis")
THRESHOLDS = Path(__file__).parent / "thresholds.yml"


class Thresholds(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """What `thresholds.yml` holds: probabilities, and shares of a probability; see there."""

    red: float
    red_in_context: float
    red_with_words: float
    emergency_with_words: float
    emergency: float
    crisis: float
    routine: float
    unsure: float
    doubtful: float
    goes_on: float
    reviewed: Review

    @validator("*")
    def _is_a_share(cls, value: object) -> object:
        if isinstance(value, float) and not 0 < value < 1:
            raise ValueError("must lie between 0 and 1")
        return value


# Those that `judge` goes by.
NAMES = ("red", "red_in_context", "red_with_words", "emergency_with_words", "emergency", "crisis", "routine")


@lru_cache(maxsize=1)
def load_thresholds(file: Path = THRESHOLDS) -> Thresholds:
    """The thresholds of `file`. Raises `DataFileError`."""
    return datafiles.load(file, Thresholds)


@dataclass(frozen=True)
class Earlier:
    """The latest symptom that a conversation spoke of: its words, its urgency, and whether the last reply was on it."""

    text: str
    urgency: Label
    just_before: bool


def judge(
    shares: Mapping[Label, float], hits: Sequence[Finding], after_symptom: bool, thresholds: Thresholds | None = None
) -> Label:
    """The urgency for the probabilities of the five labels, and what the lexicon found.

    `after_symptom` says that the last reply was about a symptom: what comes then ("yes, 102 since the shot") mostly
    goes on about it.
    """
    limits = thresholds or load_thresholds()
    said = judge_words(hits)
    least = limits.red
    if after_symptom:
        least = min(least, limits.red_in_context)
    if said == "urgent":
        least = min(least, limits.red_with_words)
    red = sum(shares[label] for label in RED)
    if said in ("emergency", "crisis") and limits.emergency_with_words <= red < least:
        return said  # what is reported in so many words needs next to nothing of the model's
    if red < least:
        return "routine" if shares["routine"] >= limits.routine else "none"
    if shares["crisis"] >= limits.crisis * red:
        return "crisis"
    # A crisis that is not certain is an emergency still.
    level: Label = "emergency" if shares["emergency"] + shares["crisis"] >= limits.emergency * red else "urgent"
    return max(level, said, key=ORDER.index)


def judge_words(hits: Sequence[Finding]) -> Label:
    """The urgency by the lexicon alone: the highest of what is reported, neither denied nor imagined."""
    return max((hit.urgency for hit in hits if hit.asserted), key=ORDER.index, default="none")
