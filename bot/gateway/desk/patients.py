"""Patients who are followed up: enrolled, listed by how they do, one with a chart of the pain; paused and ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from bot.care import audit, followups, patients
from bot.care.callers import NumberError, number_of
from bot.care.followups import Followed
from bot.care.patients import NewPatient, PatientConflict
from bot.care.tables import Consent, Patient, now
from bot.followup.export import as_csv, as_fhir
from bot.gateway.desk import painchart
from bot.gateway.desk.access import Member, form, needs, signed_in
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

HERE = "/desk/patients"
LISTS: dict[str, tuple[str, Callable[[Followed], bool]]] = {
    "": ("All", lambda one: True),
    "worsening": ("Worsening", lambda one: one.is_worsening),
    "silent": ("Silent", lambda one: one.is_silent),
    "not-reached": ("Not reached", lambda one: one.is_not_reached),
}
STATES = {"active": "followed up", "paused": "paused", "done": "done", "ended": "ended", "lost": "lost: no answer"}
HIPS = {"left": "left", "right": "right", "both": "both"}
DONE = {"pause": "paused", "resume": "active", "end": "ended"}
FIELDS = ("number", "injected_on", "hip", "zone", "external_id")
_LONGEST = 200  # characters of a field

router = APIRouter(include_in_schema=False, prefix=HERE)
In = Annotated[State, Depends(state)]
Someone = Annotated[Member, Depends(signed_in)]
Reader = Annotated[Member, Depends(needs("clinician", "admin"))]
Fields = Annotated[dict[str, str], Depends(form)]


@router.get("")
async def show(request: Request, state: In, member: Someone, which: str = "") -> Response:
    """The follow-ups that go on, or were lost; those of one of the lists."""
    return await _page(request, state, member, which if which in LISTS else "")


@router.post("")
async def enrol(request: Request, state: In, member: Someone, fields: Fields) -> Response:
    """Begins a follow-up. What is wrong stands on the page, which keeps what was typed."""
    asked = {name: fields.get(name, "").strip()[:_LONGEST] for name in FIELDS}
    consent = _consent(state)
    if fields.get("agreed") != "yes":
        return await _page(request, state, member, "", asked, "The patient must have agreed to the words below.")
    try:
        number = number_of(asked["number"], state.settings.telephone_region)
        given = {**asked, "number": number, "external_id": asked["external_id"] or None}
        new = NewPatient.parse_obj({**given, "consent": consent, "consented_at": now()})
        patient_id = await to_thread.run_sync(_enrol, state, member, new)
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{str(first['loc'][0]).replace('_', ' ')}: {first['msg']}"
        return await _page(request, state, member, "", asked, problem)
    except (NumberError, PatientConflict) as error:
        return await _page(request, state, member, "", asked, str(error))
    return RedirectResponse(f"{HERE}/{patient_id}", 303, headers=HEADERS)


@router.get("/export.{kind}")
async def export(kind: Literal["csv", "json"], state: In, member: Reader) -> Response:
    """All follow-ups with their scores: a table, or a FHIR R4 bundle."""

    def read() -> str:
        with state.store.read() as session:
            rows = [(one.patient, one.check_ins) for one in followups.overview(session, now(), None)]
            made = as_csv(rows) if kind == "csv" else as_fhir(rows)
        with state.store.write() as session:
            audit.write(session, member.name, "exported the follow-ups", about=f"{len(rows)} as {kind}")
        return made

    content = await to_thread.run_sync(read)
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/fhir+json"
    name = f'attachment; filename="follow-ups.{kind}"'
    return Response(content, media_type=media, headers={**HEADERS, "Content-Disposition": name})


@router.get("/{patient_id}")
async def one(request: Request, patient_id: str, state: In, member: Someone) -> Response:
    """One follow-up: its chart, its check-ins, what the patient agreed to."""

    def read() -> tuple[Followed, list[Consent]]:
        with state.store.read() as session:
            found = next(
                (each for each in followups.overview(session, now(), None) if each.patient.id == patient_id), None
            )
            if found is None:
                raise Problem(404, "There is no such patient.")
            agreed = patients.consents(session, patient_id)
        with state.store.write() as session:
            audit.write(session, member.name, "looked at a follow-up", conversation_id=found.patient.conversation_id)
        return found, agreed

    found, agreed = await to_thread.run_sync(read)
    return render(
        request,
        "desk/patient.html",
        member,
        one=found,
        consents=agreed,
        chart=painchart.of(found, state.programme),
        states=STATES,
        zone=state.settings.hours.zone,
    )


@router.post("/{patient_id}/{how}")
async def change(
    patient_id: str, how: Literal["pause", "resume", "end"], state: In, member: Someone, fields: Fields
) -> Response:
    """Pauses, resumes or ends a follow-up. To do what is done already changes nothing."""
    changing: Callable[[Session, Patient, dt.datetime], bool] = getattr(patients, how)

    def write() -> None:
        with state.store.write() as session:
            patient = patients.find(session, patient_id)
            if patient is None:
                raise Problem(404, "There is no such patient.")
            if changing(session, patient, now()):
                audit.write(session, member.name, f"follow-up: {how}", conversation_id=patient.conversation_id)
            elif patient.state != DONE[how]:
                raise Problem(409, f"This follow-up is {STATES[patient.state]}: that can't be done now.")

    await to_thread.run_sync(write)
    return RedirectResponse(f"{HERE}/{patient_id}", 303, headers=HEADERS)


def _consent(state: State) -> str:
    """The words that a patient agrees to."""
    return state.speech.words("follow_up_consent", value=str(state.programme.last_day))


def _enrol(state: State, member: Member, new: NewPatient) -> str:
    with state.store.write() as session:
        patient = patients.enrol(session, state.programme, new, now())
        audit.write(session, member.name, "enrolled a patient", conversation_id=patient.conversation_id)
        return str(patient.id)


async def _page(
    request: Request, state: State, member: Member, which: str, asked: dict[str, str] | None = None, problem: str = ""
) -> Response:
    def read() -> list[Followed]:
        with state.store.read() as session:
            return followups.overview(session, now())

    found = await to_thread.run_sync(read)
    zone = state.settings.hours.zone
    empty = {**dict.fromkeys(FIELDS, ""), "injected_on": f"{now().astimezone(zone).date()}", "zone": str(zone)}
    return render(
        request,
        "desk/patients.html",
        member,
        422 if problem else 200,
        asked=asked or empty,
        problem=problem,
        found=[each for each in found if LISTS[which][1](each)],
        counts={name: sum(map(fits, found)) for name, (_, fits) in LISTS.items()},
        lists={name: words for name, (words, _) in LISTS.items()},
        which=which,
        states=STATES,
        hips=HIPS,
        consent=_consent(state),
        zone=zone,
    )
