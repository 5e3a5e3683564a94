"""Tables as CSV that a spreadsheet opens without harm: no cell of it is ever taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def written(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV (RFC 4180), each cell safe; with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([[cell(value) for value in row] for row in rows])
    return f"\ufeff{out.getvalue()}"


def cell(value: object) -> object:
    """A value as a cell: a text that begins as formulas do gets an apostrophe in front; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULAS):
        return f"'{value}"
    return value
