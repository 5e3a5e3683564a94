"""`hipline patients`: the follow-up at the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.care import database, followups, patients
from bot.care.tables import now
from bot.followup import export, importing, programme
from bot.settings import Settings


class PatientsError(RuntimeError):
    """What was asked for can't be done. The message says why."""


def enrol(clinic: Settings, file: Path, say: Callable[[str], None], *, dry_run: bool) -> bool:
    """Enrols the patients of a CSV file; False where a line is wrong, and nobody is enrolled.

    Raises `NoTable`, `DataFileError`, `DatabaseError`.
    """
    text, followed = importing.read(file), programme.load(clinic.knowledge_folder)
    with database.opened(clinic.database_url) as store:
        done = importing.enrol(store, followed, text, now(), dry_run=dry_run)
    for wrong in done.wrong:
        say(f"{file}:{wrong.line}: {wrong.problem}")
    if done.wrong:
        say(f"{len(done.wrong)} lines are wrong; nobody was enrolled.")
        return False
    known = f", {done.known} of them were there before" if done.known else ""
    said = "would be enrolled" if dry_run else "enrolled"
    say(f"{done.enrolled} patients {said}{known}.")
    return True


def write_out(clinic: Settings, form: str, file: Path | None, say: Callable[[str], None]) -> None:
    """Writes all check-ins as `csv` or `fhir` to a file that only its owner can read, or to the terminal."""
    with database.opened(clinic.database_url) as store, store.read() as session:
        found = patients.listed(session, limit=None)
        check_ins = followups.check_ins_of(session, [one.id for one in found])
        rows = [(one, check_ins[one.id]) for one in found]
        text = export.as_csv(rows) if form == "csv" else export.as_fhir(rows)
    if file is None:
        say(text.rstrip())
        return
    try:
        file.touch(mode=0o600, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise PatientsError(f"{file} can't be written: {error.strerror}") from None
    say(f"{len(found)} patients written to {file}.")


def tell(clinic: Settings, say: Callable[[str], None], *, everybody: bool) -> None:
    """One line a follow-up: who, since when, how it goes."""
    states = None if everybody else ("active", "paused", "lost")
    with database.opened(clinic.database_url) as store, store.read() as session:
        found = followups.overview(session, now(), states)
        for one in found:
            say(_line(one))
    if not found:
        say("Nobody is followed up.")


def change(clinic: Settings, patient_id: str, how: str, say: Callable[[str], None]) -> None:
    """Pauses, resumes or ends a follow-up (`how`), by our id or the clinic's. Raises `PatientsError`."""
    with database.opened(clinic.database_url) as store, store.write() as session:
        patient = patients.find(session, patient_id)
        if patient is None:
            raise PatientsError(f"there is no patient {patient_id}: ./hipline patients list --all shows them")
        act = {"pause": patients.pause, "resume": patients.resume, "end": patients.end}[how]
        if not act(session, patient, now()) and patient.state not in ("active", "paused") and how != "end":
            raise PatientsError(f"the follow-up of {patient_id} is over ({patient.state})")
        say(f"{patient_id} is {patient.state}.")


def _line(one: followups.Followed) -> str:
    patient, last, coming = one.patient, one.last, one.next
    parts = [patient.external_id or patient.id, patient.number, f"{patient.injected_on} {patient.hip}", patient.state]
    if last is not None:
        parts.append(f"last {last.step or 'by hand'}: {last.state if last.score is None else f'{last.score:g}'}")
    if coming is not None and patient.state == "active":
        parts.append(f"next {coming.due_at:%Y-%m-%d %H:%M} UTC")
    marks = (("silent", one.is_silent), ("worsening", one.is_worsening), ("not reached", one.is_not_reached))
    return "  ".join([*parts, *(name for name, holds in marks if holds)])
