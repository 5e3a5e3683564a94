"""`POST /api/messages`, to the letter of the wire contract."""

from __future__ import annotations

import asyncio
import json
import socket
import socketserver
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.care import keys
from bot.gateway.api import MAX_BODY
from bot.knowledge import load
from bot.settings import Settings
from tests.gateway.conftest import (
    EMERGENCY,
    KEY,
    PHONE,
    Api,
    FakeRasa,
    OpenGateway,
    a_button,
    a_reply,
    in_this_loop,
    replies,
    state_of,
    stored,
)
from tests.waiting import until

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
BIDIRECTIONAL = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def error_of(response: httpx.Response, status: int, code: str) -> str:
    """The message of an error, which has the contract's form and nothing else."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["code"] == code
    message = body["error"]["message"]
    assert isinstance(message, str)
    return message


# What goes in and comes out


def test_an_answer_has_the_fields_of_the_contract_and_no_others(api: Api, rasa: FakeRasa) -> None:
    reply = a_reply(
        "It may hurt a little.", topic="anesthesia", buttons=[a_button("What about rest?", "post_procedure")]
    )
    rasa.answer = lambda _: replies(reply)
    response = api.post("does it hurt?")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"conversation": "demo-1", "escalation": None, "replies": [reply]}


def test_a_reply_without_topic_section_and_buttons_still_has_all_its_fields(api: Api, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies({"text": "Hello.", "kind": "smalltalk"})
    assert api.post("hi").json()["replies"] == [
        {"text": "Hello.", "kind": "smalltalk", "topic": None, "urgency": "none", "section": None, "buttons": []}
    ]


def test_several_replies_come_back_in_their_order(api: Api, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(*(a_reply(text) for text in ("one", "two", "three")))
    assert [reply["text"] for reply in api.post().json()["replies"]] == ["one", "two", "three"]


@pytest.mark.parametrize("urgency", ["urgent", "emergency"])
def test_an_urgent_reply_gives_the_id_of_an_escalation_and_the_same_id_on_a_repeat(
    api: Api, rasa: FakeRasa, urgency: str
) -> None:
    rasa.answer = lambda _: replies(a_reply(kind="escalation", urgency=urgency, topic=None, section=None))
    first = api.post("my lips are swelling", message_id="m-1").json()
    assert isinstance(first["escalation"], str)
    assert first["escalation"]
    assert api.post("my lips are swelling", message_id="m-1").json() == first
    # What comes while it is open belongs to it; another conversation has one of its own.
    assert api.post("my lips are swelling", message_id="m-2").json()["escalation"] == first["escalation"]
    other = api.post("my lips are swelling", conversation="another").json()["escalation"]
    assert other not in (None, first["escalation"])


@pytest.mark.parametrize("urgency", ["none", "routine"])
def test_a_reply_that_is_not_urgent_is_no_escalation(api: Api, rasa: FakeRasa, urgency: str) -> None:
    rasa.answer = lambda _: replies(a_reply(urgency=urgency))
    assert api.post().json()["escalation"] is None


@pytest.mark.parametrize(("channel", "conversation"), [("web", "a"), ("desk", "b" * 128), ("sms", "+12025550123")])
def test_each_channel_of_the_contract_is_taken_and_told_to_rasa(
    api: Api, rasa: FakeRasa, channel: str, conversation: str
) -> None:
    response = api.post(channel=channel, conversation=conversation)
    assert response.status_code == 200
    assert response.json()["conversation"] == conversation
    assert rasa.asked[0]["metadata"]["channel"] == channel


def test_one_name_on_two_channels_is_two_conversations(api: Api, rasa: FakeRasa) -> None:
    api.post("hello", channel="web")
    api.post("hello", channel="desk")
    first, second = rasa.asked
    assert first["sender"] != second["sender"]
    assert stored(api.client, channel="web") == stored(api.client, channel="desk") == [("hello", ["About hello."])]


def test_rasa_gets_no_name_that_the_caller_gave_such_as_a_telephone_number(api: Api, rasa: FakeRasa) -> None:
    api.post(channel="sms", conversation="+12025550123")
    assert "2025550123" not in json.dumps(rasa.asked)


def test_ids_may_hold_any_printable_characters(api: Api) -> None:
    response = api.post(conversation="Zoë / 部屋 #3 \U0001f9b4", message_id="Frage 1: «weh?»")
    assert response.status_code == 200
    assert response.json()["conversation"] == "Zoë / 部屋 #3 \U0001f9b4"


def test_a_message_id_of_null_is_as_good_as_none(api: Api, rasa: FakeRasa) -> None:
    assert api.post("one", message_id=None).status_code == 200
    assert api.post("two", message_id=None).status_code == 200
    assert rasa.messages == ["one", "two"]


def test_messages_without_an_id_are_each_answered_even_when_their_text_is_the_same(api: Api, rasa: FakeRasa) -> None:
    api.post("again")
    api.post("again")
    assert rasa.messages == ["again", "again"]


# Keys


def without_authorization(gateway: TestClient, header: str | None) -> httpx.Response:
    """A message with another Authorization header, or none."""
    headers = [] if header is None else [(b"authorization", header.encode())]
    return gateway.post(
        "/api/messages", json={"conversation": "x", "channel": "web", "text": "secret words"}, headers=headers
    )


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer   ", KEY, f"Basic {KEY}", f"Token {KEY}"])
def test_without_a_bearer_key_nobody_is_let_in(gateway: TestClient, rasa: FakeRasa, header: str | None) -> None:
    response = without_authorization(gateway, header)
    assert error_of(response, 401, "unauthorized") == "Send the header Authorization: Bearer KEY."
    assert response.headers["www-authenticate"] == "Bearer"
    assert rasa.asked == []


@pytest.mark.parametrize("key", ["wrong", KEY[:-1], KEY + "x", KEY.upper(), "clé", "hip_"])
def test_a_wrong_key_is_refused_and_nothing_is_stored(gateway: TestClient, rasa: FakeRasa, key: str) -> None:
    response = without_authorization(gateway, f"Bearer {key}")
    assert error_of(response, 401, "unauthorized") == "This key is not known."
    assert response.headers["www-authenticate"] == "Bearer"
    assert rasa.asked == []
    assert stored(gateway, "x") == []


def test_the_name_of_the_scheme_may_be_written_in_any_case(gateway: TestClient) -> None:
    assert without_authorization(gateway, f"bearer {KEY}").status_code == 200


def test_a_key_made_in_the_database_is_let_in_beside_that_of_the_settings(gateway: TestClient) -> None:
    with state_of(gateway).store.write() as session:
        made = keys.create(session, "a program of the clinic's")
    assert without_authorization(gateway, f"Bearer {made}").status_code == 200
    assert without_authorization(gateway, f"Bearer {made}").status_code == 200  # as one that is remembered
    assert without_authorization(gateway, f"Bearer {KEY}").status_code == 200


def test_the_hash_of_a_key_is_no_key(gateway: TestClient) -> None:
    with state_of(gateway).store.write() as session:
        made = keys.create(session, "a program of the clinic's")
    assert without_authorization(gateway, f"Bearer {keys.digest(made)}").status_code == 401


def test_where_the_settings_have_no_key_an_empty_one_is_not_let_in(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(api_key="")
    assert without_authorization(gateway, "Bearer ").status_code == 401
    assert without_authorization(gateway, f"Bearer {KEY}").status_code == 401


def test_a_key_is_asked_for_before_the_body_is_looked_at(gateway: TestClient) -> None:
    assert gateway.post("/api/messages", content=b"no json").status_code == 401
    assert gateway.post("/api/messages", content=b" " * (MAX_BODY + 1)).status_code == 401


# Bodies


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"{",
        b'{"conversation": "x", "channel": "web", "text": "x",}',
        b'{"text": "\xff\xfe"}',
        b"[" * 60_000,
    ],
    ids=["nothing", "words", "cut off", "a comma too many", "no UTF-8", "too deep"],
)
def test_what_is_no_json_is_refused_as_such(api: Api, rasa: FakeRasa, content: bytes) -> None:
    assert error_of(api.send(content), 400, "bad_request") == "The body is not JSON in UTF-8."
    assert rasa.asked == []


@pytest.mark.parametrize("content", [b'"does it hurt?"', b"3", b"null", b"true"])
def test_json_that_is_no_object_is_refused_as_a_body(api: Api, content: bytes) -> None:
    assert error_of(api.send(content), 422, "invalid").startswith("body: ")


@pytest.mark.parametrize(
    "pairs", [[["conversation", "demo-1"], ["channel", "web"], ["text", "does it hurt?"]], [[None, None]]]
)
def test_a_list_of_pairs_is_no_object(api: Api, pairs: list[list[object]]) -> None:
    assert error_of(api.send(json.dumps(pairs)), 422, "invalid").startswith("body: ")


def padded(size: int) -> bytes:
    """A message of `size` bytes."""
    body = b'{"conversation": "demo-1", "channel": "web", "text": "does it hurt?"'
    return body + b" " * (size - len(body) - 1) + b"}"


def test_a_body_may_be_as_large_as_the_limit_and_not_a_byte_larger(api: Api, rasa: FakeRasa) -> None:
    assert api.send(padded(MAX_BODY)).status_code == 200
    assert len(rasa.asked) == 1
    refused = api.send(padded(MAX_BODY + 1))
    assert error_of(refused, 413, "too_large") == "The body is larger than 65,536 bytes."
    assert len(rasa.asked) == 1


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large(settings: Settings, rasa: FakeRasa) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 8192

    async def scenario() -> httpx.Response:
        async with in_this_loop(settings, rasa) as client:
            return await client.post("/api/messages", content=endless())

    response = asyncio.run(scenario())
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert error_of(response, 413, "too_large") == "The body is larger than 65,536 bytes."
    assert sent == MAX_BODY // 8192 + 1
    assert rasa.asked == []


def test_a_body_that_comes_in_small_parts_is_put_together(settings: Settings, rasa: FakeRasa) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for byte in '{"conversation": "x", "channel": "web", "text": "où ça fait mal"}'.encode():
            yield bytes([byte])

    async def scenario() -> httpx.Response:
        async with in_this_loop(settings, rasa) as client:
            return await client.post("/api/messages", content=parts())

    assert asyncio.run(scenario()).status_code == 200
    assert rasa.messages == ["où ça fait mal"]


# Fields


@pytest.mark.parametrize("field", ["conversation", "channel", "text"])
def test_a_field_that_is_missing_is_named(api: Api, rasa: FakeRasa, field: str) -> None:
    body = {"conversation": "x", "channel": "web", "text": "x"}
    del body[field]
    assert error_of(api.send(json.dumps(body)), 422, "invalid") == f"{field}: field required"
    assert rasa.asked == []


@pytest.mark.parametrize("field", ["txt", "Text", "metadata", "sender", "topic"])
def test_a_field_that_is_not_known_is_named(api: Api, rasa: FakeRasa, field: str) -> None:
    message = error_of(api.post(**{field: "x"}), 422, "invalid")
    assert message == f"{field}: extra fields not permitted"
    assert rasa.asked == []


def test_a_field_whose_name_is_half_a_character_is_refused_like_any_other(api: Api) -> None:
    body = b'{"conversation": "x", "channel": "web", "text": "x", "\\ud800": 1}'
    assert "extra fields not permitted" in error_of(api.send(body), 422, "invalid")


@pytest.mark.parametrize("value", [123, 1.5, True, None, ["x"], {"text": "x"}])
@pytest.mark.parametrize("field", ["conversation", "channel", "text"])
def test_a_field_of_another_type_is_named_and_not_turned_into_text(
    api: Api, rasa: FakeRasa, field: str, value: object
) -> None:
    body = {"conversation": "x", "channel": "web", "text": "x", field: value}
    assert error_of(api.send(json.dumps(body)), 422, "invalid").startswith(f"{field}: ")
    assert rasa.asked == []


@pytest.mark.parametrize("value", [123, 1.5, True, ["x"], {"id": "x"}])
def test_a_message_id_of_another_type_is_named(api: Api, value: object) -> None:
    assert error_of(api.post(message_id=value), 422, "invalid") == "message_id: str type expected"


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t", "\x00\x07", ZERO_WIDTH, f" {BIDIRECTIONAL}\n"])
def test_a_text_with_nothing_to_read_in_it_is_refused(api: Api, rasa: FakeRasa, text: str) -> None:
    assert error_of(api.post(text), 422, "invalid") == "text: The message is empty."
    assert rasa.asked == []
    assert stored(api.client) == []


def test_a_text_of_2000_characters_is_taken_whole(api: Api, rasa: FakeRasa) -> None:
    assert api.post("é" * 2000).status_code == 200
    assert rasa.messages == ["é" * 2000]


def test_a_text_of_2001_characters_is_refused_with_both_numbers(api: Api, rasa: FakeRasa) -> None:
    message = error_of(api.post("é" * 2001), 422, "invalid")
    assert message == "text: The message has 2,001 characters; 2,000 at most are taken."
    assert rasa.asked == []
    assert stored(api.client) == []


@pytest.mark.parametrize("field", ["conversation", "message_id"])
def test_an_id_may_have_128_characters_and_not_129(api: Api, field: str) -> None:
    assert api.post(**{field: "x" * 128}).status_code == 200
    message = error_of(api.post(**{field: "x" * 129}), 422, "invalid")
    assert message == f"{field}: ensure this value has at most 128 characters"


@pytest.mark.parametrize("field", ["conversation", "message_id"])
def test_an_empty_id_is_refused(api: Api, field: str) -> None:
    message = error_of(api.post(**{field: ""}), 422, "invalid")
    assert message == f"{field}: ensure this value has at least 1 characters"


@pytest.mark.parametrize("odd", ["\n", "\x00", "\x1b", "\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ud800"])
@pytest.mark.parametrize("field", ["conversation", "message_id"])
def test_an_id_with_a_control_character_is_refused(api: Api, rasa: FakeRasa, field: str, odd: str) -> None:
    message = error_of(api.post(**{field: f"a{odd}b"}), 422, "invalid")
    assert message == f"{field}: must not hold control characters"
    assert rasa.asked == []


@pytest.mark.parametrize(
    "conversation",
    [
        "12025550123",
        "+02025550123",
        "+1 202 555 0123",
        "+1-202-555-0123",
        "+120255",
        "+1234567890123456",
        "+1202555012\uff13",
        "+1202555012a",
        " +12025550123",
        "demo-1",
    ],
)
def test_by_sms_a_conversation_must_be_a_number_in_e164(api: Api, rasa: FakeRasa, conversation: str) -> None:
    message = error_of(api.post(channel="sms", conversation=conversation), 422, "invalid")
    assert "conversation must be a number in E.164, such as +12025550123" in message
    assert rasa.asked == []
    assert api.post(channel="web", conversation=conversation).status_code == 200


@pytest.mark.parametrize("channel", ["WEB", "email", "", " web", "web\n"])
def test_a_channel_that_is_not_known_is_refused_with_those_that_are(api: Api, channel: str) -> None:
    message = error_of(api.post(channel=channel), 422, "invalid")
    assert message.startswith("channel: ")
    assert "'web', 'sms', 'desk'" in message


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "channel", "x"]), inner),
    max_leaves=6,
)


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "conversation": _JSON | st.just("x"),
            "channel": _JSON | st.sampled_from(["web", "sms", "desk"]),
            "text": _JSON,
            "message_id": _JSON,
            "more": _JSON,
        },
    )
    | _JSON.filter(lambda body: not isinstance(body, list))  # see test_a_list_of_pairs_is_no_object
)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_json_comes_it_is_answered_or_refused_and_never_an_error_of_ours(api: Api, body: Any) -> None:
    response = api.send(json.dumps(body))
    assert response.status_code in (200, 422), response.text
    if response.status_code == 422:
        assert error_of(response, 422, "invalid")


# The same message again


def test_a_message_id_seen_before_gets_the_stored_replies_and_rasa_is_asked_once(api: Api, rasa: FakeRasa) -> None:
    answers = iter([replies(a_reply("the first answer")), replies(a_reply("another answer"))])
    rasa.answer = lambda _: next(answers)
    first = api.post("does it hurt?", message_id="m-1")
    again = api.post("does it hurt?", message_id="m-1")
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert len(rasa.asked) == 1
    assert stored(api.client) == [("does it hurt?", ["the first answer"])]


def test_a_repeat_that_differs_only_in_what_cleaning_takes_away_is_the_same_message(api: Api, rasa: FakeRasa) -> None:
    first = api.post("does it hurt?", message_id="m-1").json()
    assert api.post("  does\u200b it\u00a0hurt?\r\n", message_id="m-1").json() == first
    assert len(rasa.asked) == 1


def test_a_message_id_seen_before_with_another_text_is_refused_and_changes_nothing(api: Api, rasa: FakeRasa) -> None:
    first = api.post("does it hurt?", message_id="m-1").json()
    message = error_of(api.post("does it bleed?", message_id="m-1"), 422, "invalid")
    assert message == "message_id: message_id was used before in this conversation, for another text"
    assert rasa.messages == ["does it hurt?"]
    assert api.post("does it hurt?", message_id="m-1").json() == first


def test_a_message_id_belongs_to_its_conversation_alone(api: Api, rasa: FakeRasa) -> None:
    api.post("does it hurt?", message_id="1", conversation="a")
    response = api.post("does it bleed?", message_id="1", conversation="b")
    assert response.json()["replies"][0]["text"] == "About does it bleed?."
    assert rasa.messages == ["does it hurt?", "does it bleed?"]


class Gate:
    """Holds back the answers to one text until it is opened."""

    def __init__(self, rasa: FakeRasa, held: str) -> None:
        self._rasa, self._held = rasa, held
        self._opened = asyncio.Event()
        self._reached: dict[str, asyncio.Event] = {}
        rasa.answer = self._answer

    async def reached(self, text: str) -> None:
        """Until Rasa has been asked `text`."""
        await asyncio.wait_for(self._reached.setdefault(text, asyncio.Event()).wait(), 30)

    def open(self) -> None:
        """Lets the answers through."""
        self._opened.set()

    async def _answer(self, body: dict[str, Any]) -> httpx.Response:
        text = body["message"]
        self._reached.setdefault(text, asyncio.Event()).set()
        if text == self._held:
            await self._opened.wait()
        return replies(a_reply(f"About {text}.", topic="onset" if text == self._held else "benefits"))


async def send(client: httpx.AsyncClient, text: str, conversation: str = "demo-1", **fields: str) -> dict[str, Any]:
    """A message that must be answered."""
    body = {"conversation": conversation, "channel": "web", "text": text, **fields}
    response = await client.post("/api/messages", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def test_a_message_that_comes_again_while_it_is_being_answered_is_asked_once(
    settings: Settings, rasa: FakeRasa
) -> None:
    async def scenario() -> None:
        gate = Gate(rasa, "does it hurt?")
        async with in_this_loop(settings, rasa) as client:
            first = asyncio.create_task(send(client, "does it hurt?", message_id="m-1"))
            await gate.reached("does it hurt?")
            second = asyncio.create_task(send(client, "does it hurt?", message_id="m-1"))
            await send(client, "somebody else", "demo-2")  # by now the second has had its chance to reach Rasa
            gate.open()
            assert await first == await second
            assert rasa.messages == ["does it hurt?", "somebody else"]

    asyncio.run(scenario())


def test_a_message_that_was_answered_is_repeated_at_once_while_the_next_is_being_answered(
    settings: Settings, rasa: FakeRasa
) -> None:
    async def scenario() -> None:
        gate = Gate(rasa, "is that common?")
        async with in_this_loop(settings, rasa) as client:
            first = await send(client, "does it hurt?", message_id="m-1")
            second = asyncio.create_task(send(client, "is that common?"))
            await gate.reached("is that common?")
            assert await asyncio.wait_for(send(client, "does it hurt?", message_id="m-1"), 30) == first
            gate.open()
            await second

    asyncio.run(scenario())


def test_the_same_first_message_many_times_at_once_is_stored_and_asked_once(settings: Settings, rasa: FakeRasa) -> None:
    async def scenario() -> None:
        async with in_this_loop(settings, rasa) as client:
            answers = await asyncio.gather(*(send(client, "does it hurt?", message_id="m-1") for _ in range(8)))
            assert all(answer == answers[0] for answer in answers)
            assert rasa.messages == ["does it hurt?"]

    asyncio.run(scenario())


# Order


def test_messages_of_one_conversation_are_answered_one_after_the_other(settings: Settings, rasa: FakeRasa) -> None:
    async def scenario() -> None:
        gate = Gate(rasa, "when does it work?")
        async with in_this_loop(settings, rasa) as client:
            first = asyncio.create_task(send(client, "when does it work?"))
            await gate.reached("when does it work?")
            second = asyncio.create_task(send(client, "is that common?"))
            await send(client, "somebody else", "demo-2")  # others are not held up, and the second has had its chance
            assert rasa.messages == ["when does it work?", "somebody else"]
            assert not first.done()
            gate.open()
            await asyncio.gather(first, second)
            # The second was asked when the first had been answered: its context is the first one's topic.
            assert rasa.messages == ["when does it work?", "somebody else", "is that common?"]
            assert rasa.asked[2]["metadata"]["context"] == {"topic": "onset", "kind": "answer", "asked": {"onset": 1}}

    asyncio.run(scenario())


def until_stored(client: httpx.AsyncClient, text: str) -> None:
    """Until a message is in the database, answered or not."""
    until(f"{text} is stored", lambda: text in dict(stored(client)))


def test_messages_that_wait_are_answered_in_the_order_in_which_they_came(settings: Settings, rasa: FakeRasa) -> None:
    waiting = [f"question {number}" for number in range(6)]

    async def scenario() -> None:
        gate = Gate(rasa, "the first")
        async with in_this_loop(settings, rasa) as client:
            tasks = [asyncio.create_task(send(client, "the first"))]
            await gate.reached("the first")
            for number, text in enumerate(waiting):
                tasks.append(asyncio.create_task(send(client, text)))
                # The next comes only when this one has been stored and waits for its turn.
                await asyncio.to_thread(until_stored, client, text)
                await send(client, f"somebody else {number}", "demo-2")
            gate.open()
            await asyncio.gather(*tasks)

    asyncio.run(scenario())
    assert [text for text in rasa.messages if not text.startswith("somebody")] == ["the first", *waiting]


# Slash commands and buttons


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("/restart", "restart"),
        ("  /onset{}", "onset{}"),
        ("\n\n/session_start", "session_start"),
        ("\uff0frestart", "restart"),  # fullwidth: an ordinary slash after NFKC
        ("\u200b/back", "back"),
        ("/\u200b/restart", "restart"),
        ("// /restart", "restart"),
        ("\u2028/restart", "restart"),
        ("\x00/restart", "restart"),
        ('/talk_to_person{"a": "b"}', 'talk_to_person{"a": "b"}'),
        ("/", "?"),
        ("/ / /", "?"),
        ("either/or", "either/or"),
    ],
)
def test_what_people_type_is_never_a_slash_command_to_rasa(api: Api, rasa: FakeRasa, text: str, asked: str) -> None:
    assert api.post(text).status_code == 200
    assert rasa.messages == [asked]


@given(st.text(alphabet=st.sampled_from("/\uff0f\u2044\u2215 \n\t\r\u00a0\u3000\u200b\u202e\x00a{}"), max_size=12))
@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mixture_of_slashes_and_blanks_gets_through_as_a_command(api: Api, rasa: FakeRasa, text: str) -> None:
    asked_before = len(rasa.asked)
    assert api.post(text).status_code in (200, 422)
    assert not any(message.strip().startswith("/") for message in rasa.messages[asked_before:])


def offer(*buttons: dict[str, Any]) -> Callable[[dict[str, Any]], httpx.Response]:
    """An answer of Rasa's with buttons."""
    return lambda _: replies(a_reply(buttons=list(buttons)))


