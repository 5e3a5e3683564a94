"""How the follow-ups go: each patient's check-ins with their scores; who is silent, worsening, not reached."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import texts
from bot.care.tables import CheckIn, CheckInAnswer, Escalation, OutgoingText, Patient
from bot.followup.judgement import REASONS, WARNING, WORSE

_URGENT = (*REASONS, WARNING, WORSE)
_AT_ONCE = 500  # patients a query
_RECENT = dt.timedelta(days=7)  # within which an urgent answer counts as worsening
_NOT_REACHED = (texts.UNDELIVERED, texts.FAILED)


@dataclass(frozen=True)
class CheckInOf:
    """A check-in with its newest score; `warning` is the answer to the question after it, where there is one.

    `reason` says why an answer of it was urgent, `reason` and `level` being those of the gravest answer.
    """

    id: str
    step: str | None
    day: int | None
    due_at: dt.datetime
    state: str
    asked_at: dt.datetime | None
    score: float | None
    scored_at: dt.datetime | None
    level: str | None
    reason: str | None


@dataclass(frozen=True)
class Followed:
    """A follow-up at a glance. `engagement` is the share of the check-ins asked that have an answer, if any was."""

    patient: Patient
    check_ins: tuple[CheckInOf, ...]
    last: CheckInOf | None  # the last one that was asked
    next: CheckInOf | None  # the next one that is planned
    engagement: float | None
    escalations: tuple[dt.datetime, ...]  # when warning signs were raised in the conversation, since the injection
    is_silent: bool  # the last check-in has no word of an answer, or the patient is lost
    is_worsening: bool  # an answer of late was urgent, or the last score is above the one before
    is_not_reached: bool  # the last text did not arrive


def overview(
    session: Session, at: dt.datetime, states: tuple[str, ...] | None = ("active", "paused", "lost")
) -> list[Followed]:
    """The follow-ups in some states, or all, the newest first; each as it stands at a time."""
    query = select(Patient).order_by(Patient.enrolled_at.desc(), Patient.id)
    found = list(session.execute(query if states is None else query.where(Patient.state.in_(states))).scalars())
    ids = [one.id for one in found]
    check_ins = check_ins_of(session, ids)
    conversations = [one.conversation_id for one in found]
    raised, not_reached = _escalations(session, conversations), _not_reached(session, conversations)
    return [_followed(one, check_ins[one.id], raised[one.conversation_id], not_reached, at) for one in found]


def silent(found: Sequence[Followed]) -> list[Followed]:
    """Those who do not answer."""
    return [one for one in found if one.is_silent]


def worsening(found: Sequence[Followed]) -> list[Followed]:
    """Those who get worse."""
    return [one for one in found if one.is_worsening]


def not_reached(found: Sequence[Followed]) -> list[Followed]:
    """Those whose last text did not arrive."""
    return [one for one in found if one.is_not_reached]


def check_ins_of(session: Session, patients: Sequence[str]) -> dict[str, list[CheckInOf]]:
    """The check-ins of some patients by the patient, in the order of their times."""
    found: dict[str, list[CheckInOf]] = defaultdict(list)
    for start in range(0, len(patients), _AT_ONCE):
        part = list(patients[start : start + _AT_ONCE])
        answers: dict[str, list[CheckInAnswer]] = defaultdict(list)
        query = select(CheckInAnswer).join(CheckIn, CheckIn.id == CheckInAnswer.check_in_id)
        for answer in session.execute(query.where(CheckIn.patient_id.in_(part)).order_by(CheckInAnswer.id)).scalars():
            answers[answer.check_in_id].append(answer)
        rows = select(CheckIn).where(CheckIn.patient_id.in_(part)).order_by(CheckIn.due_at, CheckIn.id)
        for row in session.execute(rows).scalars():
            found[row.patient_id].append(_check_in(row, answers[row.id]))
    return found


def _check_in(row: CheckIn, answers: Sequence[CheckInAnswer]) -> CheckInOf:
    newest = {answer.question: answer for answer in answers}
    scores = [
        answer for answer in newest.values() if answer.level in ("mild", "expected", "high") or answer.reason in REASONS
    ]
    score = scores[-1] if scores else None
    urgent = next((answer for answer in newest.values() if answer.reason is not None), None)
    gravest = urgent or score
    return CheckInOf(
        id=row.id,
        step=row.step,
        day=row.day,
        due_at=row.due_at,
        state=row.state,
        asked_at=row.asked_at,
        score=None if score is None else score.value,
        scored_at=None if score is None else score.at,
        level=None if gravest is None else gravest.level,
        reason=None if gravest is None else gravest.reason,
    )


def _followed(
    patient: Patient, check_ins: Sequence[CheckInOf], raised: Sequence[dt.datetime], lost: set[str], at: dt.datetime
) -> Followed:
    asked = [one for one in check_ins if one.asked_at is not None and one.asked_at <= at]
    scored = [one for one in asked if one.score is not None]
    over = [one for one in asked if one.state != "asked"]
    answered = sum(one.state == "answered" for one in over)
    rises = len(scored) > 1 and (scored[-1].score or 0) > (scored[-2].score or 0)
    urgent = any(one.reason in _URGENT and one.asked_at and one.asked_at >= at - _RECENT for one in asked)
    return Followed(
        patient=patient,
        check_ins=tuple(check_ins),
        last=asked[-1] if asked else None,
        next=next((one for one in check_ins if one.state == "planned"), None),
        engagement=answered / len(over) if over else None,
        escalations=tuple(one for one in raised if one >= patient.enrolled_at),
        is_silent=patient.state == "lost" or bool(over and over[-1].state == "silent"),
        is_worsening=urgent or rises,
        is_not_reached=patient.conversation_id in lost,
    )


def _escalations(session: Session, conversations: Sequence[str]) -> dict[str, list[dt.datetime]]:
    found: dict[str, list[dt.datetime]] = defaultdict(list)
    for start in range(0, len(conversations), _AT_ONCE):
        part = list(conversations[start : start + _AT_ONCE])
        query = select(Escalation.conversation_id, Escalation.raised_at).where(Escalation.conversation_id.in_(part))
        for conversation_id, raised_at in session.execute(query.order_by(Escalation.raised_at)):
            found[conversation_id].append(raised_at)
    return found


def _not_reached(session: Session, conversations: Sequence[str]) -> set[str]:
    """The conversations whose newest text did not arrive."""
    found: dict[str, str] = {}
    for start in range(0, len(conversations), _AT_ONCE):
        part = list(conversations[start : start + _AT_ONCE])
        query = select(OutgoingText.conversation_id, OutgoingText.state).where(OutgoingText.conversation_id.in_(part))
        found.update((row[0], row[1]) for row in session.execute(query.order_by(OutgoingText.position)))
    return {conversation_id for conversation_id, state in found.items() if state in _NOT_REACHED}
