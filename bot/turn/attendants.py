"""Who attends to a message before Rasa is asked: the opt-out words, a check-in that waits, a person on the staff.

They are asked in order, and the first that takes the message answers it. The triage has read it before them, and a
red flag that none of them answers is answered and escalated all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session

from bot.care.messages import Context
from bot.replies import Reply
from bot.triage.assessment import Assessment


@dataclass(frozen=True)
class Arrived:
    """A stored message that waits for its answer. `assessment` is empty where it was a tap on a button."""

    message_id: str
    conversation_id: str
    position: int  # among the conversation's messages, from 1
    channel: str
    name: str  # what the caller calls the conversation: with sms, the number
    door: str
    text: str
    before: Context
    assessment: Assessment | None


@dataclass(frozen=True)
class Attended:
    """What an attendant makes of a message. No replies: nobody answers it for now, and it counts as answered.

    `record` is done in the transaction that stores the replies, once a message. With `goes_on` the next attendants and
    Rasa are asked too, and what they say comes after `replies`.
    """

    by: str  # as in `Message.answered_by`, at most 16 characters
    replies: Sequence[Reply] = field(default=())
    record: Callable[[Session], object] | None = None
    goes_on: bool = False


class Attendant(Protocol):
    """Looks at a message; None leaves it to the next. `session` reads; what it writes belongs into `record`."""

    def __call__(self, session: Session, message: Arrived) -> Attended | None: ...


@dataclass(frozen=True)
class Answer:
    """What is said to a message, by whom, and what is recorded with it."""

    replies: list[Reply]
    by: str
    records: tuple[Callable[[Session], object], ...] = ()


def attend(attendants: Sequence[Attendant], session: Session, message: Arrived) -> tuple[list[Attended], bool]:
    """What the attendants make of a message, and whether Rasa is to be asked after them."""
    made = []
    for attendant in attendants:
        found = attendant(session, message)
        if found is not None:
            made.append(found)
            if not found.goes_on:
                return made, False
    return made, True
