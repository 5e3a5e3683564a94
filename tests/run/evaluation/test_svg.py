"""Pictures: what is drawn where."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.run.evaluation import statistics, svg
from bot.run.evaluation.chart import Axis, Chart, Line, up_to

X_LEFT, X_RIGHT, Y_TOP, Y_BOTTOM = 64.0, 624.0, 16.0, 332.0


def drawn(picture: svg.Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg)  # noqa: S314 - our own


def chart(*points: tuple[float, float], high: float = 1.0) -> ElementTree.Element:
    found = Chart("what it shows", Axis("x", high=high), Axis("y"), [Line("a line", points)], [((0, 1), "here")])
    return drawn(found.picture())


def test_a_line_goes_from_corner_to_corner() -> None:
    line = chart((0, 0), (1, 2), high=1.0).find("polyline")
    assert line is not None
    assert line.get("points") == f"{X_LEFT:g},{Y_BOTTOM:g} {X_RIGHT:g},{Y_TOP:g}"  # beyond an axis lies at its end


def test_a_mark_lies_where_it_belongs_and_has_its_name() -> None:
    root = chart((0, 0), (1, 1))
    circle = root.find("circle")
    assert circle is not None
    assert (circle.get("cx"), circle.get("cy")) == ("64", "16")
    assert "here" in [text.text for text in root.iter("text")]


def test_a_picture_says_what_it_shows() -> None:
    assert chart((0, 0)).get("aria-label") == "what it shows"
    assert svg.bars("by voice", []).alt == "by voice"


def test_a_bar_is_as_long_as_its_share_and_its_line_as_wide_as_its_bounds() -> None:
    half, all_of_it = statistics.rate(5, 10), statistics.rate(10, 10)
    root = drawn(svg.bars("bars", [("a", half), ("b", all_of_it)]))
    widths = [float(bar.get("width", "")) for bar in root.iter("rect")]
    assert widths[0] == pytest.approx(widths[1] / 2)
    line = next(root.iter("line"))
    assert float(line.get("x2", "")) - float(line.get("x1", "")) == pytest.approx(
        (half["high"] - half["low"]) * widths[1], abs=0.1
    )


def test_cells_tell_their_counts_and_number_only_mistakes() -> None:
    root = drawn(svg.heat("cells", ["a", "b"], ["a", "b", "(other)"], [[5, 1, 0], [0, 0, 2]]))
    titles = [title.text for cell in root.iter("rect") for title in cell.iter("title")]
    assert titles[:3] == ["a taken for a: 5 of 6", "a taken for b: 1 of 6", "a taken for (other): 0 of 6"]
    assert [text.text for text in root.iter("text") if (text.text or "").isdigit()] == ["1", "2"]


@given(st.text(st.characters(min_codepoint=32, blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff")))
def test_any_name_is_escaped(name: str) -> None:
    root = drawn(svg.bars(name, [(name, statistics.rate(1, 2))]))
    assert root.get("aria-label") == name
    assert {element.tag for element in root.iter()} == {"svg", "title", "text", "rect", "line"}


@pytest.mark.parametrize(("most", "end"), [(0.0, 1.0), (0.13, 0.2), (0.2, 0.2), (0.21, 0.3), (0.7, 0.8), (3.1, 4.0)])
def test_an_axis_ends_at_a_round_number(most: float, end: float) -> None:
    assert up_to([most / 2, most]) == pytest.approx(end)