def test_the_title_of_a_button_that_was_offered_reaches_rasa_as_its_topic(api: Api, rasa: FakeRasa) -> None:
    rasa.answer = offer(a_button("How soon does it work?", "onset"), a_button("What are the risks?", "risks_overview"))
    api.post("tell me about it")
    api.post("What are the risks?")
    assert rasa.messages == ["tell me about it", "/risks_overview"]
    assert [text for text, _ in stored(api.client)] == ["tell me about it", "What are the risks?"]


@pytest.mark.parametrize("text", ["2", " 2. ", "2)", "\uff12", "number 2", "two", "the second one", "Option 2 please"])
def test_a_number_picks_the_button_in_that_place(api: Api, rasa: FakeRasa, text: str) -> None:
    rasa.answer = offer(a_button("How soon?", "onset"), a_button("Risks?", "risks_overview"))
    api.post("tell me about it")
    api.post(text)
    assert rasa.messages[1] == "/risks_overview"


@pytest.mark.parametrize("text", ["3", "0", "/onset", "onset", "2 weeks ago I had one"])
def test_what_picks_no_button_is_asked_as_it_stands(api: Api, rasa: FakeRasa, text: str) -> None:
    rasa.answer = offer(a_button("How soon?", "onset"), a_button("Risks?", "risks_overview"))
    api.post("tell me about it")
    api.post(text)
    assert rasa.messages[1] == text.removeprefix("/")


