"""How a conversation with the staff can end: a short list, a data file beside this module."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConstrainedStr, Extra

from bot import datafiles

_FILE = Path(__file__).with_name("outcomes.yml")


class _Id(ConstrainedStr):
    regex = r"^[a-z_]{1,32}\Z"


class _Words(ConstrainedStr):
    strip_whitespace = True
    min_length = 1
    max_length = 80


class OutcomeFile(BaseModel, extra=Extra.forbid):
    """Outcomes by their ids, in the order in which they are offered."""

    outcomes: dict[_Id, _Words]


@lru_cache(maxsize=1)
def in_words() -> dict[str, str]:
    """The outcomes by id, as staff read them. Raises `DataFileError`."""
    return {str(key): str(value) for key, value in datafiles.load(_FILE, OutcomeFile).outcomes.items()}
