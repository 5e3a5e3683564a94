"""One patient's pain over days as the geometry of an SVG; `desk/_pain.html` draws it, with a table beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.care.followups import Followed
from bot.followup.programme import Programme

WIDTH, HEIGHT = 720, 240  # of the whole picture; a page scales it
_LEFT, _RIGHT, _BOTTOM, _TOP = 36, 12, 28, 12
_HIGHEST = 10  # of a pain score


@dataclass(frozen=True)
class PainChart:
    """Places in the picture: the usual range as a polygon, the scores as dots on a line, warning signs as bars."""

    band: str
    line: str
    dots: Sequence[tuple[float, float, str]]
    signs: Sequence[tuple[float, str]]
    lines: Sequence[tuple[float, int]]
    labels: Sequence[tuple[float, str]]
    description: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def of(followed: Followed, programme: Programme) -> PainChart:
    """The picture of a follow-up under a programme; days count from the injection, by the patient's calendar."""
    patient = followed.patient
    zone = ZoneInfo(patient.zone)
    last = max(programme.last_day, 1)

    def day(at: dt.datetime) -> int:
        return int((at.astimezone(zone).date() - patient.injected_on).days)

    def x(of_day: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(max(of_day, 0), last) / last, 1)

    def y(score: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * min(max(score, 0), _HIGHEST) / _HIGHEST, 1)

    scored = [(one.day or 0, one.score) for one in followed.check_ins if one.score is not None]
    steps = [(step.day, *step.expected) for step in programme.steps]
    upper = [(x(of_day), y(high)) for of_day, _, high in steps]
    lower = [(x(of_day), y(low)) for of_day, low, _ in reversed(steps)]
    days = sorted({step.day for step in programme.steps})
    return PainChart(
        band=_points([*upper, *lower]),
        line=_points([(x(of_day), y(score)) for of_day, score in scored]),
        dots=[(x(of_day), y(score), f"Day {of_day}: {score:g} of 10") for of_day, score in scored],
        signs=[(x(day(at)), f"Day {day(at)}: a warning sign") for at in followed.escalations],
        lines=[(y(value), value) for value in (0, 5, 10)],
        labels=[(x(of_day), f"{of_day}") for of_day in days if of_day not in (1, 2)],
        description=_described(scored, len(followed.escalations)),
    )


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _described(scored: Sequence[tuple[int, float]], signs: int) -> str:
    if not scored:
        said = "No score yet"
    else:
        first, newest = scored[0], scored[-1]
        said = f"{len(scored)} scores, from {first[1]:g} on day {first[0]} to {newest[1]:g} on day {newest[0]}"
    return f"{said}; {signs} warning sign{'' if signs == 1 else 's'}."
