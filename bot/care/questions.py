"""Questions that wait for an answer: put when a red flag is not out of the question; silence counts as a yes in time.

The source of that rule is `shared/triage.md`'s: where it is uncertain, ask one short question, and take no answer for
a yes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.care import escalations, rows, timeline
from bot.care.contacts import Contacts
from bot.care.tables import Message, Question
from bot.replies import Reply

Outcome = Literal["yes", "no", "other", "silent"]

# Asked for each message, and built once: that takes longer than to run it.
_WAITING = (
    select(Question.message_id, Message.text)
    .join(Message, Message.id == Question.message_id)
    .where(Question.conversation_id == bindparam("conversation_id"), Question.settled_at.is_(None))
    .order_by(Message.position.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Waiting:
    """A question that waits, and the words of the message that made it necessary."""

    message_id: str
    text: str


def ask(session: Session, message_id: str, conversation_id: str, at: dt.datetime, due: dt.datetime | None) -> None:
    """A question is put with the reply to a message. `due` is from when on silence counts as a yes; None: never."""
    session.add(Question(message_id=message_id, conversation_id=conversation_id, asked_at=at, due_at=due))
    session.flush()


def waiting(session: Session, conversation_id: str) -> Waiting | None:
    """The newest question of a conversation that nobody has answered."""
    row = rows.run(session, _WAITING, {"conversation_id": conversation_id}).one_or_none()
    return None if row is None else Waiting(row[0], row[1])


def settle(session: Session, conversation_id: str, outcome: Outcome, at: dt.datetime) -> None:
    """Somebody said something: the questions of the conversation wait no longer."""
    mine = (Question.conversation_id == conversation_id, Question.settled_at.is_(None))
    rows.change(session, Question, *mine, settled_at=at, outcome=outcome)


def overdue(session: Session, at: dt.datetime, limit: int) -> list[str]:
    """The messages whose question was met with silence for too long."""
    query = select(Question.message_id).where(Question.settled_at.is_(None), Question.due_at <= at)
    return list(session.execute(query.order_by(Question.due_at).limit(limit)).scalars())


def count_as_yes(session: Session, message_id: str, notice: Reply, contacts: Contacts | None, at: dt.datetime) -> bool:
    """Nobody answered: the message is escalated, and `notice` tells the person so. False if it was settled before."""
    mine = (Question.message_id == message_id, Question.settled_at.is_(None))
    if not rows.change(session, Question, *mine, settled_at=at, outcome="silent"):
        return False
    message = session.execute(select(Message).where(Message.id == message_id)).scalar_one()
    if escalations.of_message(session, message_id) is None:
        found: dict[str, object] = {"urgency": "urgent", "category": None, "findings": [], "unanswered_question": True}
        escalations.report(session, message, "urgent", contacts, findings=found, at=at)
        timeline.say(session, message.conversation_id, notice, who="system", at=at)
    return True
