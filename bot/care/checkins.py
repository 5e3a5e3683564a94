"""Check-ins: asked once, answered in the same conversation, with every answer kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import rows, timeline
from bot.care.tables import CheckIn, CheckInAnswer, Entry, Message, Patient
from bot.replies import Reply

_LOOKED_BACK = dt.timedelta(days=60)  # for earlier scores where there is no patient


@dataclass(frozen=True)
class Waiting:
    """The newest check-in of a conversation that was asked, as an answer to it needs it.

    `question` is the one that waits for its answer, None where all are answered. `is_newest` says that nothing was
    said in the conversation after the question but by the patient. `scores` are those of earlier check-ins, oldest
    first, `own` the one of this check-in so far.
    """

    id: str
    question: str | None
    day: int | None
    step: str | None
    answer_by: dt.datetime
    is_newest: bool
    scores: tuple[float, ...]
    own: float | None


def ask(
    session: Session,
    conversation_id: str,
    question: str,
    reply: Reply,
    at: dt.datetime,
    *,
    answer_by: dt.datetime,
    patient_id: str | None = None,
    day: int | None = None,
) -> CheckIn:
    """Asks now, by hand: a check-in beside the programme's. One that still waits for its answer is replaced."""
    timeline.lock(session, conversation_id)
    settle_open(session, conversation_id, at)
    made = CheckIn(
        conversation_id=conversation_id,
        patient_id=patient_id,
        day=day,
        due_at=at,
        late_at=answer_by,
        state="asked",
        asked_at=at,
        waiting_for=question,
        answer_by=answer_by,
    )
    session.add(made)
    session.flush()
    timeline.say(session, conversation_id, reply, at=at)
    return made


def settle_open(session: Session, conversation_id: str, at: dt.datetime) -> None:
    """What was asked in a conversation and still waits, waits no longer."""
    query = select(CheckIn).where(CheckIn.conversation_id == conversation_id, CheckIn.state == "asked")
    for check_in in session.execute(query).scalars():
        settle(session, check_in, at)


def settle(session: Session, check_in: CheckIn, at: dt.datetime) -> str:
    """Ends the waiting for answers; returns the state: answered, unanswered where something else was said, silent."""
    has_answer = select(CheckInAnswer.id).where(CheckInAnswer.check_in_id == check_in.id).limit(1)
    said = (
        select(Message.id)
        .where(Message.conversation_id == check_in.conversation_id, Message.received_at >= check_in.asked_at)
        .limit(1)
    )
    state = "silent"
    if session.execute(has_answer).first() is not None:
        state = "answered"
    elif session.execute(said).first() is not None:
        state = "unanswered"
    check_in.state, check_in.settled_at = state, at
    check_in.waiting_for = check_in.again_at = None
    session.flush()
    return state


def has_any(session: Session, conversation_id: str) -> bool:
    """Whether somebody was asked in that conversation before."""
    query = select(CheckIn.id).where(CheckIn.conversation_id == conversation_id, CheckIn.asked_at.isnot(None)).limit(1)
    return session.execute(query).first() is not None


def waiting(session: Session, conversation_id: str, position: int, at: dt.datetime, scored: str) -> Waiting | None:
    """The newest check-in that a message, number `position` of the conversation, may answer; None where none may.

    `scored` is the question whose answers are scores.
    """
    found = session.execute(
        select(CheckIn)
        .where(CheckIn.conversation_id == conversation_id, CheckIn.asked_at.isnot(None))
        .order_by(CheckIn.asked_at.desc(), CheckIn.id)
        .limit(1)
    ).scalar_one_or_none()
    if found is None or found.answer_by is None or found.answer_by < at:
        return None
    mine = _answers(session, [found.id], scored)
    return Waiting(
        id=found.id,
        question=found.waiting_for,
        day=found.day,
        step=found.step,
        answer_by=found.answer_by,
        is_newest=_is_newest(session, conversation_id, position),
        scores=_earlier(session, found, scored),
        own=mine.get(found.id),
    )


