"""Replies that staff choose from at the desk: `canned.yml`, or the clinic's own in its place."""

from __future__ import annotations

import string
from pathlib import Path

from pydantic import BaseModel, ConstrainedStr, Extra, Field

from bot import datafiles, knowledge
from bot.cleaning import MAX_CHARACTERS
from bot.datafiles import refusal
from bot.knowledge.models import TITLE_LIMIT, Review

FILE = "canned.yml"


class _Title(ConstrainedStr):
    strip_whitespace = True
    min_length = 1
    max_length = TITLE_LIMIT


class _Words(ConstrainedStr):
    strip_whitespace = True
    min_length = 1
    max_length = MAX_CHARACTERS


class Canned(BaseModel, extra=Extra.forbid):
    """One reply: what its button says, and its words, which may hold the placeholders of every text."""

    title: _Title
    text: _Words


class CannedFile(BaseModel, extra=Extra.forbid):
    """What `canned.yml` holds, in the order in which it is offered."""

    canned: list[Canned] = Field(max_items=40)
    reviewed: Review


def load(override: Path | None = None) -> list[Canned]:
    """The replies: those of `canned.yml` in the folder `override`, where there is one, or the shipped ones.

    Raises `DataFileError`.
    """
    own = None if override is None else override / FILE
    file = own if own is not None and own.exists() else knowledge.SHIPPED / FILE
    found = datafiles.load(file, CannedFile).canned
    for place, reply in enumerate(found):
        try:
            parts = list(string.Formatter().parse(reply.text))
        except ValueError as error:
            raise refusal(file, ("canned", place, "text"), f"{error}: write {{{{ for a brace") from None
        for _, field, spec, conversion in parts:
            if field is not None and (field not in knowledge.COMMON or spec or conversion):
                raise refusal(file, ("canned", place, "text"), f"{{{field}}} can't be filled in here")
    return found
