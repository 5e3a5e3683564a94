"""The answer to the question whether somebody has a symptom right now: a yes, or a doubt, is a warning sign."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Extra, Field, validator
from sqlalchemy.orm import Session

from bot import datafiles
from bot.care import questions
from bot.care.questions import Outcome
from bot.care.tables import now
from bot.cleaning import bare
from bot.knowledge.models import Review
from bot.speech import Speech
from bot.turn.attendants import Arrived, Attendant, Attended

WORDS = Path(__file__).parent / "yes_no.yml"


class YesNo(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """What `yes_no.yml` holds."""

    yes: frozenset[str] = Field(min_items=1)
    no: frozenset[str] = Field(min_items=1)
    reviewed: Review

    @validator("yes", "no", each_item=True)
    def _is_plain(cls, value: str) -> str:
        if value != bare(value):
            raise ValueError(f"{value!r} must be in small letters, without signs: {bare(value)!r}")
        return value

    @validator("no")
    def _is_not_both(cls, value: frozenset[str], values: dict[str, frozenset[str]]) -> frozenset[str]:
        if both := sorted(value & values.get("yes", frozenset())):
            raise ValueError(f"{both[0]!r} is among the yes too")
        return value


@lru_cache(maxsize=1)
def load(file: Path = WORDS) -> YesNo:
    """The words of `file`. Raises `DataFileError`."""
    return datafiles.load(file, YesNo)


def attendant(speech: Speech) -> Attendant:
    """Takes a bare yes or no to a question that waits; anything else settles it too, and goes on to be answered.

    Raises `DataFileError`.
    """
    words = load()

    def attend(session: Session, message: Arrived) -> Attended | None:
        if message.question is None:
            return None
        said = bare(message.text)
        if said in words.yes:
            reply = speech.by(message.channel).symptom("urgent")
            return Attended("question", [reply], _settled(message, "yes"))
        if said in words.no:
            return Attended("question", record=_settled(message, "no"), goes_on=True)
        return Attended("question", record=_settled(message, "other"), goes_on=True)

    return attend


def _settled(message: Arrived, outcome: Outcome) -> Callable[[Session], None]:
    return lambda session: questions.settle(session, message.conversation_id, outcome, now())