def test_a_title_that_was_not_offered_in_this_conversation_is_only_a_text(api: Api, rasa: FakeRasa) -> None:
    rasa.answer = offer(a_button("How soon?", "onset"))
    api.post("tell me about it", conversation="a")
    api.post("How soon?", conversation="b")
    assert rasa.messages[1] == "How soon?"


def test_a_button_without_a_topic_sends_its_words(api: Api, rasa: FakeRasa) -> None:
    rasa.answer = offer(a_button("Yes", None), a_button("How soon?", "onset"))
    api.post("tell me about it")
    api.post("Yes")
    assert rasa.messages[1] == "Yes"


def test_a_number_counts_the_buttons_as_they_are_shown_with_those_that_have_no_topic(api: Api, rasa: FakeRasa) -> None:
    rasa.answer = offer(a_button("Yes", None), a_button("How soon?", "onset"), a_button("Risks?", "risks_overview"))
    api.post("tell me about it")
    api.post("2")
    assert rasa.messages[1] == "/onset"


# What is stored


@pytest.mark.parametrize("odd", list(BIDIRECTIONAL + ZERO_WIDTH))
def test_bidirectional_and_zero_width_characters_reach_neither_rasa_nor_the_database(
    api: Api, rasa: FakeRasa, odd: str
) -> None:
    assert api.post(f"{odd}is it {odd}sa{odd}fe?{odd}").status_code == 200
    assert rasa.messages == ["is it safe?"]
    assert [text for text, _ in stored(api.client)] == ["is it safe?"]


