"""The scores of patients for other programs: a table, and a bundle of FHIR R4 Observations."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from bot.care.followups import CheckInOf
from bot.care.tables import Patient

Rows = Sequence[tuple[Patient, Sequence[CheckInOf]]]

_LOINC = "http://loinc.org"
_PAIN = "72514-3"
_PAIN_IN_WORDS = "Pain severity - 0-10 verbal numeric rating [Score] - Reported"
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_OF_PATIENT = ("id", "external_id", "number", "injected_on", "hip", "state")
_OF_CHECK_IN = ("step", "day", "due_at", "asked_at", "state", "score", "scored_at", "level", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Rows) -> str:
    """One line a check-in. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["patient", *_OF_PATIENT[1:], *(f"check_in_{name}" for name in _OF_CHECK_IN)])
    for patient, check_ins in rows:
        of_patient = [_cell(getattr(patient, name)) for name in _OF_PATIENT]
        for one in check_ins:
            writer.writerow([*of_patient, *(_cell(getattr(one, name)) for name in _OF_CHECK_IN)])
    return out.getvalue()


def as_fhir(rows: Rows) -> str:
    """A bundle of the patients and their pain scores as JSON, checked against FHIR R4.

    What the clinic calls a patient is the identifier, as it was given; Hipline makes none up. References within the
    bundle are UUIDs of its own.
    """
    from fhir.resources.R4B.bundle import Bundle  # takes a second to import

    entries: list[dict[str, Any]] = []
    for patient, check_ins in rows:
        scored = [one for one in check_ins if one.score is not None]
        if not scored:
            continue
        entries.append({"fullUrl": _urn(patient.id), "resource": _patient(patient)})
        entries += [{"fullUrl": _urn(one.id), "resource": _observation(patient, one)} for one in scored]
    bundle = Bundle.parse_obj({"resourceType": "Bundle", "type": "collection", "entry": entries})
    return str(bundle.json(indent=1))


def _patient(patient: Patient) -> Mapping[str, Any]:
    found: dict[str, Any] = {"resourceType": "Patient", "telecom": [{"system": "phone", "value": patient.number}]}
    if patient.external_id is not None:
        found["identifier"] = [{"value": patient.external_id}]
    return found


def _observation(patient: Patient, one: CheckInOf) -> Mapping[str, Any]:
    sides = {"both": "both hips"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORIES, "code": "survey", "display": "Survey"}]}],
        "code": {"coding": [{"system": _LOINC, "code": _PAIN, "display": _PAIN_IN_WORDS}]},
        "subject": {"reference": _urn(patient.id)},
        "effectiveDateTime": one.scored_at,
        "valueQuantity": {
            "value": one.score,
            "unit": "{score}",
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
        "bodySite": {"text": sides.get(patient.hip, f"{patient.hip} hip")},
    }


def _urn(row_id: str) -> str:
    return f"urn:uuid:{uuid.UUID(row_id)}"


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
