"""Errors that are no fault of the caller's, and the description of the API."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.settings import Settings
from tests.gateway.conftest import KEY, Api, FakeRasa, OpenGateway, stored

SECRET = "my left hip and my neighbour Anna Bell"


@contextmanager
def the_database_of(settings: Settings) -> Iterator[sqlite3.Connection]:
    """The same file, past the gateway."""
    with closing(sqlite3.connect(settings.state / "hipline.db", isolation_level=None)) as connection:
        yield connection


def refuses(connection: sqlite3.Connection, what: str) -> None:
    """Makes the database fail at every INSERT or UPDATE of one table."""
    connection.execute(
        f"CREATE TRIGGER refuse BEFORE {what} BEGIN SELECT RAISE(ABORT, 'disk is full of {SECRET}'); END"
    )


def is_a_503(api: Api, caplog: pytest.LogCaptureFixture, **fields: str) -> None:
    """Sends a message that the database can't take."""
    with caplog.at_level(logging.DEBUG, "bot"):
        response = api.post(SECRET, **fields)
    assert response.status_code == 503, response.text
    assert response.json() == {
        "error": {"code": "unavailable", "message": "The message could not be stored. Please try again."}
    }
    assert int(response.headers["retry-after"]) > 0
    assert "the database failed" in caplog.text
    assert "Anna" not in caplog.text
    assert "disk is full" not in caplog.text


def test_a_message_that_cannot_be_stored_is_a_503_and_is_not_asked(
    open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa, caplog: pytest.LogCaptureFixture
) -> None:
    api = Api(open_gateway())
    with the_database_of(settings) as database:
        refuses(database, "INSERT ON messages")
        is_a_503(api, caplog)
    assert rasa.asked == []


def test_an_answer_that_cannot_be_stored_is_a_503_and_the_repeat_is_answered(
    open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa, caplog: pytest.LogCaptureFixture
) -> None:
    api = Api(open_gateway())
    with the_database_of(settings) as database:
        refuses(database, "INSERT ON replies")
        is_a_503(api, caplog, message_id="m-1")
        assert stored(api.client) == [(SECRET, [])]
        database.execute("DROP TRIGGER refuse")
    response = api.post(SECRET, message_id="m-1")
    assert response.json()["replies"][0]["text"] == f"About {SECRET}."
    assert [text for text, _ in stored(api.client)] == [SECRET]


def test_an_escalation_that_cannot_be_stored_is_not_told_as_if_it_were(
    open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.gateway.conftest import a_reply, replies

    rasa.answer = lambda _: replies(a_reply(urgency="emergency", kind="escalation"))
    api = Api(open_gateway())
    with the_database_of(settings) as database:
        refuses(database, "INSERT ON escalations")
        is_a_503(api, caplog, message_id="m-1")
    assert stored(api.client) == [(SECRET, [])]


def test_a_database_whose_file_is_destroyed_is_a_503_and_a_page_that_says_so(
    open_gateway: OpenGateway, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    client = open_gateway()
    api = Api(client)
    client.get("/")
    for file in settings.state.glob("hipline.db*"):
        file.write_bytes(b"no database at all, " * 500)
    is_a_503(api, caplog)
    assert client.get("/").status_code == 503


def test_a_key_that_cannot_be_looked_up_is_a_503_and_no_401(open_gateway: OpenGateway, settings: Settings) -> None:
    client = open_gateway()
    with the_database_of(settings) as database:
        database.execute("DROP TABLE api_keys")
    body = {"conversation": "x", "channel": "web", "text": "x"}
    response = client.post("/api/messages", json=body, headers={"Authorization": "Bearer hip_some-key"})
    assert response.status_code == 503
    # That of the settings needs no database.
    assert Api(client).post().status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing-here", 404, "not_found"),
        ("GET", "/api/messages", 405, "method_not_allowed"),
        ("DELETE", "/", 405, "method_not_allowed"),
        ("GET", "/static/nothing-here.js", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
    ],
)
def test_other_errors_have_the_form_of_the_contract_too(
    gateway: TestClient, method: str, path: str, status: int, code: str
) -> None:
    response = gateway.request(method, path)
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert response.json()["error"]["message"]


def test_a_wrong_method_says_which_ones_there_are(gateway: TestClient) -> None:
    assert gateway.get("/api/messages").headers["allow"] == "POST"


# OpenAPI


def test_the_description_names_the_route_its_fields_and_its_errors(gateway: TestClient) -> None:
    description = gateway.get("/openapi.json").json()
    assert set(description["paths"]) == {"/api/messages", "/healthz", "/readyz"}
    route = description["paths"]["/api/messages"]["post"]
    assert set(route["responses"]) == {"200", "400", "401", "413", "422", "503"}
    assert route["security"] == [{"bearer": []}]
    assert description["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
    body = route["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"conversation", "channel", "text", "message_id"}
    assert set(body["required"]) == {"conversation", "channel", "text"}
    assert body["additionalProperties"] is False
    assert body["properties"]["channel"]["enum"] == ["web", "sms", "desk"]
    assert body["properties"]["conversation"]["maxLength"] == 128


def test_the_description_of_an_answer_has_the_fields_of_an_answer(gateway: TestClient) -> None:
    description = gateway.get("/openapi.json").json()
    route = description["paths"]["/api/messages"]["post"]
    schemas = description["components"]["schemas"]

    def properties(schema: dict[str, str]) -> set[str]:
        return set(schemas[schema["$ref"].rsplit("/", 1)[1]]["properties"])

    answer = route["responses"]["200"]["content"]["application/json"]["schema"]
    assert properties(answer) == {"conversation", "escalation", "replies"}
    assert set(schemas["Reply"]["properties"]) == {"text", "kind", "topic", "urgency", "section", "buttons"}
    assert set(schemas["Button"]["properties"]) == {"title", "text", "topic"}


def test_the_description_needs_no_key_and_holds_none(gateway: TestClient, tmp_path: Path) -> None:
    text = gateway.get("/openapi.json").text
    assert KEY not in text
    assert str(tmp_path.parent) not in text
