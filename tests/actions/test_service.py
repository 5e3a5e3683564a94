from __future__ import annotations

import pytest

from actions.service import ActionClinicInfo, ActionHandoff
from bot import speech
from tests.actions.conftest import Run


def test_who_wants_a_person_is_told_where_and_when_to_reach_one(run: Run) -> None:
    [reply] = run(ActionHandoff(), intent="talk_to_person").replies
    assert reply["kind"] == "handoff"
    assert "call (202) 555-0142" in reply["text"]
    assert "weekdays from 8 to 5" in reply["text"]


def test_who_wants_an_appointment_is_told_that_it_can_t_be_made_here(run: Run) -> None:
    [reply] = run(ActionHandoff(), intent="appointment").replies
    assert reply["kind"] == "handoff"
    assert "I can't see or change appointments" in reply["text"]


def test_hours_come_from_the_settings(run: Run) -> None:
    [reply] = run(ActionClinicInfo(), intent="clinic_hours").replies
    assert reply["kind"] == "clinic_info"
    assert "weekdays from 8 to 5" in reply["text"]


@pytest.mark.parametrize("intent", ["clinic_cost", "clinic_insurance", "clinic_location"])
def test_what_the_settings_leave_out_is_handed_to_a_person(run: Run, intent: str) -> None:
    [reply] = run(ActionClinicInfo(), intent=intent).replies
    assert reply["kind"] == "handoff"
    assert "(202) 555-0142" in reply["text"]


def test_telephone_and_mail_are_told_together(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPLINE_CLINIC_EMAIL", "desk@clinic.test")
    speech.current.cache_clear()
    [reply] = run(ActionClinicInfo(), intent="clinic_contact").replies
    assert "(202) 555-0142, desk@clinic.test" in reply["text"]


SET = [
    ("clinic_cost", "COST", "ask about a plan", "About prices and payment at Lakeside Hip Clinic: ask about a plan"),
    ("clinic_insurance", "INSURANCE", "most plans", "About insurance at Lakeside Hip Clinic: most plans"),
    ("clinic_location", "ADDRESS", "1 Pier Road", "You find Lakeside Hip Clinic here: 1 Pier Road"),
    ("clinic_hours", "HOURS", "from 7 to 3", "Opening hours of Lakeside Hip Clinic: from 7 to 3"),
]


@pytest.mark.parametrize(("intent", "setting", "value", "said"), SET)
def test_what_the_settings_say_is_said_as_it_stands(
    run: Run, monkeypatch: pytest.MonkeyPatch, intent: str, setting: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"HIPLINE_CLINIC_{setting}", value)
    speech.current.cache_clear()
    [reply] = run(ActionClinicInfo(), intent=intent).replies
    assert (reply["kind"], reply["text"]) == ("clinic_info", said)


def test_a_clinic_with_no_telephone_and_no_mail_is_handed_to_a_person(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HIPLINE_CLINIC_PHONE")
    speech.current.cache_clear()
    [reply] = run(ActionClinicInfo(), intent="clinic_contact").replies
    assert reply["kind"] == "handoff"
    assert "please call Lakeside Hip Clinic" in reply["text"]