def test_a_control_character_between_two_words_parts_them(api: Api, rasa: FakeRasa) -> None:
    api.post("is\x07it\tsafe?\r\nplease")
    assert rasa.messages == ["is it safe?\nplease"]


def test_what_was_said_is_still_there_after_the_gateway_has_been_started_anew(
    open_gateway: OpenGateway, rasa: FakeRasa
) -> None:
    first = Api(open_gateway()).post("does it hurt?", message_id="m-1").json()
    assert Api(open_gateway()).post("does it hurt?", message_id="m-1").json() == first
    assert len(rasa.asked) == 1


# Rasa does not answer


def is_honest(response: httpx.Response) -> None:
    """One reply, which says that there is no answer, whom to ring, and what to do in an emergency."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["escalation"] is None
    [reply] = body["replies"]
    assert "can't answer right now" in reply["text"]
    assert PHONE in reply["text"]
    assert f"call {EMERGENCY}" in reply["text"]
    assert (reply["kind"], reply["topic"], reply["section"]) == ("clarify", None, None)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"error": "KeyError"}),
        httpx.Response(404),
        httpx.Response(302, headers={"location": "/elsewhere"}),
        httpx.Response(200, text="<html>not what was meant</html>"),
        httpx.Response(200, content=b"\xff\xfe\x00"),
        httpx.Response(200, json=None),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"text": "Hello.", "kind": "smalltalk"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json=["Hello."]),
        httpx.Response(200, json=[{"text": "no kind"}]),
        httpx.Response(200, json=[{"text": "a kind of its own", "kind": "gossip"}]),
        httpx.Response(200, json=[{"text": "more", "kind": "answer", "secret": 1}]),
        httpx.Response(200, json=[{"recipient_id": "x", "text": "Rasa's own form"}]),
        httpx.Response(200, json=[a_reply("a good one"), {"kind": "answer"}]),
    ],
    ids=lambda response: f"{response.status_code} {response.text[:40]!r}",
)
def test_an_answer_of_rasas_that_holds_no_replies_is_made_up_for_honestly(
    api: Api, rasa: FakeRasa, answer: httpx.Response
) -> None:
    rasa.answer = lambda _: answer
    response = api.post("does it hurt?", message_id="m-1")
    is_honest(response)
    assert [text for text, _ in stored(api.client)] == ["does it hurt?"]
    assert api.post("does it hurt?", message_id="m-1").json() == response.json()


def test_when_rasa_answers_again_so_does_the_gateway(api: Api, rasa: FakeRasa) -> None:
    well = rasa.answer
    rasa.answer = lambda _: httpx.Response(500)
    is_honest(api.post("does it hurt?"))
    rasa.answer = well
    assert api.post("does it bleed?").json()["replies"][0]["text"] == "About does it bleed?."


def test_a_log_line_on_a_failure_of_rasas_holds_nobodys_words(
    api: Api, rasa: FakeRasa, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.answer = lambda _: httpx.Response(500, text="failed on: my secret words")
    api.post("my secret words", conversation="Anna Bell")
    assert "answered without Rasa: status 500" in caplog.text
    assert "secret" not in caplog.text
    assert "Anna" not in caplog.text


def test_a_rasa_that_is_down_is_made_up_for_honestly(open_gateway: OpenGateway) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    gateway = open_gateway(rasa_url=f"http://127.0.0.1:{port}", real_network=True)
    is_honest(Api(gateway).post("does it hurt?"))
    assert [text for text, _ in stored(gateway)] == ["does it hurt?"]


@contextmanager
def a_server(talk: Callable[[socket.socket, threading.Event], object]) -> Iterator[str]:
    """A server on this machine that does `talk` with each connection; the event says that the test is over."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk(self.request, over)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            over.set()
            server.shutdown()
            thread.join()


