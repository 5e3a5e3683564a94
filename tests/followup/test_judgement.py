"""From when on a score is for a clinician."""

from __future__ import annotations

import pytest

from bot.followup import programme
from bot.followup.judgement import judge

SHIPPED = programme.load()


@pytest.mark.parametrize(
    ("score", "day", "earlier", "level", "reason"),
    [
        (0, 1, (), "mild", None),
        (3, 1, (), "mild", None),
        (4, 1, (), "expected", None),
        (8, 2, (), "high", None),
        (10, 0, (), "high", None),
        (10, None, (), "high", None),
        (7, None, (), "expected", None),
        (8, 3, (), "urgent", "pain_high"),
        (7, 3, (), "high", None),
        (7.5, 3, (), "high", None),
        (5, 1, (2,), "urgent", "pain_rise"),
        (4, 1, (2,), "expected", None),
        (5, 1, (2, 4), "urgent", "pain_trend"),
        (5, 1, (3, 4.5, 4), "expected", None),
        (5, 7, (3, 4), "urgent", "pain_trend"),
        (4, 7, (3, 3.5), "expected", None),
        (5, 7, (4, 4), "expected", None),
        (5, 7, (6, 3, 4), "urgent", "pain_trend"),
        (2, 7, (9, 5), "mild", None),
    ],
)
def test_a_score_is_judged_by_its_day_and_the_scores_before_it(
    score: float, day: int | None, earlier: tuple[float, ...], level: str, reason: str | None
) -> None:
    judged = judge(score, day, earlier, SHIPPED)
    assert (judged.level, judged.reason) == (level, reason)


def test_the_clinic_s_own_thresholds_count() -> None:
    careful = SHIPPED.copy(update={"thresholds": SHIPPED.thresholds.copy(update={"high": 6, "high_after_day": 0})})
    assert judge(6, 1, (), careful).reason == "pain_high"
