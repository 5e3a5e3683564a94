"""The words of the chat page: `page.yml`, and a clinic's own file of that name over it, word by word."""

from __future__ import annotations

import string
from pathlib import Path

from pydantic import BaseModel, Extra

from bot import datafiles
from bot.datafiles import refusal
from bot.knowledge.models import Review, _Text

FILE = "page.yml"


class PageFile(BaseModel, extra=Extra.forbid):
    """All words of the page by their names, or in a clinic's file those that it changes."""

    words: dict[str, _Text]
    reviewed: Review


def load(shipped: Path, override: Path | None, known: frozenset[str]) -> dict[str, str]:
    """The words by name. In braces they may have `known`, and what the shipped one has. Raises `DataFileError`."""
    words: dict[str, str] = dict(datafiles.load(shipped / FILE, PageFile).words)
    if override is None or not (override / FILE).exists():
        return words
    own = datafiles.load(override / FILE, PageFile).words
    for name, text in own.items():
        if name not in words:
            raise refusal(override / FILE, ("words", name), "is no word of the page")
        try:
            found, usual = _placeholders(text), _placeholders(words[name])
        except ValueError as error:
            raise refusal(override / FILE, ("words", name), f"{error}: write {{{{ for a brace") from None
        if unknown := found - usual - known:
            raise refusal(override / FILE, ("words", name), f"{{{unknown.pop()}}} can't be filled in here")
    return {**words, **own}


def _placeholders(text: str) -> set[str]:
    parts = list(string.Formatter().parse(text))
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError("what stands in braces can have no format")
    return {field for _, field, _, _ in parts if field is not None}
