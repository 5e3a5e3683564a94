"""A gateway to test: the real application over an SQLite file, with a stand-in for Rasa."""

from __future__ import annotations

import contextlib
import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot.care import messages
from bot.care.staff.passwords import Passwords
from bot.care.tables import Base
from bot.gateway.app import create_app
from bot.gateway.state import State
from bot.settings import Settings
from bot.turn.wire import Wire, WireError
from tests import ready

KEY = "hip_a-key-of-the-settings"
PHONE = "(202) 555-0142"
EMERGENCY = "112"
RASA = "http://rasa.test"
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))  # the usual ones take 100 ms each

Answer = Callable[[dict[str, Any]], "httpx.Response | Awaitable[httpx.Response]"]


def a_reply(text: str = "The risks are small.", **fields: Any) -> dict[str, Any]:
    """A reply as Rasa's channel gives it: an answer on a topic, unless `fields` say otherwise."""
    whole = {
        "text": text,
        "kind": "answer",
        "topic": "risks_overview",
        "urgency": "none",
        "section": "Potential Benefits and Risks",
        "buttons": [],
    }
    return {**whole, **fields}


def a_button(title: str, topic: str | None) -> dict[str, Any]:
    """A button as a reply carries it."""
    return {"title": title, "text": title, "topic": topic}


def replies(*given: dict[str, Any]) -> httpx.Response:
    """What Rasa's channel answers with."""
    return httpx.Response(200, json=list(given))


class FakeRasa:
    """Keeps what Rasa was asked, and answers with what `answer` makes of it."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begins anew."""
        self.asked: list[dict[str, Any]] = []
        self.answer: Answer = lambda body: replies(a_reply(f"About {body['message']}."))
        self.is_healthy = True

    @property
    def messages(self) -> list[str]:
        """The messages that Rasa was asked, in their order."""
        return [body["message"] for body in self.asked]

    async def request(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Takes the place of the network; see `bot.turn.wire.Wire`."""
        if body is None:
            assert path == "/webhooks/hipline/"
            if not self.is_healthy:
                raise WireError("refused")
            return 200, b'{"status": "ok"}'
        assert path == "/webhooks/hipline/webhook"
        asked = json.loads(body)
        self.asked.append(asked)
        answer = self.answer(asked)
        response = await answer if inspect.isawaitable(answer) else answer
        return response.status_code, response.content

    async def aclose(self) -> None:
        """Holds nothing open."""


class OpenGateway(Protocol):
    """Starts a gateway with settings other than those of `settings`."""

    def __call__(
        self, *, rasa_url: str = RASA, real_network: bool = False, base_url: str = "http://testserver", **changed: Any
    ) -> TestClient: ...


def a_clinic(state: Path) -> Settings:
    """A clinic of its own, in a folder of its own."""
    return Settings.parse_obj(
        {
            "state": state,
            "contacts": state / "contacts.yml",
            "api_key": KEY,
            "clinic_name": "Lakeside Hip Clinic",
            "clinic_phone": PHONE,
            "emergency_number": EMERGENCY,
            "visitor_limit": "1000000/minute",
        }
    )


def an_app(settings: Settings, wire: Wire | None, rasa_url: str = RASA) -> FastAPI:
    """A gateway over a new database, unless the clinic has one already, that judges by words alone."""
    if not Path(settings.database_url.removeprefix("sqlite:///")).exists():
        ready.new_database(Path(settings.database_url.removeprefix("sqlite:///")))
    return create_app(settings, rasa_url, wire, ready.triage, PASSWORDS)


def a_client(app: FastAPI, base_url: str = "http://testserver") -> TestClient:
    """A caller of `app`. Errors that nothing in `app` handles come back as status 500, as they would."""
    return TestClient(app, base_url, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The clinic of `open_gateway`."""
    return a_clinic(tmp_path)


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, FakeRasa]]:
    # A gateway takes a third of a second to start, and most tests need nothing special of it.
    rasa = FakeRasa()
    app = an_app(a_clinic(tmp_path_factory.mktemp("gateway")), rasa)
    with a_client(app) as client:
        yield client, rasa


@pytest.fixture
def rasa(_shared: tuple[TestClient, FakeRasa]) -> FakeRasa:
    """The stand-in for Rasa, which has not been asked anything yet."""
    _, rasa = _shared
    rasa.forget()
    return rasa


@pytest.fixture
def gateway(_shared: tuple[TestClient, FakeRasa], rasa: FakeRasa) -> TestClient:
    """A gateway that runs and has not heard anything yet."""
    client, _ = _shared
    client.cookies.clear()
    with state_of(client).store.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "audit":  # its rows can't be deleted
                session.execute(table.delete())
    return client


@pytest.fixture
def open_gateway(settings: Settings, rasa: FakeRasa) -> Iterator[OpenGateway]:
    """See `OpenGateway`."""
    with contextlib.ExitStack() as stack:

        def start(
            *,
            rasa_url: str = RASA,
            real_network: bool = False,
            base_url: str = "http://testserver",
            **changed: Any,
        ) -> TestClient:
            wire = None if real_network else rasa
            app = an_app(settings.copy(update=changed), wire, rasa_url)
            return stack.enter_context(a_client(app, base_url))

        yield start


class Api:
    """`POST /api/messages` with a known key."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, text: object = "does it hurt?", **fields: Any) -> httpx.Response:
        """Sends a message; `fields` are the others of its body."""
        body = {"conversation": "demo-1", "channel": "web", "text": text, **fields}
        return self.send(json.dumps(body).encode())

    def send(self, content: Any, **headers: str) -> httpx.Response:
        """Sends a body as it is."""
        return self.client.post("/api/messages", content=content, headers={"Authorization": f"Bearer {KEY}", **headers})


@pytest.fixture
def api(gateway: TestClient) -> Api:
    """The API of a gateway that runs."""
    return Api(gateway)


@contextlib.asynccontextmanager
async def in_this_loop(settings: Settings, rasa: FakeRasa) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway within the event loop of the test, for what happens at the same time, and a caller of it."""
    app = an_app(settings, rasa)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://testserver",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=30.0,
        ) as client,
    ):
        yield client


def state_of(client: TestClient | httpx.AsyncClient) -> State:
    """The parts of the gateway that a client calls."""
    app = client.app if isinstance(client, TestClient) else client._transport.app  # type: ignore[attr-defined]
    assert isinstance(app, FastAPI)
    found = app.state.hipline
    assert isinstance(found, State)
    return found


def stored(
    client: TestClient | httpx.AsyncClient, name: str = "demo-1", channel: str = "web"
) -> list[tuple[str, list[str]]]:
    """The texts of a stored conversation's messages, each with the texts of its replies."""
    with state_of(client).store.read() as session:
        talk = messages.transcript(session, channel, name)
    return [(str(message.text), [reply.text for reply in given]) for message, given in talk]
