"""Who attends to a message before Rasa is asked: the opt-out words, a check-in that waits, a person on the staff.

They are asked in order, and the first that takes the message answers it. The triage has read it before them, and a
red flag that none of them answers is answered and escalated all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care.handoffs import Colleague
from bot.care.messages import Context
from bot.care.questions import Waiting
from bot.replies import Reply
from bot.triage.assessment import Assessment

logger = logging.getLogger(__name__)


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
    holder: Colleague | None = None  # on the staff, who has taken the conversation
    question: Waiting | None = None  # whether somebody has a symptom now, where that was asked and not answered
    judge: Callable[[str], Assessment] | None = None  # judges other words as if they had come instead


@dataclass(frozen=True)
class Rest:
    """What is left of a message to be answered, once an attendant has taken its part, and how urgent that is.

    No text: nothing is left. A bare "8" is an answer to a question, which the triage can't know.
    """

    text: str
    assessment: Assessment | None


@dataclass(frozen=True)
class Attended:
    """What an attendant makes of a message. No replies: nobody answers it for now, and it counts as answered.

    `record` is done in the transaction that stores the replies, once a message. With `goes_on` the next attendants and
    Rasa are asked too, and what they say comes after `replies`. `rest` takes the place of the message's own words and
    judgement from there on. `category` and `findings` say what an urgent reply among `replies` is about.
    """

    by: str  # as in `Message.answered_by`, at most 16 characters
    replies: Sequence[Reply] = field(default=())
    record: Callable[[Session], object] | None = None
    goes_on: bool = False
    rest: Rest | None = None
    category: str | None = None
    findings: Mapping[str, object] | None = None


class Attendant(Protocol):
    """Looks at a message; None leaves it to the next. `session` reads; what it writes belongs into `record`."""

    def __call__(self, session: Session, message: Arrived) -> Attended | None: ...


@dataclass(frozen=True)
class Answer:
    """What is said to a message, by whom, and what is recorded with it."""

    replies: list[Reply]
    by: str
    records: tuple[Callable[[Session], object], ...] = ()
    category: str | None = None
    findings: Mapping[str, object] | None = None
    rest: Rest | None = None  # what was judged and answered in place of the whole message


def attend(attendants: Sequence[Attendant], session: Session, message: Arrived) -> tuple[list[Attended], bool]:
    """What the attendants make of a message, and whether Rasa is to be asked after them.

    One that fails is left out: whatever is wrong with it, the message may be a warning sign. Raises `SQLAlchemyError`.
    """
    made = []
    for attendant in attendants:
        try:
            found = attendant(session, message)
        except SQLAlchemyError:
            raise
        except Exception as error:  # its text may hold the person's words
            logger.error("an attendant failed, and was left out: %s", type(error).__name__)
            continue
        if found is not None:
            made.append(found)
            if found.rest is not None:
                message = replace(message, text=found.rest.text, assessment=found.rest.assessment)
            if not found.goes_on:
                return made, False
    return made, True


def together(made: Sequence[Attended]) -> Answer:
    """What several attendants make of a message, as one answer."""
    named = next((one for one in made if one.category is not None), None)
    return Answer(
        replies=[reply for one in made for reply in one.replies],
        by=made[-1].by if made else "",
        records=tuple(one.record for one in made if one.record is not None),
        category=None if named is None else named.category,
        findings=None if named is None else named.findings,
        rest=next((one.rest for one in reversed(made) if one.rest is not None), None),
    )
