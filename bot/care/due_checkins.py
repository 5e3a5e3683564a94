"""Check-ins that are due: each is said once, in the transaction that takes it; what is too late is marked as missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import checkins, handoffs, patients, rows, timeline
from bot.care.tables import CheckIn, OutgoingText, Patient
from bot.followup import schedule
from bot.followup.programme import Programme
from bot.followup.wording import Wording
from bot.replies import Reply

IsOut = Callable[[Session, str], bool]
Outcome = Literal["asked", "missed", "stopped", "replaced", "lost", "taken"]


def due(session: Session, at: dt.datetime, limit: int) -> list[str]:
    """The planned check-ins of active patients whose time has come, the oldest first."""
    query = (
        select(CheckIn.id)
        .join(Patient, Patient.id == CheckIn.patient_id)
        .where(CheckIn.state == "planned", CheckIn.due_at <= at, Patient.state == "active")
        .order_by(CheckIn.due_at, CheckIn.id)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def take(
    session: Session, check_in_id: str, programme: Programme, wording: Wording, is_out: IsOut, at: dt.datetime
) -> Outcome:
    """Says a check-in that is due, or marks why not. `taken`: another process was faster, and nothing is done.

    Whoever changes the row says it, in one transaction: a process that is killed in between has done neither.
    """
    mine = (CheckIn.id == check_in_id, CheckIn.state == "planned")
    if not rows.change(session, CheckIn, *mine, state="asked", asked_at=at):
        return "taken"
    row = session.execute(
        select(CheckIn, Patient)
        .join(Patient, Patient.id == CheckIn.patient_id)
        .where(CheckIn.id == check_in_id)
        .with_for_update(of=Patient)
    ).one()
    check_in, patient = row[0], row[1]
    others = _asked(session, check_in)
    instead = _instead(check_in, patient, others, programme, at)
    if instead is None and is_out(session, patient.number):
        instead = "stopped"
    if instead is None and handoffs.holder_of(session, check_in.conversation_id) is not None:
        instead = "planned"  # a program's question is out of place while a person talks with them; it waits its window
    if instead is not None:
        check_in.state, check_in.asked_at = instead, None
        check_in.settled_at = None if instead == "planned" else at
        session.flush()
        return "taken" if instead == "planned" else instead
    for other in others:
        if other.state == "asked":
            checkins.settle(session, other, at)
    if _is_silent([one for one in others if one.patient_id == patient.id], programme.silences):
        check_in.state, check_in.asked_at, check_in.settled_at = "cancelled", None, at
        session.flush()
        _lose(session, patient, programme, wording, at)
        return "lost"
    step = programme.step(check_in.step)
    question = step.ask[0] if step is not None else next(iter(programme.questions))
    check_in.waiting_for = question
    check_in.answer_by = at + dt.timedelta(hours=programme.answer_hours)
    session.flush()
    _say(session, patient, wording.question(question, first=not others), programme, at)
    return "asked"


def to_repeat(session: Session, at: dt.datetime, limit: int) -> list[str]:
    """The check-ins whose question is to be put once more."""
    query = select(CheckIn.id).where(CheckIn.again_at <= at).order_by(CheckIn.again_at).limit(limit)
    return list(session.execute(query).scalars())


def repeat(
    session: Session, check_in_id: str, programme: Programme, wording: Wording, is_out: IsOut, at: dt.datetime
) -> bool:
    """Puts a question once more, where it still waits and the patient may be texted now. Never twice."""
    mine = (CheckIn.id == check_in_id, CheckIn.again_at.isnot(None))
    if not rows.change(session, CheckIn, *mine, again_at=None, repeated_at=at):
        return False
    check_in = session.execute(select(CheckIn).where(CheckIn.id == check_in_id)).scalar_one()
    patient = session.execute(select(Patient).where(Patient.id == check_in.patient_id)).scalar_one()
    if check_in.state != "asked" or check_in.waiting_for not in programme.questions or check_in.answer_by <= at:
        return False
    if patient.state != "active" or is_out(session, patient.number) or not schedule.is_day(programme, patient.zone, at):
        return False
    if handoffs.holder_of(session, check_in.conversation_id) is not None:
        return False
    _say(session, patient, wording.question(check_in.waiting_for, again=True), programme, at)
    return True


def overdue(session: Session, at: dt.datetime, limit: int) -> list[str]:
    """The check-ins for whose answer nobody waits any longer."""
    query = select(CheckIn.id).where(CheckIn.state == "asked", CheckIn.answer_by <= at)
    return list(session.execute(query.order_by(CheckIn.answer_by).limit(limit)).scalars())


def close(
    session: Session, check_in_id: str, programme: Programme, wording: Wording, is_out: IsOut, at: dt.datetime
) -> Outcome | None:
    """Ends the waiting for an answer; after too many silences the patient hears so, once, and is lost."""
    check_in = session.execute(select(CheckIn).where(CheckIn.id == check_in_id).with_for_update()).scalar_one()
    if check_in.state != "asked" or check_in.answer_by > at:
        return None
    patient = None
    if check_in.patient_id is not None:
        query = select(Patient).where(Patient.id == check_in.patient_id)
        patient = session.execute(query.with_for_update()).scalar_one()
        if patient.state == "active" and not schedule.is_day(programme, patient.zone, at):
            # The last message may have to be said with it, and that can't be at night.
            check_in.answer_by = schedule.next_morning(programme, patient.zone, at)
            session.flush()
            return None
    checkins.settle(session, check_in, at)
    if patient is None or patient.state != "active" or is_out(session, patient.number):
        return None
    others = [one for one in _asked(session, check_in) if one.patient_id == patient.id]
    if not _is_silent([check_in, *others], programme.silences):
        return None
    _lose(session, patient, programme, wording, at)
    return "lost"


def finish(session: Session, programme: Programme, at: dt.datetime, limit: int) -> int:
    """Follow-ups whose last day is over are done; returns how many."""
    before = (at - dt.timedelta(days=programme.last_day)).date()
    query = select(Patient).where(Patient.state.in_(patients.FOLLOWED), Patient.injected_on <= before)
    over = [
        one for one in session.execute(query.limit(limit)).scalars() if patients.day_of(one, at) > programme.last_day
    ]
    return sum(patients.end(session, one, at, "done") for one in over)


def is_over(session: Session, programme: Programme, at: dt.datetime) -> bool:
    """Whether `finish` would find a follow-up, or perhaps one in a zone where it is a day earlier."""
    before = (at - dt.timedelta(days=programme.last_day)).date()
    query = select(Patient.id).where(Patient.state.in_(patients.FOLLOWED), Patient.injected_on <= before).limit(1)
    return session.execute(query).first() is not None


def _instead(
    check_in: CheckIn, patient: Patient, others: Sequence[CheckIn], programme: Programme, at: dt.datetime
) -> Any:
    """The state of a check-in that is not to be said now; None where it may be."""
    if patient.state != "active":
        return "planned"
    if check_in.late_at <= at:
        return "missed"
    if not schedule.is_day(programme, patient.zone, at):
        return "planned"
    first, last = schedule.local_day(patient.zone, at)
    return "replaced" if any(first <= one.asked_at < last for one in others) else None


def _asked(session: Session, check_in: CheckIn) -> list[CheckIn]:
    """The other check-ins of a conversation that were asked, the newest first."""
    query = select(CheckIn).where(
        CheckIn.conversation_id == check_in.conversation_id, CheckIn.asked_at.isnot(None), CheckIn.id != check_in.id
    )
    return list(session.execute(query.order_by(CheckIn.asked_at.desc())).scalars())


def _is_silent(check_ins: Sequence[CheckIn], silences: int) -> bool:
    """Whether the first of some check-ins, the newest, were met with silence, so many of them."""
    return [one.state for one in check_ins[:silences]] == ["silent"] * silences


def _lose(session: Session, patient: Patient, programme: Programme, wording: Wording, at: dt.datetime) -> None:
    if patients.end(session, patient, at, "lost"):
        _say(session, patient, wording.last(), programme, at)


def _say(session: Session, patient: Patient, reply: Reply, programme: Programme, at: dt.datetime) -> None:
    """Says it, as a text that is sent before the evening's end or not at all, however long the line is down."""
    entry = timeline.say(session, patient.conversation_id, reply, at=at)
    ends = schedule.evening(programme, patient.zone, at)
    later = (OutgoingText.entry_id == entry.id, OutgoingText.expires_at > ends)
    rows.change(session, OutgoingText, *later, expires_at=ends)
