"""`/api/patients`: who is followed up after an injection; for the clinic's own programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from bot.care import patients
from bot.care.followups import CheckInOf, check_ins_of
from bot.care.patients import NewPatient, PatientConflict
from bot.care.tables import Patient, now
from bot.gateway.api import authorized, json_of, parse
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

MOST = 1000

router = APIRouter(prefix="/api/patients", dependencies=[Depends(authorized)])
_DESCRIBED: dict[str, Any] = {"openapi_extra": {"security": [{"bearer": []}]}}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": "error.code, error.message"} for status in (400, 401, 404, 409, 413, 422, 503)
}


class CheckInOut(BaseModel):
    """A check-in: planned, asked or over. `score` is the last one given."""

    step: str | None
    day: int | None
    due_at: dt.datetime
    state: str
    asked_at: dt.datetime | None
    score: float | None
    level: str | None
    reason: str | None


class PatientOut(BaseModel):
    """A follow-up as it is now."""

    id: str
    external_id: str | None
    number: str
    injected_on: dt.date
    hip: str
    language: str
    zone: str
    state: str
    changed_at: dt.datetime
    enrolled_at: dt.datetime


class WholePatientOut(PatientOut):
    """The same with its consents and check-ins."""

    consents: list[dict[str, Any]]
    check_ins: list[CheckInOut]


@router.post(
    "",
    response_model=WholePatientOut,
    openapi_extra={
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": NewPatient.schema()}}},
    },
    responses=_ERRORS,
)
async def post_patient(request: Request, state: Annotated[State, Depends(state)]) -> WholePatientOut:
    """Begins a follow-up. The same `external_id` with the same values gives the one that is there."""
    new = parse(NewPatient, await json_of(request))

    def enrol() -> WholePatientOut:
        try:
            with state.store.write() as session:
                return _whole(session, patients.enrol(session, state.programme, new, now()))
        except PatientConflict as error:
            raise Problem(409, str(error)) from None

    return await to_thread.run_sync(enrol)


@router.get("", response_model=list[PatientOut], responses=_ERRORS, **_DESCRIBED)
async def list_patients(
    state_of: Annotated[State, Depends(state)],
    state: Literal["followed", "active", "paused", "done", "ended", "lost", "all"] = "followed",
) -> list[PatientOut]:
    """Follow-ups in one state, those that go on (`followed`), or all; the newest first, 1,000 at most."""
    states = {"followed": patients.FOLLOWED, "all": None}.get(state, (state,))

    def read() -> list[PatientOut]:
        with state_of.store.read() as session:
            return [PatientOut(**_fields(one)) for one in patients.listed(session, states, MOST)]

    return await to_thread.run_sync(read)


@router.get("/{patient_id}", response_model=WholePatientOut, responses=_ERRORS, **_DESCRIBED)
async def get_patient(patient_id: str, state: Annotated[State, Depends(state)]) -> WholePatientOut:
    """One follow-up, by our own id or by the clinic's."""

    def read() -> WholePatientOut:
        with state.store.read() as session:
            return _whole(session, _found(session, patient_id))

    return await to_thread.run_sync(read)


@router.post("/{patient_id}/{how}", response_model=WholePatientOut, responses=_ERRORS, **_DESCRIBED)
async def change_patient(
    patient_id: str, how: Literal["pause", "resume", "end"], state: Annotated[State, Depends(state)]
) -> WholePatientOut:
    """Pauses, resumes or ends a follow-up. To do what is done already changes nothing."""
    done = {"pause": "paused", "resume": "active", "end": "ended"}[how]
    change: Callable[[Session, Patient, dt.datetime], bool] = getattr(patients, how)

    def write() -> WholePatientOut:
        with state.store.write() as session:
            patient = _found(session, patient_id)
            if not change(session, patient, now()) and patient.state != done:
                raise Problem(409, f"This follow-up is {patient.state}: it can't be {done}.")
            return _whole(session, patient)

    return await to_thread.run_sync(write)


def _found(session: Session, patient_id: str) -> Patient:
    patient = patients.find(session, patient_id)
    if patient is None:
        raise Problem(404, "There is no such patient.")
    return patient


def _fields(patient: Patient) -> dict[str, Any]:
    return {name: getattr(patient, name) for name in PatientOut.__fields__}


def _whole(session: Session, patient: Patient) -> WholePatientOut:
    consents = [
        {"wording": one.wording, "given_at": one.given_at, "recorded_at": one.recorded_at}
        for one in patients.consents(session, patient.id)
    ]
    check_ins = [CheckInOut(**_check_in(one)) for one in check_ins_of(session, [patient.id])[patient.id]]
    return WholePatientOut(**_fields(patient), consents=consents, check_ins=check_ins)


def _check_in(one: CheckInOf) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CheckInOut.__fields__}
