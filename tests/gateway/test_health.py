"""`/healthz` and `/readyz`."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from bot.settings import Settings
from tests.gateway.conftest import ACTIONS, RASA, FakeRasa, OpenGateway


def test_when_all_is_well_both_say_so(gateway: TestClient) -> None:
    assert gateway.get("/healthz").json() == {"status": "ok"}
    response = gateway.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": "ok", "rasa": "ok", "actions": "ok"}


@pytest.mark.parametrize(("address", "name"), [(RASA, "rasa"), (ACTIONS, "actions")])
def test_what_is_down_is_named_and_the_gateway_itself_still_lives(
    gateway: TestClient, rasa: FakeRasa, address: str, name: str
) -> None:
    rasa.healthy[address] = False
    response = gateway.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "ok", "rasa": "ok", "actions": "ok", name: "down"}
    assert gateway.get("/healthz").status_code == 200


def test_a_database_that_cannot_be_read_is_named(open_gateway: OpenGateway, settings: Settings) -> None:
    gateway = open_gateway()
    for file in settings.state.glob("hipline.db*"):
        file.write_bytes(b"no database at all, " * 500)
    response = gateway.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "down", "rasa": "ok", "actions": "ok"}


def test_being_ready_is_not_kept_by_a_cache(gateway: TestClient) -> None:
    assert gateway.get("/readyz").headers["cache-control"] == "no-store"
