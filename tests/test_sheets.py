from __future__ import annotations

import csv
import io

import pytest

from bot import sheets


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', " =1", "\n=1", "＝1"],
)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert read(sheets.written([[text]])) == [[f"'{text}"]]


@pytest.mark.parametrize("text", ["hello", "a=b", "it's", "1-2", 'a "b", c', "two\nlines", "ä 中", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert read(sheets.written([[text, "end"]])) == [[text, "end"]]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert sheets.written([["n", -5, 2.5, None]]) == "\ufeffn,-5,2.5,\r\n"
