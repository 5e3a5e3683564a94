"""Pictures as SVG within a page: text stays text, every picture says in words what it shows, and nothing is fetched.

All coordinates are in pixels; a page may scale the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from bot.run.evaluation.statistics import Rate

WIDTH = 640
_ROW = 22
_CELL = 15
_NAMES = 210  # for the names of bars and cells


@dataclass(frozen=True)
class Picture:
    """An SVG element, and what it shows in words."""

    alt: str
    svg: str


def bars(alt: str, rows: Sequence[tuple[str, Rate]]) -> Picture:
    """A bar a row from 0 to 1, with its bounds and its number."""
    root = picture(alt, WIDTH, _ROW * len(rows) + 8)
    scale = WIDTH - _NAMES - 120
    for number, (name, rate) in enumerate(rows):
        y = number * _ROW + 4
        middle = y + _ROW / 2 - 2
        low, high, end = (_NAMES + rate["low"] * scale, _NAMES + rate["high"] * scale, rate["share"] * scale)
        text(root, name, _NAMES - 8, y + 14, anchor="end")
        add(root, "rect", x=_NAMES, y=y, width=round(end, 1), height=_ROW - 5, fill="#8fb4dc")
        add(root, "line", x1=round(low, 1), x2=round(high, 1), y1=middle, y2=middle, stroke="#10355f", stroke_width=2)
        text(root, f"{rate['share']:.3f}  n {rate['n']:,}", _NAMES + scale + 8, y + 14)
    return done(root, alt)


def heat(alt: str, names: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[int]]) -> Picture:
    """A cell for each row and column, the darker the more of the row; numbers where there are any."""
    root = picture(alt, _NAMES + _CELL * len(columns) + 16, _NAMES + _CELL * len(names) + 8)
    for number, name in enumerate(columns):
        x = _NAMES + number * _CELL + 11
        text(root, name, x, _NAMES - 6, size=10).set("transform", f"rotate(-90 {x} {_NAMES - 6})")
    for row, (name, values) in enumerate(zip(names, counts, strict=True)):
        y = _NAMES + row * _CELL
        text(root, name, _NAMES - 6, y + 11, size=10, anchor="end")
        total = max(sum(values), 1)
        for column, value in enumerate(values):
            right = name == columns[column]
            cell = add(root, "rect", x=_NAMES + column * _CELL, y=y, width=_CELL, height=_CELL, stroke="#eee")
            # The root makes the few mistakes visible beside the many right ones.
            strength = math.sqrt(value / total)
            cell.set(
                "fill", f"rgb({31 if right else 190} {95 if right else 60} {168 if right else 20} / {strength:.2f})"
            )
            add(cell, "title").text = f"{name} taken for {columns[column]}: {value} of {total}"
            if value and not right:
                text(root, str(value), _NAMES + column * _CELL + _CELL / 2, y + 11, size=9, anchor="middle")
    return done(root, alt)


def picture(alt: str, width: float, height: float) -> ElementTree.Element:
    """An empty picture that says what it shows."""
    root = ElementTree.Element("svg", {"role": "img", "aria-label": alt, "viewBox": f"0 0 {width:g} {height:g}"})
    root.set("style", f"max-width: {width:g}px")
    add(root, "title").text = alt
    return root


def done(root: ElementTree.Element, alt: str) -> Picture:
    """The finished picture."""
    return Picture(alt, ElementTree.tostring(root, encoding="unicode"))


def add(parent: ElementTree.Element, tag: str, **attributes: float | str) -> ElementTree.Element:
    """A shape within `parent`; of the names of its attributes, _ stands for -."""
    named = {name.replace("_", "-"): f"{v:g}" if isinstance(v, float) else str(v) for name, v in attributes.items()}
    return ElementTree.SubElement(parent, tag, named)


def text(
    parent: ElementTree.Element, said: str, x: float, y: float, size: int = 12, anchor: str = "start"
) -> ElementTree.Element:
    """Words at a place, from there on, up to there (`end`) or around it (`middle`)."""
    found = add(parent, "text", x=x, y=y, font_size=size, text_anchor=anchor)
    found.text = said
    return found
