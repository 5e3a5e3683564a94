"""The words by which answers are read (`answers.yml`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Extra

from bot import datafiles
from bot.knowledge.models import Review

WORDS = Path(__file__).parent / "answers.yml"


class Words(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """What `answers.yml` holds."""

    numbers: dict[str, int]
    units: frozenset[str]
    not_after: frozenset[str]
    doubtful_after: frozenset[str]
    states: frozenset[str]
    corrections: frozenset[str]
    past_before: frozenset[str]
    past_after: frozenset[str]
    phrases: dict[str, str]
    now: frozenset[str]
    hypothetical: tuple[str, ...]
    denied: frozenset[str]
    question_first: frozenset[str]
    limits: frozenset[str]
    scale_joins: frozenset[str]
    none: frozenset[str]
    same: frozenset[str]
    worse: frozenset[str]
    fillers: frozenset[str]
    reviewed: Review


@lru_cache(maxsize=1)
def load(file: Path = WORDS) -> Words:
    """The words of `file`. Raises `DataFileError`."""
    return datafiles.load(file, Words)
