"""The page of an evaluation: one file that fetches nothing; beside every picture stands a table of the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.run.evaluation.statistics import Rate
from bot.run.evaluation.svg import Picture

_TEMPLATE = "page.html"


@dataclass(frozen=True)
class Table:
    """Rows of words and numbers; the first of each names its row. A long one is folded behind its caption."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page: what it is, how to read it, its pictures and its tables."""

    title: str
    reading: str
    pictures: Sequence[Picture] = field(default=())
    tables: Sequence[Table] = field(default=())


def render(title: str, sections: Sequence[Section], report: dict[str, Any]) -> str:
    """The page as HTML. Everything but the pictures is escaped here; they escape themselves."""
    import jinja2
    from markupsafe import Markup

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters["as_it_is"] = Markup
    made = f"{dt.datetime.now():%Y-%m-%d %H:%M}"
    return environment.get_template(_TEMPLATE).render(title=title, sections=sections, report=report, made=made)


def cells(rate: Rate) -> list[str]:
    """A figure as the cells of a table: share, bounds, how many of how many."""
    if not rate["n"]:
        return ["-", "-", "0"]
    return [f"{rate['share']:.3f}", f"{rate['low']:.3f} to {rate['high']:.3f}", f"{rate['k']:,} of {rate['n']:,}"]


RATE = ("share", "95 % bounds", "n")


def rates(caption: str, what: str, found: dict[str, Rate], folded: bool = False) -> Table:
    """A table of figures by their names."""
    return Table(caption, (what, *RATE), [(name, *cells(rate)) for name, rate in found.items()], folded)


def mistakes(caption: str, entries: Sequence[dict[str, Any]], folded: bool = False) -> Table:
    """A table of messages that were judged wrongly: their words, or their lines where words are not to be shown."""
    names = [
        name for name in ("line", "text", "category", "voice", "wanted", "got", "share", "red") if _has(entries, name)
    ]
    names.sort(key=lambda name: name != "text" and name != "line")
    rows = [[_words(entry.get(name, "")) for name in names] for entry in entries]
    return Table(caption, names or ["text", "wanted", "got"], rows, folded)


def _has(entries: Sequence[dict[str, Any]], name: str) -> bool:
    return any(name in entry for entry in entries)


def _words(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return ", ".join(value) if isinstance(value, list) else str(value)
