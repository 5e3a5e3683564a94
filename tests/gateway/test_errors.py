"""Errors that are no fault of the caller's, and the description of the API."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from bot.care import database as database_module
from bot.settings import Settings
from tests.gateway.conftest import EMERGENCY, KEY, Api, FakeRasa, OpenGateway, a_reply, replies, stored
from tests.gateway.test_page import agree
from tests.waiting import until

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
        refuses(database, "INSERT ON entries WHEN NEW.who = 'assistant'")
        is_a_503(api, caplog, message_id="m-1")
        assert stored(api.client) == [(SECRET, [])]
        database.execute("DROP TRIGGER refuse")
    response = api.post(SECRET, message_id="m-1")
    assert response.json()["replies"][0]["text"] == f"About {SECRET}."
    assert [text for text, _ in stored(api.client)] == [SECRET]


RED_FLAG = "my throat is closing up, Anna says"


def is_told_to_call(response: httpx.Response) -> None:
    """A 503, to be sent again, that tells the person to call, and claims nothing that is not so."""
    assert response.status_code == 503
    body = response.json()
    assert body["error"]["code"] == "unavailable"
    [reply] = body["replies"]
    assert (reply["kind"], reply["urgency"]) == ("escalation", "emergency")
    assert reply["text"].startswith(f"Call {EMERGENCY} now.")
    assert "do not count on Lakeside Hip Clinic seeing your message" in reply["text"]


@pytest.mark.parametrize("table", ["messages", "entries", "escalations", "escalation_events", "alerts"])
def test_whatever_can_not_be_stored_of_a_warning_sign_the_person_is_told_to_call(
    open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    settings.contacts.write_text("contacts: [{name: Nurse, apprise: ['json://127.0.0.1']}]\n", encoding="utf-8")
    rasa.answer = lambda _: replies(a_reply("I told the staff.", urgency="emergency", kind="escalation"))
    api = Api(open_gateway())
    with the_database_of(settings) as database:
        refuses(database, f"INSERT ON {table}")
        with caplog.at_level(logging.DEBUG, "bot"):
            is_told_to_call(api.post(RED_FLAG, message_id="m-1"))
        assert "Anna" not in caplog.text
        assert not [told for _, told in stored(api.client) if told]
        assert database.execute("SELECT count(*) FROM escalations").fetchone() == (0,)
        database.execute("DROP TRIGGER refuse")
    done = api.post(RED_FLAG, message_id="m-1")
    assert done.status_code == 200
    assert done.json()["escalation"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="nothing can be mounted here")
def test_on_a_disk_that_is_full_the_person_is_told_to_call_and_all_is_stored_when_there_is_room(
    open_gateway: OpenGateway, small_disk: Path, rasa: FakeRasa, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.answer = lambda _: replies(a_reply("I told the staff.", urgency="emergency", kind="escalation"))
    api = Api(open_gateway(state=small_disk))
    api.post("does it hurt?")
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    with caplog.at_level(logging.DEBUG, "bot"):
        # What fits into pages that the log already has is stored even so: a few of these may get through.
        until("the disk is full", lambda: api.post(f"{RED_FLAG} {'x' * 1900}").status_code == 503)
        is_told_to_call(api.post(RED_FLAG, message_id="m-full"))
    assert "Anna" not in caplog.text
    filler.unlink()
    done = api.post(RED_FLAG, message_id="m-full")
    assert done.status_code == 200
    assert done.json()["escalation"]


def test_an_answer_to_a_warning_sign_is_stored_as_soon_as_that_works_again(
    open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa
) -> None:
    """The lexicon would not find this one: it must not be left to the worker."""
    rasa.answer = lambda _: replies(a_reply("Call.", urgency="urgent", kind="escalation"))
    api = Api(open_gateway())
    with the_database_of(settings) as database:
        refuses(database, "INSERT ON entries WHEN NEW.who = 'assistant'")
        [reply] = api.post("something is very wrong").json()["replies"]
        assert reply["urgency"] == "urgent"
        database.execute("DROP TRIGGER refuse")
        until("it is stored", lambda: stored(api.client) == [("something is very wrong", ["Call."])])
        assert database.execute("SELECT count(*) FROM escalations").fetchone() == (1,)


def test_on_the_page_without_a_script_the_person_is_told_to_call_too(
    open_gateway: OpenGateway, settings: Settings
) -> None:
    client = open_gateway()
    agree(client)
    with the_database_of(settings) as database:
        refuses(database, "INSERT ON messages")
        form = client.post("/chat", data={"text": RED_FLAG, "message_id": "0123456789"})
        assert form.status_code == 503
        assert f"<p>Call {EMERGENCY} now.</p>" in form.text
        is_told_to_call(client.post("/widget/messages", json={"text": RED_FLAG, "message_id": "0123456789"}))


def test_a_locked_database_keeps_nobody_from_being_told_to_call(
    open_gateway: OpenGateway, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY", 0.05)
    api = Api(open_gateway())
    with the_database_of(settings) as database:
        database.execute("BEGIN IMMEDIATE")
        is_told_to_call(api.post(RED_FLAG))
        database.execute("ROLLBACK")


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
    listed = {f"/api/escalations{rest}" for rest in ("", "/{escalation_id}")}
    changed = {f"/api/escalations/{{escalation_id}}/{how}" for how in ("acknowledge", "resolve")}
    one = "/api/patients/{patient_id}"
    followed = {"/api/check-ins", "/api/patients", one, f"{one}/{{how}}"}
    assert set(description["paths"]) == {"/api/messages", "/healthz", "/readyz"} | followed | listed | changed
    assert all(description["paths"][path]["get"]["security"] == [{"bearer": []}] for path in listed)
    assert all(description["paths"][path]["post"]["security"] == [{"bearer": []}] for path in changed)
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