def http(*given: dict[str, Any]) -> bytes:
    """An answer of Rasa's as it goes over the network."""
    content = json.dumps(given).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def test_a_rasa_that_takes_the_message_and_says_nothing_is_not_waited_for(
    open_gateway: OpenGateway, caplog: pytest.LogCaptureFixture
) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        if not over.wait(10):  # far beyond the limit: who still waits then gets an answer
            connection.sendall(http(a_reply("too late")))

    with a_server(talk) as url:
        gateway = open_gateway(rasa_url=url, real_network=True, rasa_timeout=0.3)
        is_honest(Api(gateway).post("does it hurt?"))
        assert [text for text, _ in stored(gateway)] == ["does it hurt?"]
    assert "answered without Rasa: no answer within 0.3 s" in caplog.text


def test_a_rasa_on_the_network_that_is_well_is_heard(open_gateway: OpenGateway) -> None:
    def talk(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(100_000)
        connection.sendall(http(a_reply("in time")))

    with a_server(talk) as url:
        response = Api(open_gateway(rasa_url=url, real_network=True)).post("does it hurt?")
    assert [reply["text"] for reply in response.json()["replies"]] == ["in time"]


def test_a_connection_that_rasa_breaks_off_is_made_up_for_honestly(open_gateway: OpenGateway) -> None:
    with a_server(lambda connection, _: connection.recv(100_000)) as url:
        is_honest(Api(open_gateway(rasa_url=url, real_network=True)).post("does it hurt?"))


def test_a_rasa_that_answers_a_byte_at_a_time_is_not_waited_for_longer_than_the_limit(
    open_gateway: OpenGateway,
) -> None:
    def drip(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(100_000)
        whole = http(a_reply("too late"))
        for byte in range(len(whole)):
            if over.wait(0.02):  # some 5 s in all, ten times the limit
                return
            try:
                connection.sendall(whole[byte : byte + 1])
            except OSError:
                return

    with a_server(drip) as url:
        is_honest(Api(open_gateway(rasa_url=url, real_network=True, rasa_timeout=0.5)).post("does it hurt?"))


def test_by_sms_the_honest_reply_fits_two_text_messages(api: Api, rasa: FakeRasa) -> None:
    from bot import gsm7
    from bot.knowledge import SMS_LIMIT

    rasa.answer = lambda _: httpx.Response(500)
    response = api.post(channel="sms", conversation="+12025550123")
    is_honest(response)
    text = response.json()["replies"][0]["text"]
    assert gsm7.strangers(text) == ""
    assert gsm7.septets(text) <= SMS_LIMIT


def test_without_a_number_of_the_clinics_the_honest_reply_names_the_clinic(
    open_gateway: OpenGateway, rasa: FakeRasa
) -> None:
    rasa.answer = lambda _: httpx.Response(500)
    response = Api(open_gateway(clinic_phone="")).post("does it hurt?")
    assert "call Lakeside Hip Clinic" in response.json()["replies"][0]["text"]


def test_callers_with_a_key_are_not_held_by_the_limit_for_visitors(open_gateway: OpenGateway) -> None:
    api = Api(open_gateway(visitor_limit="1/hour"))
    assert [api.post(f"question {number}").status_code for number in range(4)] == [200] * 4


def test_every_topic_that_the_knowledge_has_can_be_picked_by_its_title(api: Api, rasa: FakeRasa) -> None:
    for topic in load().topics.values():
        rasa.answer = offer(a_button(topic.title, topic.id))
        api.post("what is there?", conversation=topic.id)
        api.post(topic.title, conversation=topic.id)
        assert rasa.messages[-1] == f"/{topic.id}"
