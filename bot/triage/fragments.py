"""Messages that only add to the warning sign just before them, and would be nothing by themselves.

The source of the rule is `shared/triage.md`'s: what a person has now counts, and people tell it in pieces.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Extra, Field, validator

from bot import datafiles
from bot.cleaning import bare
from bot.knowledge.models import Review

FRAGMENTS = Path(__file__).parent / "fragments.yml"


class Fragments(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """What `fragments.yml` holds; see there."""

    begins: frozenset[str] = Field(min_items=1)
    otherwise: frozenset[str]
    most_words: int = Field(ge=1)
    reviewed: Review

    @validator("begins", "otherwise", each_item=True)
    def _is_plain(cls, value: str) -> str:
        if value != bare(value):
            raise ValueError(f"{value!r} must be words in small letters, without signs")
        return value

    def only_adds(self, text: str) -> bool:
        """Whether `text` is such a message, if there was a warning sign just before it."""
        words = bare(text).split()
        if "?" in text or not 0 < len(words) <= self.most_words or not self.otherwise.isdisjoint(words):
            return False
        return any(" ".join(words[:count]) in self.begins for count in (1, 2))


@lru_cache(maxsize=1)
def load(file: Path = FRAGMENTS) -> Fragments:
    """The rule of `file`. Raises `DataFileError`."""
    return datafiles.load(file, Fragments)
