"""How follow-ups go, and their scores for other programs."""

from __future__ import annotations

import csv
import io
import json
import uuid

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import select, update

from bot.care import checkins, followups, messages
from bot.care.followups import Followed
from bot.care.tables import CheckIn, OutgoingText, Patient
from bot.followup import export
from tests.followup.conftest import Line


def scored(line: Line, value: float, level: str = "mild", reason: str | None = None) -> None:
    """The patient's answer to the check-in that waits."""
    received = messages.receive(line.store, "sms", "+12025550123", f"{value:g}", None, "sms")
    with line.store.write() as session:
        messages.answer(session, received.id, [], "test", at=line.now)
        session.execute(update(messages.Message).where(messages.Message.id == received.id).values(received_at=line.now))
        waiting = session.execute(select(CheckIn).where(CheckIn.state == "asked")).scalar_one()
        how = {"level": level, "reason": reason, "at": line.now, "then": None, "answer_by": waiting.answer_by}
        checkins.record(session, waiting.id, received.id, "pain_score", value, **how)


def overview(line: Line) -> list[Followed]:
    with line.store.read() as session:
        return followups.overview(session, line.now)


def test_a_follow_up_shows_its_last_and_next_check_in_and_how_often_it_is_answered(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T00:00")
    scored(line, 5)
    line.at("2026-03-03T16:00")
    line.at("2026-03-04T16:00")
    [one] = overview(line)
    assert one.last is not None
    assert one.next is not None
    assert (one.last.step, one.next.step, one.engagement) == ("day2", "day3", 0.5)
    assert [check_in.score for check_in in one.check_ins[:2]] == [5, None]
    assert (one.is_silent, one.is_worsening, one.is_not_reached) == (True, False, False)
    assert followups.silent([one]) == [one]


def test_who_gets_worse_and_who_is_not_reached_is_found(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T00:00")
    scored(line, 2)
    assert followups.worsening(overview(line)) == []
    line.at("2026-03-03T16:00")
    scored(line, 5, "urgent", "pain_rise")
    [one] = followups.worsening(overview(line))
    assert one.last is not None
    assert (one.last.score, one.last.level, one.last.reason) == (5, "urgent", "pain_rise")
    assert followups.not_reached([one]) == []
    with line.store.write() as session:
        session.execute(update(OutgoingText).values(state="undelivered"))
    assert [found.patient.id for found in followups.not_reached(overview(line))] == [one.patient.id]


def rows(line: Line) -> export.Rows:
    with line.store.read() as session:
        patient = session.execute(select(Patient)).scalar_one()
        return [(patient, followups.check_ins_of(session, [patient.id])[patient.id])]


@pytest.mark.parametrize("ident", ["=HYPERLINK(1)", "+1", "-1", "@x"])
def test_no_cell_of_the_table_is_a_formula(line: Line, ident: str) -> None:
    line.enrol(external_id=ident)
    line.at("2026-03-03T00:00")
    scored(line, 6.5)
    table = list(csv.DictReader(io.StringIO(export.as_csv(rows(line)), newline="")))
    assert len(table) == 8
    assert (table[0]["external_id"], table[0]["number"]) == (f"'{ident}", "'+12025550123")
    assert (table[0]["check_in_score"], table[0]["check_in_state"]) == ("6.5", "answered")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in table for cell in row.values())


def test_the_bundle_is_fhir_with_one_observation_a_score_and_no_identifier_made_up(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T00:00")
    scored(line, 6.5)
    line.at("2026-03-03T16:00")
    text = export.as_fhir(rows(line))
    Bundle.parse_raw(text)
    patient, observation = (entry["resource"] for entry in json.loads(text)["entry"])
    assert "identifier" not in patient
    assert observation["code"]["coding"][0]["code"] == "72514-3"
    assert observation["valueQuantity"]["value"] == 6.5
    assert observation["effectiveDateTime"].startswith("2026-03-03T00:00:00")
    assert observation["subject"]["reference"] == json.loads(text)["entry"][0]["fullUrl"]
    uuid.UUID(observation["subject"]["reference"].removeprefix("urn:uuid:"))


def test_the_clinic_s_own_identifier_is_that_of_the_bundle(line: Line) -> None:
    line.enrol(external_id="A-1")
    line.at("2026-03-03T00:00")
    scored(line, 1)
    bundle = json.loads(export.as_fhir(rows(line)))
    assert bundle["entry"][0]["resource"]["identifier"] == [{"value": "A-1"}]
