from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from bot import knowledge
from bot.care import audit
from tests.gateway.conftest import EMERGENCY, PHONE, OpenGateway, state_of
from tests.gateway.desk.conftest import a_browser, signed_in_as

HERE = "/desk/leaflet"
KNOWN = knowledge.load()


@pytest.fixture
def desk(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "front_desk")


def test_every_topic_can_be_chosen_under_its_section(desk: TestClient) -> None:
    page = desk.get(HERE).text
    assert set(re.findall(r'name="topic" type="checkbox" value="(\w+)"', page)) == set(KNOWN.topics)
    assert page.count("<legend>") == len({topic.section for topic in KNOWN.topics.values()})


def test_the_leaflet_has_the_chosen_texts_with_their_sections_and_nothing_else(desk: TestClient) -> None:
    page = desk.get(f"{HERE}?topic=anesthesia&topic=risk_infection").text
    for name in ("anesthesia", "risk_infection"):
        assert KNOWN.topics[name].title in page
        assert f"From: {KNOWN.topics[name].section}" in page
    assert KNOWN.topics["benefits"].title not in page
    assert page.count('<p class="source">') == 2


def test_the_leaflet_says_whose_it_is_when_to_call_and_who_reviewed_it(desk: TestClient) -> None:
    page = desk.get(f"{HERE}?topic=anesthesia").text
    assert "Lakeside Hip Clinic" in page
    assert f"Call {EMERGENCY} for trouble breathing" in page
    assert f"Call {PHONE} the same day for fever" in page
    review = KNOWN.topics["anesthesia"].reviewed
    assert f"Reviewed by: {review.by}, {review.on:%B} {review.on.day}, {review.on.year}." in page


def test_the_clinic_s_hours_and_address_stand_on_it_where_they_are_set(open_gateway: OpenGateway) -> None:
    clinic = open_gateway(office_hours="Mon-Fri 08:00-17:00", clinic_address="12 <Lakeside> Road")
    page = signed_in_as(clinic, "front_desk").get(f"{HERE}?topic=anesthesia").text
    assert "Opening hours: Monday to Friday 8 am to 5 pm." in page
    assert "12 &lt;Lakeside&gt; Road" in page


@pytest.mark.parametrize("query", ["", "?topic=nothing", "?topic=<script>"])
def test_without_a_topic_that_is_known_there_is_the_choice(desk: TestClient, query: str) -> None:
    page = desk.get(HERE + query)
    assert page.status_code == 200
    assert "Make the leaflet" in page.text
    assert "<script>" not in page.text


def test_a_leaflet_is_in_the_audit_log(gateway: TestClient, desk: TestClient) -> None:
    desk.get(f"{HERE}?topic=anesthesia&topic=benefits")
    with state_of(gateway).store.read() as session:
        [row] = audit.listed(session, limit=1)
    assert (row.who, row.what, row.about) == ("Fran Desk", "made a leaflet", "2 topics")


def test_nobody_makes_a_leaflet_without_a_session(gateway: TestClient) -> None:
    assert a_browser(gateway).get(f"{HERE}?topic=anesthesia").status_code == 303
