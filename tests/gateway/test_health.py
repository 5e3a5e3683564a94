"""`/healthz` and `/readyz`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from bot.care import heartbeats, messages
from bot.care.contacts import Contacts
from bot.care.tables import Alert, now
from bot.replies import Reply
from bot.settings import Settings
from tests.gateway.conftest import FakeRasa, OpenGateway, state_of

WELL = {
    "ready": True,
    "database": "ok",
    "worker": "ok",
    "alerts": "ok",
    "texts": "ok",
    "triage": "ok",
    "contacts": "none",
    "rasa": "ok",
}


def beat(gateway: TestClient, seconds_ago: float = 0.0) -> None:
    """The worker's sign of life."""
    with state_of(gateway).store.write() as session:
        heartbeats.beat(session, heartbeats.WORKER, now() - dt.timedelta(seconds=seconds_ago))


def test_when_all_is_well_both_say_so(gateway: TestClient) -> None:
    beat(gateway)
    assert gateway.get("/healthz").json() == {"status": "ok"}
    response = gateway.get("/readyz")
    assert response.status_code == 200
    assert response.json() == WELL


def test_a_rasa_that_is_down_is_named_and_the_gateway_itself_still_lives(gateway: TestClient, rasa: FakeRasa) -> None:
    beat(gateway)
    rasa.is_healthy = False
    response = gateway.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {**WELL, "ready": False, "rasa": "down"}
    assert gateway.get("/healthz").status_code == 200


def test_a_database_that_cannot_be_read_is_named(open_gateway: OpenGateway, settings: Settings) -> None:
    gateway = open_gateway()
    for file in settings.state.glob("hipline.db*"):
        file.write_bytes(b"no database at all, " * 500)
    response = gateway.get("/readyz")
    assert response.status_code == 503
    unknown = {"database": "down", "worker": "unknown", "alerts": "unknown", "texts": "unknown"}
    assert response.json() == {**WELL, "ready": False, **unknown}


@pytest.mark.parametrize("seconds_ago", [None, 31.0])
def test_a_worker_that_gives_no_sign_of_life_is_named(gateway: TestClient, seconds_ago: float | None) -> None:
    if seconds_ago is not None:
        beat(gateway, seconds_ago)
    response = gateway.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {**WELL, "ready": False, "worker": "down"}


def test_alerts_that_should_long_have_gone_out_are_named(gateway: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    beat(gateway)
    contacts = Contacts.parse_obj({"contacts": [{"name": "Nurse", "apprise": ["json://127.0.0.1"]}]})
    store = state_of(gateway).store
    received = messages.receive(store, "web", "ann", "it hurts", None)
    with store.write() as session:
        messages.answer(
            session, received.id, [Reply(text="Call.", kind="escalation", urgency="urgent")], "rasa", contacts
        )
    assert gateway.get("/readyz").json() == WELL
    with store.write() as session:
        session.execute(update(Alert).values(wanted_at=now() - dt.timedelta(minutes=3)))
    response = gateway.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {**WELL, "ready": False, "alerts": "overdue"}
    assert "not ready: alerts overdue" in caplog.text


def test_contacts_that_cannot_be_read_are_named_with_the_line_in_the_log(
    open_gateway: OpenGateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "contacts.yml"
    gateway = open_gateway(contacts=file)
    beat(gateway)
    file.write_text("contacts:\n- name: Nurse\n", encoding="utf-8")
    assert gateway.get("/readyz").json() == {**WELL, "ready": False, "contacts": "broken"}
    assert f"{file}:2: contacts.0: needs apprise or webhook" in caplog.text
    file.write_text("contacts:\n- name: Nurse\n  apprise: ['json://127.0.0.1']\n", encoding="utf-8")
    assert gateway.get("/readyz").json() == {**WELL, "contacts": "ok"}


def test_being_ready_is_not_kept_by_a_cache(gateway: TestClient) -> None:
    assert gateway.get("/readyz").headers["cache-control"] == "no-store"