def record(
    session: Session,
    check_in_id: str,
    message_id: str,
    question: str,
    value: float,
    *,
    level: str,
    reason: str | None,
    at: dt.datetime,
    then: str | None,
    answer_by: dt.datetime,
) -> None:
    """Keeps an answer; `then` is the question that waits next, None where that was the last one."""
    session.add(
        CheckInAnswer(
            check_in_id=check_in_id,
            message_id=message_id,
            question=question,
            value=value,
            at=at,
            level=level,
            reason=reason,
        )
    )
    rows.change(
        session,
        CheckIn,
        CheckIn.id == check_in_id,
        state="asked" if then else "answered",
        waiting_for=then,
        answer_by=answer_by,
        again_at=None,
        settled_at=None if then else at,
    )


def wait_for(session: Session, check_in_id: str, question: str, answer_by: dt.datetime) -> None:
    """A check-in waits for the answer to another question, put just now."""
    values = {"state": "asked", "waiting_for": question, "answer_by": answer_by, "again_at": None, "settled_at": None}
    rows.change(session, CheckIn, CheckIn.id == check_in_id, **values)


def repeat(session: Session, check_in_id: str, again_at: dt.datetime) -> None:
    """Something else was said: the question is put once more at that time, unless it was put twice already."""
    rows.change(
        session,
        CheckIn,
        CheckIn.id == check_in_id,
        CheckIn.patient_id.isnot(None),
        CheckIn.state == "asked",
        CheckIn.again_at.is_(None),
        CheckIn.repeated_at.is_(None),
        again_at=again_at,
    )


def open_by_patient(
    session: Session, conversation_id: str, question: str, at: dt.datetime, answer_by: dt.datetime
) -> None:
    """A check-in that a patient began: its question is put with the answer to their message."""
    patient = followed(session, conversation_id)
    session.add(
        CheckIn(
            conversation_id=conversation_id,
            patient_id=None if patient is None else patient.id,
            due_at=at,
            late_at=answer_by,
            state="asked",
            asked_at=at,
            waiting_for=question,
            answer_by=answer_by,
        )
    )
    session.flush()


def followed(session: Session, conversation_id: str) -> Patient | None:
    """The patient who is followed up in a conversation."""
    query = select(Patient).where(Patient.conversation_id == conversation_id, Patient.state.in_(("active", "paused")))
    return session.execute(query).scalar_one_or_none()


def _earlier(session: Session, check_in: CheckIn, scored: str) -> tuple[float, ...]:
    query = select(CheckIn.id).where(CheckIn.asked_at < check_in.asked_at)
    if check_in.patient_id is not None:
        query = query.where(CheckIn.patient_id == check_in.patient_id)
    else:
        since = check_in.asked_at - _LOOKED_BACK
        query = query.where(CheckIn.conversation_id == check_in.conversation_id, CheckIn.asked_at >= since)
    before = list(session.execute(query.order_by(CheckIn.asked_at)).scalars())
    found = _answers(session, before, scored)
    return tuple(found[one] for one in before if one in found)


def _answers(session: Session, check_ins: Sequence[str], question: str) -> dict[str, float]:
    """The newest answer to a question in each of some check-ins."""
    query = (
        select(CheckInAnswer.check_in_id, CheckInAnswer.value)
        .where(CheckInAnswer.check_in_id.in_(check_ins), CheckInAnswer.question == question)
        .order_by(CheckInAnswer.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _is_newest(session: Session, conversation_id: str, position: int) -> bool:
    """Whether the last thing that anybody but the patient said before a message is a check-in's."""
    heard = (
        select(Entry.position)
        .join(Message, Message.id == Entry.message_id)
        .where(
            Entry.conversation_id == conversation_id,
            Entry.who == "patient",
            Message.position == position,
        )
        .scalar_subquery()
    )
    query = (
        select(Entry.payload)
        .where(Entry.conversation_id == conversation_id, Entry.who != "patient", Entry.position < heard)
        .order_by(Entry.position.desc())
        .limit(1)
    )
    payload = session.execute(query).scalar_one_or_none()
    return payload is not None and payload["kind"] == "check_in"
