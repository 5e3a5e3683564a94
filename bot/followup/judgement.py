"""What a pain score means: mild, as expected, high, or for a clinician to hear of today."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.followup.programme import Programme

Level = Literal["mild", "expected", "high", "urgent"]
Reason = Literal["pain_rise", "pain_high", "pain_trend"]
REASONS: tuple[Reason, ...] = ("pain_rise", "pain_high", "pain_trend")
WARNING = "warning_sign"  # the reason where a warning sign was answered with yes
WORSE = "worse"


@dataclass(frozen=True)
class Judged:
    """How grave a score is; `reason` says why it is urgent."""

    level: Level
    reason: Reason | None = None


def judge(score: float, day: int | None, earlier: Sequence[float], programme: Programme) -> Judged:
    """A score on a day from the injection (None: nobody knows) after the scores of earlier check-ins, oldest first."""
    limits = programme.thresholds
    if earlier and score - earlier[-1] >= limits.rise:
        return Judged("urgent", "pain_rise")
    if day is not None and day > limits.high_after_day and score >= limits.high:
        return Judged("urgent", "pain_high")
    row = [*earlier, score][-limits.trend_scores :]
    rises = all(later > before for before, later in itertools.pairwise(row))
    if len(row) == limits.trend_scores and rises and row[-1] - row[0] >= limits.trend_rise:
        return Judged("urgent", "pain_trend")
    if score <= limits.mild:
        return Judged("mild")
    expected = programme.expected(day)
    usual = expected[1] if expected is not None else limits.high - 1
    return Judged("expected" if score <= usual else "high")
