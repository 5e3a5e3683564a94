"""The desk's pages of those who are followed up."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from starlette.testclient import TestClient

from bot.care import checkins, followups
from bot.care.tables import AuditEntry, CheckIn, CheckInAnswer, Message, Patient, now
from tests.gateway.conftest import Api, state_of
from tests.gateway.desk.conftest import NOON, a_browser, post, signed_in_as

HERE = "/desk/patients"
ANN = "+12025550123"
TODAY = f"{NOON.date()}"

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def desk(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "front_desk")


def enrolled(desk: TestClient, **fields: str) -> str:
    """Enrols a patient by the form; gives the address of the page that comes then."""
    given = {"number": "(202) 555-0123", "injected_on": TODAY, "hip": "left", "zone": "UTC", "agreed": "yes", **fields}
    response = post(desk, HERE, **given)
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def score(gateway: TestClient, api: Api, value: float, level: str = "expected", reason: str | None = None) -> None:
    """The first check-in of the only patient, asked and answered."""
    api.post("7", channel="sms", conversation=ANN)
    with state_of(gateway).store.write() as session:
        row = session.query(CheckIn).order_by(CheckIn.due_at).first()
        row.state, row.asked_at = "answered", now() - dt.timedelta(minutes=5)
        message = session.query(Message).first()
        session.add(
            CheckInAnswer(
                check_in_id=row.id,
                message_id=message.id,
                question="pain_score",
                value=value,
                level=level,
                reason=reason,
            )
        )


def test_a_patient_is_enrolled_with_the_words_that_were_agreed_to(gateway: TestClient, desk: TestClient) -> None:
    page = desk.get(enrolled(desk, external_id="A-17")).text
    assert "A-17" in page
    assert f'href="tel:{ANN}"' in page
    assert "I agree that Lakeside Hip Clinic texts me questions" in page
    with state_of(gateway).store.read() as session:
        [patient] = session.query(Patient)
        assert (patient.number, patient.hip, patient.state) == (ANN, "left", "active")
        assert checkins.followed(session, patient.conversation_id) is not None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"agreed": ""}, "must have agreed"),
        ({"number": "12"}, "no telephone number"),
        ({"injected_on": "yesterday"}, "injected on: must be a date"),
        ({"injected_on": "2001-01-01"}, "the follow-up ends"),
        ({"hip": "middle"}, "hip: "),
        ({"zone": "Mars"}, "zone: must be a time zone"),
    ],
)
def test_what_is_wrong_is_told_and_nobody_is_enrolled(
    gateway: TestClient, desk: TestClient, fields: dict[str, str], problem: str
) -> None:
    given = {"number": ANN, "injected_on": TODAY, "hip": "left", "zone": "UTC", "agreed": "yes", **fields}
    response = post(desk, HERE, **given)
    assert response.status_code == 422
    assert problem in response.text
    assert f'value="{given["zone"]}"' in response.text
    with state_of(gateway).store.read() as session:
        assert session.query(Patient).count() == 0


def test_a_number_is_followed_up_once(desk: TestClient) -> None:
    enrolled(desk)
    response = post(desk, HERE, number=ANN, injected_on=TODAY, hip="left", zone="UTC", agreed="yes")
    assert response.status_code == 422
    assert "is followed up already" in response.text


def test_the_lists_tell_who_gets_worse(gateway: TestClient, api: Api, desk: TestClient) -> None:
    where = enrolled(desk)
    score(gateway, api, 9, "urgent", "pain_high")
    page = desk.get(HERE).text
    assert where in page
    assert "9 of 10" in page
    assert "100 %" in page
    assert where in desk.get(f"{HERE}?which=worsening").text
    assert where not in desk.get(f"{HERE}?which=silent").text
    assert "Nobody is on this list." in desk.get(f"{HERE}?which=not-reached").text
    assert where in desk.get(f"{HERE}?which=<script>").text  # no list of ours: all of them


def test_the_chart_shows_the_scores_and_says_them(gateway: TestClient, api: Api, desk: TestClient) -> None:
    where = enrolled(desk)
    assert "No score yet; 0 warning signs." in desk.get(where).text
    score(gateway, api, 4)
    page = desk.get(where).text
    assert "1 scores, from 4 on day 0 to 4 on day 0; 0 warning signs." in page
    assert "<title>Day 0: 4 of 10</title>" in page
    assert re.search(r'<polygon class="band" points="36[0-9., ]+"', page)


def test_a_follow_up_is_paused_resumed_and_ended(gateway: TestClient, desk: TestClient) -> None:
    where = enrolled(desk)
    for how, state in (("pause", "paused"), ("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert post(desk, f"{where}/{how}").status_code == 303
        with state_of(gateway).store.read() as session:
            assert session.query(Patient).one().state == state
    assert post(desk, f"{where}/resume").status_code == 409
    assert post(desk, f"{where}/delete").status_code == 422
    assert post(desk, f"{HERE}/nobody/end").status_code == 404


def test_every_look_and_act_is_in_the_audit_log_without_the_number(gateway: TestClient, desk: TestClient) -> None:
    where = enrolled(desk, external_id="A-18")
    desk.get(where)
    post(desk, f"{where}/pause")
    with state_of(gateway).store.read() as session:
        conversation_id = session.query(Patient).one().conversation_id
        rows = session.query(AuditEntry).filter_by(conversation_id=conversation_id).order_by(AuditEntry.id).all()
    assert [row.what for row in rows] == ["enrolled a patient", "looked at a follow-up", "follow-up: pause"]
    assert not any(ANN in str(row.about) for row in rows)


def test_exports_are_for_clinicians_and_hold_the_scores(gateway: TestClient, api: Api, desk: TestClient) -> None:
    enrolled(desk)
    score(gateway, api, 4)
    assert desk.get(f"{HERE}/export.csv").status_code == 403
    clinician = signed_in_as(gateway, "clinician")
    table = clinician.get(f"{HERE}/export.csv")
    assert table.headers["content-disposition"] == 'attachment; filename="follow-ups.csv"'
    assert table.text.count("\r\n") == 1 + len(
        followups.overview(state_of(gateway).store._readers(), now(), None)[0].check_ins
    )
    bundle = json.loads(clinician.get(f"{HERE}/export.json").text)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == ["Patient", "Observation"]
    assert clinician.get(f"{HERE}/export.xml").status_code == 422


def test_nobody_sees_patients_without_a_session_or_changes_them_without_a_token(
    gateway: TestClient, desk: TestClient
) -> None:
    where = enrolled(desk)
    stranger = a_browser(gateway)
    assert stranger.get(HERE).status_code == 303
    assert stranger.get(where).headers["location"].startswith("/desk/signin")
    assert stranger.post(f"{where}/end").status_code == 401
    assert desk.post(f"{where}/end", data={"csrf": "0" * 64}).status_code == 403
    with state_of(gateway).store.read() as session:
        assert session.query(Patient).one().state == "active"
