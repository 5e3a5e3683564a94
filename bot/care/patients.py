"""Patients who are followed up after an injection: enrolled with their consent, paused, ended."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from pydantic import BaseModel, ConstrainedStr, Extra, Field, StrictStr, validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import checkins, conversations, rows
from bot.care.tables import CheckIn, Consent, Patient
from bot.followup import schedule
from bot.followup.programme import Programme

FOLLOWED = ("active", "paused")
_EARLIEST_YEAR = 2000
_AHEAD = dt.timedelta(days=90)  # for which an injection may be planned


class PatientConflict(ValueError):
    """A patient can't be enrolled, or changed so. The message says why."""


class _Line(ConstrainedStr):
    strip_whitespace = True
    min_length = 1
    max_length = 500


class NewPatient(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """What is told of a patient who is to be followed up."""

    number: StrictStr = Field(description="A telephone number in E.164, such as +12025550123.")
    injected_on: dt.date = Field(description="The day of the injection, as 2026-11-24.")
    hip: Literal["left", "right", "both"]
    consent: _Line = Field(description="The words that the patient agreed to.")
    consented_at: dt.datetime = Field(description="When, with its zone, as 2026-11-24T09:30:00-05:00.")
    zone: StrictStr = Field(description="The patient's time zone, such as America/Chicago.")
    language: StrictStr = Field("en", min_length=2, max_length=16, description="The language, such as en.")
    external_id: StrictStr | None = Field(None, min_length=1, max_length=128, description="Makes a repeat harmless.")

    @validator("number")
    def _is_a_number(cls, value: str) -> str:
        return number_of(value)

    @validator("injected_on", pre=True)
    def _is_a_date(cls, value: object) -> object:
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            raise ValueError("must be a date such as 2026-11-24") from None

    @validator("injected_on")
    def _is_a_day_of_ours(cls, value: dt.date) -> dt.date:
        if value.year < _EARLIEST_YEAR:
            raise ValueError(f"must be after the year {_EARLIEST_YEAR}")
        return value

    @validator("consented_at")
    def _has_a_zone(cls, value: dt.datetime) -> dt.datetime:
        if value.tzinfo is None:
            raise ValueError("must name its zone, as 2026-11-24T09:30:00-05:00")
        return value

    @validator("zone")
    def _is_known(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError("must be a time zone such as America/Chicago")
        return value

    @validator("external_id", "language")
    def _is_printable(cls, value: str | None) -> str | None:
        if value is not None and (not value.isprintable() or not value.strip()):
            raise ValueError("must not be blank or hold control characters")
        return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # which looks through hundreds of files each time


def number_of(text: str) -> str:
    """A telephone number in E.164 as it is kept. Raises `ValueError`, which says what is wrong with it."""
    wrong = "must be a telephone number in E.164, such as +12025550123"
    if not text.startswith("+") or not text[1:].isdigit() or not text.isascii():
        raise ValueError(wrong)
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise ValueError(wrong) from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{wrong}: this one has too few or too many digits, or a country code that is none")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def enrol(session: Session, programme: Programme, new: NewPatient, at: dt.datetime) -> Patient:
    """Begins a follow-up: the patient, the consent, and a row for each check-in to come, in this transaction.

    The same `external_id` with the same values gives the one that is there. Raises `PatientConflict` where they
    differ, where the number is followed up already, and where nothing is left to ask.
    """
    if new.external_id is not None:
        known = session.execute(select(Patient).where(Patient.external_id == new.external_id)).scalar_one_or_none()
        if known is not None:
            return _same(known, new)
    if new.consented_at > at + dt.timedelta(minutes=5):
        raise PatientConflict("consented_at: lies in the future")
    day = (at.astimezone(ZoneInfo(new.zone)).date() - new.injected_on).days
    if day > programme.last_day:
        raise PatientConflict(f"injected_on: the follow-up ends {programme.last_day} days after the injection")
    if day < -_AHEAD.days:
        raise PatientConflict(f"injected_on: lies more than {_AHEAD.days} days ahead")
    conversation_id = conversations.id_made(session, "sms", new.number)
    if checkins.followed(session, conversation_id) is not None:
        raise PatientConflict("number: is followed up already; end that follow-up first")
    patient = Patient(
        external_id=new.external_id,
        conversation_id=conversation_id,
        number=new.number,
        injected_on=new.injected_on,
        hip=new.hip,
        language=new.language,
        zone=new.zone,
        programme=programme.name,
        state="active",
        changed_at=at,
        enrolled_at=at,
    )
    session.add(patient)
    session.flush()
    session.add(Consent(patient_id=patient.id, wording=new.consent, given_at=new.consented_at, recorded_at=at))
    for planned in schedule.plan(programme, new.injected_on, new.zone, at):
        session.add(
            CheckIn(
                conversation_id=conversation_id,
                patient_id=patient.id,
                step=planned.step.id,
                day=planned.step.day,
                due_at=planned.due_at,
                late_at=planned.late_at,
                state="planned",
            )
        )
    session.flush()
    return patient


def _same(known: Patient, new: NewPatient) -> Patient:
    for name in ("number", "injected_on", "hip", "language", "zone"):
        if getattr(known, name) != getattr(new, name):
            raise PatientConflict(f"external_id: is that of another follow-up, whose {name} differs")
    return known


def find(session: Session, patient_id: str) -> Patient | None:
    """A patient, by our own id or by the clinic's, locked where the database can."""
    query = select(Patient).where((Patient.id == patient_id) | (Patient.external_id == patient_id))
    return session.execute(query.order_by(Patient.id).with_for_update()).scalars().first()


def listed(session: Session, states: tuple[str, ...] | None = None, limit: int | None = 1000) -> list[Patient]:
    """Patients in some states, or all, the newest first."""
    query = select(Patient).order_by(Patient.enrolled_at.desc(), Patient.id).limit(limit)
    return list(session.execute(query if states is None else query.where(Patient.state.in_(states))).scalars())


def consents(session: Session, patient_id: str) -> list[Consent]:
    """What a patient agreed to, the oldest first."""
    return list(session.execute(select(Consent).where(Consent.patient_id == patient_id).order_by(Consent.id)).scalars())


def pause(session: Session, patient: Patient, at: dt.datetime) -> bool:
    """Nothing is sent until `resume`. False where that changes nothing."""
    return _change(session, patient, ("active",), "paused", at)


def resume(session: Session, patient: Patient, at: dt.datetime) -> bool:
    """What is due from now on is sent again; what was due in between stays missed."""
    return _change(session, patient, ("paused",), "active", at)


def end(session: Session, patient: Patient, at: dt.datetime, state: Literal["ended", "done", "lost"] = "ended") -> bool:
    """No more check-ins. False where the follow-up was over before."""
    if not _change(session, patient, FOLLOWED, state, at):
        return False
    planned = (CheckIn.patient_id == patient.id, CheckIn.state == "planned")
    rows.change(session, CheckIn, *planned, state="cancelled", settled_at=at)
    return True


def day_of(patient: Patient, at: dt.datetime) -> int:
    """The day from the injection, by the patient's own calendar."""
    day: int = (at.astimezone(ZoneInfo(patient.zone)).date() - patient.injected_on).days
    return day


def _change(session: Session, patient: Patient, states: tuple[str, ...], to: str, at: dt.datetime) -> bool:
    mine = (Patient.id == patient.id, Patient.state.in_(states))
    changed = rows.change(session, Patient, *mine, state=to, changed_at=at)
    session.refresh(patient)
    return changed
