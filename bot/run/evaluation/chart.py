"""Lines over two axes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from bot.run.evaluation import svg

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 48  # what the axes' texts take
_HEIGHT = 380
# Told apart by their dashes too, for those who see no difference in colour.
_LINES = (("#1f5fa8", ""), ("#b3451c", "7 4"), ("#2e7d4f", "2 3"), ("#6d4aa0", "9 3 2 3"), ("#444444", "1 4"))

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line of a chart by its points, in the units of the axes."""

    name: str
    points: Sequence[Point]
    dots: bool = False


@dataclass(frozen=True)
class Axis:
    """What an axis shows, and from where to where."""

    name: str
    low: float = 0.0
    high: float = 1.0

    def at(self, value: float) -> float:
        """Where a value lies, from 0 to 1; what is beyond an end lies at it."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def up_to(values: Iterable[float]) -> float:
    """An axis's end for values from 0 on: the next round number; 1 where all are 0."""
    most = max(values, default=0.0)
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    return float(next(step * unit for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * unit >= most * (1 - 1e-9)))


@dataclass(frozen=True)
class Chart:
    """Lines over two axes; `marks` are single points with their names."""

    alt: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    marks: Sequence[tuple[Point, str]] = field(default=())

    def picture(self) -> svg.Picture:
        """The picture."""
        below = _HEIGHT + 20 * math.ceil(len(self.lines) / 2)
        root = svg.picture(self.alt, svg.WIDTH, below)
        for step in range(6):
            self._grid(root, step / 5)
        middle = (_LEFT + svg.WIDTH - _RIGHT) / 2
        svg.text(root, self.x.name, middle, _HEIGHT - 8, anchor="middle")
        up = svg.text(root, self.y.name, 14, (_TOP + _HEIGHT - _BOTTOM) / 2, anchor="middle")
        up.set("transform", f"rotate(-90 14 {(_TOP + _HEIGHT - _BOTTOM) / 2:g})")
        for number, line in enumerate(self.lines):
            self._line(root, line, number)
        for point, name in self.marks:
            x, y = self._place(point)
            dot = svg.add(root, "circle", cx=x, cy=y, r=6, fill="none", stroke="#000", stroke_width=2)
            svg.add(dot, "title").text = name
            near_the_end = x > svg.WIDTH * 0.65
            svg.text(
                root,
                name,
                x - 10 if near_the_end else x + 10,
                y - 10 if y > _HEIGHT - _BOTTOM - 60 else y + 16,
                anchor="end" if near_the_end else "start",
            )
        return svg.done(root, self.alt)

    def _place(self, point: Point) -> Point:
        x = _LEFT + self.x.at(point[0]) * (svg.WIDTH - _LEFT - _RIGHT)
        y = _HEIGHT - _BOTTOM - self.y.at(point[1]) * (_HEIGHT - _TOP - _BOTTOM)
        return round(x, 1), round(y, 1)

    def _grid(self, root: ElementTree.Element, part: float) -> None:
        x_value = self.x.low + part * (self.x.high - self.x.low)
        y_value = self.y.low + part * (self.y.high - self.y.low)
        (left, y), (right, _) = self._place((self.x.low, y_value)), self._place((self.x.high, y_value))
        (x, bottom), (_, top) = self._place((x_value, self.y.low)), self._place((x_value, self.y.high))
        svg.add(root, "line", x1=left, y1=y, x2=right, y2=y, stroke="#ddd")
        svg.add(root, "line", x1=x, y1=bottom, x2=x, y2=top, stroke="#ddd")
        svg.text(root, f"{y_value:.3g}", left - 6, y + 4, anchor="end")
        svg.text(root, f"{x_value:.3g}", x, bottom + 16, anchor="middle")

    def _line(self, root: ElementTree.Element, line: Line, number: int) -> None:
        colour, dashes = _LINES[number % len(_LINES)]
        places = [self._place(point) for point in line.points]
        drawn = svg.add(
            root, "polyline", points=" ".join(f"{x:g},{y:g}" for x, y in places), fill="none", stroke=colour
        )
        svg.add(drawn, "title").text = line.name
        row, column = divmod(number, 2)
        left, below = _LEFT + column * 290, _HEIGHT + 12 + row * 20
        key = svg.add(root, "line", x1=left, y1=below - 4, x2=left + 30, y2=below - 4, stroke=colour)
        for one in (drawn, key):
            one.set("stroke-width", "2")
            one.set("stroke-dasharray", dashes or "none")
        svg.text(root, line.name, left + 38, below)
        for x, y in places if line.dots else ():
            svg.add(root, "circle", cx=x, cy=y, r=3, fill=colour)
