"""The gateway's door into Rasa, with Rasa's own server and channel classes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic
from starlette.testclient import TestClient

from bot.nlu.channel import GatewayInput
from bot.nlu.encoder import PARTS, WIDTH
from bot.nlu.known import known_vector, packed

BODY = {
    "sender": "0123abcd",
    "message": "does it hurt?",
    "metadata": {"channel": "web", "context": {"topic": "onset", "kind": "answer"}},
}

Handle = Callable[[UserMessage], Awaitable[None]]


@pytest.fixture(autouse=True)
def _rasas_own_check() -> Iterator[None]:
    """A channel that is made replaces a method of Rasa's, for good."""
    before = RemoteAction._validate_action_result
    yield
    RemoteAction._validate_action_result = before


class Agent:
    """In the place of Rasa's: keeps the messages, and does `handle` with each."""

    def __init__(self) -> None:
        self.got: list[UserMessage] = []
        self.handle: Handle = self._say_nothing
        self.processor = SimpleNamespace(action_endpoint=None, graph_runner=None)

    async def handle_message(self, message: UserMessage) -> None:
        """What Rasa's server calls."""
        self.got.append(message)
        await self.handle(message)

    async def _say_nothing(self, message: UserMessage) -> None:
        pass


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def server(agent: Agent) -> Iterator[TestClient]:
    """A server with the channel, put together as Rasa does it."""
    before = Sanic.test_mode
    Sanic.test_mode = True
    app = Sanic("hipline_test_channel", configure_logging=False)
    app.ctx.agent = agent
    register([GatewayInput()], app, "/webhooks/")
    try:
        with TestClient(app) as client:
            yield client
    finally:
        Sanic._app_registry.pop("hipline_test_channel")
        Sanic.test_mode = before


def post(server: TestClient, **changed: Any) -> httpx.Response:
    return server.post("/webhooks/hipline/webhook", json={**BODY, **changed})


def test_it_says_that_it_is_there_where_the_gateway_looks(server: TestClient) -> None:
    response = server.get("/webhooks/hipline/")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_rasa_gets_the_message_with_its_sender_and_what_the_gateway_knows(server: TestClient, agent: Agent) -> None:
    assert post(server).status_code == 200
    [message] = agent.got
    assert (message.sender_id, message.text) == ("0123abcd", "does it hurt?")
    assert message.metadata == BODY["metadata"]
    assert message.input_channel == "hipline"  # the actions send payloads to this one alone


def test_the_payloads_come_back_in_their_order_and_nothing_else_that_was_said(server: TestClient, agent: Agent) -> None:
    async def handle(message: UserMessage) -> None:
        out = message.output_channel
        await out.send_custom_json(message.sender_id, {"text": "one", "kind": "answer"})
        await out.send_text_message(message.sender_id, "Rasa's own words")
        await out.send_custom_json(message.sender_id, {"text": "two", "kind": "clarify"})

    agent.handle = handle
    assert post(server).json() == [{"text": "one", "kind": "answer"}, {"text": "two", "kind": "clarify"}]


def test_where_nothing_is_said_the_list_is_empty(server: TestClient) -> None:
    assert post(server).json() == []


def test_a_turn_that_fails_is_a_500_that_names_the_error_without_anybodys_words(
    server: TestClient, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(message: UserMessage) -> None:
        await message.output_channel.send_custom_json(message.sender_id, {"text": "half an answer", "kind": "answer"})
        raise KeyError(message.text)

    agent.handle = handle
    with caplog.at_level(logging.DEBUG):
        response = post(server, message="my secret words")
    assert response.status_code == 500
    assert response.json() == {"error": "KeyError"}
    assert "a turn failed: KeyError" in caplog.text
    assert "secret" not in caplog.text


def test_each_message_has_its_own_replies(server: TestClient, agent: Agent) -> None:
    async def handle(message: UserMessage) -> None:
        await message.output_channel.send_custom_json(message.sender_id, {"text": message.text, "kind": "answer"})

    agent.handle = handle
    assert post(server, message="one").json() == [{"text": "one", "kind": "answer"}]
    assert post(server, message="two", sender="other").json() == [{"text": "two", "kind": "answer"}]


def test_actions_are_asked_in_rasas_own_process(server: TestClient, agent: Agent) -> None:
    async def handle(message: UserMessage) -> None:
        events = [{"event": "user", "input_channel": "hipline"}]
        tracker = {"sender_id": message.sender_id, "latest_message": {}, "slots": {}, "events": events}
        call = {"next_action": "action_handoff", "tracker": tracker, "domain": {}}
        done = await agent.processor.action_endpoint.request(json=call, method="post", timeout=1)
        await message.output_channel.send_custom_json(message.sender_id, done["responses"][0]["custom"])

    agent.handle = handle
    [reply] = post(server).json()
    assert reply["kind"] == "handoff"
    assert reply["text"]


@pytest.mark.parametrize("other", ["does it hurt? ", "is it dangerous?"])
def test_the_gateways_vector_is_known_for_its_own_text_and_while_its_message_lasts(
    server: TestClient, agent: Agent, other: str
) -> None:
    vector = np.linspace(-1, 1, PARTS * WIDTH, dtype=np.float32)
    known = []

    async def handle(message: UserMessage) -> None:
        known.append((known_vector(BODY["message"]), known_vector(other)))

    agent.handle = handle
    assert post(server, vector=packed(vector)).status_code == 200
    [(found, of_another)] = known
    assert (found == vector).all()
    assert found.shape == (1, PARTS * WIDTH)
    assert of_another is None
    assert post(server).status_code == 200
    assert known[1] == (None, None)


@pytest.mark.parametrize("vector", [None, 1, "", "no base64!", "AAAA", packed(np.full(PARTS * WIDTH, np.nan))])
def test_a_vector_that_is_none_is_made_anew(server: TestClient, agent: Agent, vector: object) -> None:
    known = []

    async def handle(message: UserMessage) -> None:
        known.append(known_vector(BODY["message"]))

    agent.handle = handle
    assert post(server, vector=vector).status_code == 200
    assert known == [None]


def test_credentials_yml_opens_this_door_and_no_other() -> None:
    from bot import datafiles
    from bot.settings import ROOT

    assert dict(datafiles.read(ROOT / "credentials.yml")) == {"bot.nlu.channel.GatewayInput": None}
