from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.table import PageError, markdown, put, write


def test_a_table_has_a_line_for_the_head_one_below_it_and_one_a_row() -> None:
    assert markdown(["a", "b"], [["x", 1], [None, 2.5]]) == "| a | b |\n| --- | --- |\n| x | 1 |\n| – | 2.5 |"


def test_a_row_that_does_not_fit_its_head_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="more or fewer cells"):
        markdown(["a", "b"], [["x"]])


def test_no_cell_breaks_the_table() -> None:
    assert markdown(["a"], [["x | y\nz"]]).splitlines()[2] == r"| x \| y z |"


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    page = "# P\n\n<!-- t -->\nold\n<!-- /t -->\n\nend\n"
    once = put(page, "t", "new")
    assert once == "# P\n\n<!-- t -->\n\nnew\n\n<!-- /t -->\n\nend\n"
    assert put(once, "t", "new") == once


@pytest.mark.parametrize(
    "page", ["", "<!-- t -->", "<!-- /t --> <!-- t -->", "<!-- t --> <!-- /t --> <!-- t --> <!-- /t -->"]
)
def test_a_page_without_its_place_is_refused_and_left_as_it_is(page: str, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(page, encoding="utf-8")
    with pytest.raises(PageError, match=r"page\.md needs <!-- t --> and then <!-- /t -->, once each"):
        write(file, "t", "new")
    assert file.read_text(encoding="utf-8") == page
