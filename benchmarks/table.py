"""Markdown tables, and their place in a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class PageError(ValueError):
    """The page has no place for the table. The message says which markers are missing."""


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; what is None is a dash. Pipes and line ends within a cell do not break it.

    Each row must have a cell for each of the head's.
    """
    assert {len(row) for row in rows} <= {len(head)}, "a row has more or fewer cells than the head"
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def put(page: str, name: str, content: str) -> str:
    """The page with `content` between its markers `<!-- name -->` and `<!-- /name -->`. Raises `PageError`."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if page.count(start) != 1 or page.count(end) != 1 or page.index(end) < page.index(start):
        raise PageError(f"needs {start} and then {end}, once each")
    before, after = page.split(start)[0], page.split(end)[1]
    return f"{before}{start}\n\n{content.strip()}\n\n{end}{after}"


def write(file: Path, name: str, content: str) -> None:
    """`put` in a file. Raises `PageError`, `OSError`."""
    try:
        page = put(file.read_text(encoding="utf-8"), name, content)
    except PageError as error:
        raise PageError(f"{file} {error}") from None
    file.write_text(page, encoding="utf-8")


def _cell(value: object) -> str:
    return "–" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
