"""Bars by day as the geometry of an SVG; `desk/_chart.html` draws it, with a description and a table beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.care.figures import Counts

WIDTH, HEIGHT = 720, 220  # of the whole picture; a page scales it
_LEFT, _BOTTOM, _TOP = 44, 26, 10
_LABELS = 6  # days that are named below, at most


@dataclass(frozen=True)
class Bar:
    """A part of a day's bar: the number of its series, from 0, and where it stands."""

    series: int
    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A picture of counts by day, stacked. `lines` are heights with their numbers, `labels` places with their days."""

    id: str
    title: str
    description: str
    names: Sequence[str]
    totals: Sequence[int]
    bars: Sequence[Bar]
    lines: Sequence[tuple[float, int]]
    labels: Sequence[tuple[float, str]]
    rows: Sequence[tuple[str, Sequence[int]]]  # the same as a table: a day, and a number for each name
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(self.totals)


def by_day(name: str, title: str, days: Sequence[dt.date], counts: Counts, names: dict[str, str]) -> Chart:
    """A chart of `counts`, with the id `name` on its page.

    `names` are the words for what is counted, in the order in which they are stacked.
    """
    order = [*(key for key in names if key in counts), *(key for key in counts if key not in names)]
    words = [names.get(key, key.replace("_", " ")) for key in order]
    top = _nice(max((sum(counts[key][number] for key in order) for number in range(len(days))), default=0))
    room, scale = (WIDTH - _LEFT) / len(days), (HEIGHT - _BOTTOM - _TOP) / top
    bars = []
    for number, day in enumerate(days):
        below = 0
        for series, key in enumerate(order):
            count = counts[key][number]
            if count:
                below += count
                bars.append(
                    Bar(
                        series,
                        round(_LEFT + room * number + room * 0.1, 2),
                        round(HEIGHT - _BOTTOM - below * scale, 2),
                        round(room * 0.8, 2),
                        round(count * scale, 2),
                        f"{day:%Y-%m-%d}: {count} {words[series]}",
                    )
                )
    step = -(-len(days) // _LABELS)
    totals = [sum(counts[key]) for key in order]
    return Chart(
        id=name,
        title=title,
        description=_described(days, words, totals),
        names=words,
        totals=totals,
        bars=bars,
        lines=[(round(HEIGHT - _BOTTOM - value * scale, 2), value) for value in sorted({0, top // 2, top})],
        labels=[
            (round(_LEFT + room * (number + 0.5), 2), f"{days[number]:%b} {days[number].day}")
            for number in range(0, len(days), step)
        ],
        rows=[(f"{day:%Y-%m-%d}", [counts[key][number] for key in order]) for number, day in enumerate(days)],
    )


def _described(days: Sequence[dt.date], words: Sequence[str], totals: Sequence[int]) -> str:
    parts = ", ".join(f"{word}: {total:,}" for word, total in zip(words, totals, strict=True))
    return f"By day from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}. In all {parts}."


def _nice(most: int) -> int:
    """The end of the scale: the least number of a few round ones that is high enough, and can be halved."""
    size = 1
    while True:
        for step in (2, 4, 6, 10):
            if step * size >= most:
                return step * size
        size *= 10
