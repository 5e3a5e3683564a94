"""`/api/patients`: enrolled once, found, paused and ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bot.care import optouts
from bot.care.tables import now
from tests.gateway.conftest import KEY, state_of
from tests.gateway.test_checkins import ask

NUMBER = "+12025550123"
HEADERS = {"Authorization": f"Bearer {KEY}"}


def enrol(client: TestClient, **changed: Any) -> httpx.Response:
    body = {
        "number": NUMBER,
        "injected_on": (now() + dt.timedelta(days=2)).date().isoformat(),
        "hip": "left",
        "consent": "I agree to texts about my hip.",
        "consented_at": now().isoformat(),
        "zone": "America/Chicago",
        "external_id": "A-1",
        **changed,
    }
    return client.post("/api/patients", json={k: v for k, v in body.items() if v is not None}, headers=HEADERS)


def test_a_patient_is_enrolled_with_consent_and_every_check_in_to_come(gateway: TestClient) -> None:
    response = enrol(gateway)
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["state"], body["number"], body["external_id"]) == ("active", NUMBER, "A-1")
    assert [one["wording"] for one in body["consents"]] == ["I agree to texts about my hip."]
    assert [one["day"] for one in body["check_ins"]] == [0, 1, 2, 3, 5, 7, 14, 28]
    assert {one["state"] for one in body["check_ins"]} == {"planned"}
    assert gateway.get("/api/patients/A-1", headers=HEADERS).json() == body
    assert gateway.get(f"/api/patients/{body['id']}", headers=HEADERS).json() == body


def test_the_same_again_changes_nothing_and_another_with_the_same_id_is_refused(gateway: TestClient) -> None:
    first = enrol(gateway).json()
    assert enrol(gateway).json() == first
    assert enrol(gateway, hip="right").status_code == 409
    second = enrol(gateway, external_id=None)
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "conflict"
    assert len(gateway.get("/api/patients", headers=HEADERS).json()) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": "2025550123"}, "number"),
        ({"injected_on": "24.11.2026"}, "injected_on"),
        ({"injected_on": 20261124}, "injected_on"),
        ({"hip": "middle"}, "hip"),
        ({"consent": " "}, "consent"),
        ({"consented_at": "2026-11-24T09:30:00"}, "consented_at"),
        ({"zone": "Chicago"}, "zone"),
        ({"zone": None}, "zone"),
        ({"name": "Ann"}, "name"),
    ],
)
def test_what_is_wrong_is_named(gateway: TestClient, changed: dict[str, Any], field: str) -> None:
    response = enrol(gateway, **changed)
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(f"{field}: ")
    assert gateway.get("/api/patients?state=all", headers=HEADERS).json() == []


@pytest.mark.parametrize("ahead", [-60, 400])
def test_an_injection_too_long_ago_or_too_far_ahead_is_refused(gateway: TestClient, ahead: int) -> None:
    response = enrol(gateway, injected_on=(now() + dt.timedelta(days=ahead)).date().isoformat())
    assert response.status_code == 409
    assert response.json()["error"]["message"].startswith("injected_on: ")


def test_a_follow_up_is_paused_resumed_and_ended(gateway: TestClient) -> None:
    enrol(gateway)
    for how, state in (("pause", "paused"), ("pause", "paused"), ("resume", "active"), ("end", "ended")):
        response = gateway.post(f"/api/patients/A-1/{how}", headers=HEADERS)
        assert (response.status_code, response.json()["state"]) == (200, state)
    assert {one["state"] for one in response.json()["check_ins"]} == {"cancelled"}
    assert gateway.post("/api/patients/A-1/resume", headers=HEADERS).status_code == 409
    assert gateway.post("/api/patients/nobody/end", headers=HEADERS).status_code == 404
    assert gateway.get("/api/patients", headers=HEADERS).json() == []


def test_whoever_has_stopped_texts_is_not_asked(gateway: TestClient) -> None:
    with state_of(gateway).store.write() as session:
        optouts.record(session, NUMBER, out=True, wording="STOP")
    response = ask(gateway)
    assert response.status_code == 409
    assert "no more texts" in response.json()["error"]["message"]


def test_nothing_is_told_without_a_key(gateway: TestClient) -> None:
    assert gateway.get("/api/patients").status_code == 401
    assert gateway.post("/api/patients", json={}).status_code == 401
