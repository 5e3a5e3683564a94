"""What the widget's script asks for: messages, events, consent, feedback, a number, the transcript, to be forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from bot.care import callers, escalations, timeline, visitors
from bot.care.tables import CallerNumber, Conversation, Escalation, WebConsent, now
from bot.gateway.widget import events
from bot.gateway.widget.visitor import COOKIE, conversation_of
from bot.replies import Reply
from tests.gateway.conftest import EMERGENCY, FakeRasa, OpenGateway, a_button, a_reply, replies, state_of, stored

ANNA, BERT = "A" * 43, "B" * 43
ID = "0123456789abcdef"
NUMBER = "+12025550123"
RED_FLAG = "I can't breathe and my lips are swelling"


class Caller:
    """The widget's script, with a visitor's token."""

    def __init__(self, client: TestClient, token: str = ANNA) -> None:
        self.client = client
        self.headers = {"Authorization": f"Visitor {token}"}

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(f"/widget/{path}", headers=self.headers, **more)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.client.post(f"/widget/{path}", json=fields, headers=self.headers)

    def agree(self) -> Caller:
        page = self.client.get("/widget").text
        [wording] = re.findall(r'name="wording" value="(\w+)"', page)
        assert self.post("consent", wording=wording).status_code == 200
        return self

    def say(self, text: str = "does it hurt?", message_id: str = ID, **more: Any) -> httpx.Response:
        return self.post("messages", text=text, message_id=message_id, **more)

    def events(self, after: int = 0, **headers: str) -> list[dict[str, Any]]:
        response = self.client.get(
            "/widget/events", params={"after": after, "wait": "0"}, headers={**self.headers, **headers}
        )
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return parsed(response.text)


def parsed(text: str) -> list[dict[str, Any]]:
    """The entries of a stream; their ids are their positions."""
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in text.split("\n\n") if block]
    found = [json.loads(block["data"]) for block in blocks if block["event"] == "entry"]
    assert [int(block["id"]) for block in blocks if block["event"] == "entry"] == [one["position"] for one in found]
    return found


@pytest.fixture
def anna(gateway: TestClient) -> Caller:
    """A visitor who has agreed."""
    return Caller(gateway).agree()


# Consent


def test_nothing_is_taken_before_somebody_agrees(gateway: TestClient, rasa: FakeRasa) -> None:
    caller = Caller(gateway)
    assert caller.get("session").json() == {"agreed": False, "number": None}
    refused = caller.say()
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == "Please agree first. Then you can write."
    assert rasa.asked == []
    assert stored(gateway, conversation_of(ANNA)) == []
    caller.agree()
    assert caller.get("session").json() == {"agreed": True, "number": None}
    assert caller.say().status_code == 200


def test_what_is_kept_is_the_wording_on_the_page(anna: Caller) -> None:
    with state_of(anna.client).store.read() as session:
        [consent] = session.execute(select(WebConsent)).scalars()
    page = anna.client.get("/widget").text
    assert "It can be wrong" in consent.wording
    for line in consent.wording.split("\n"):
        assert f"<p>{line}</p>".replace("'", "&#39;") in page


def test_agreement_to_other_words_than_the_page_s_is_none(gateway: TestClient) -> None:
    caller = Caller(gateway)
    assert caller.post("consent", wording="0" * 16).status_code == 409
    assert caller.get("session").json() == {"agreed": False, "number": None}


def test_whoever_agreed_to_other_words_is_asked_again_but_not_in_the_middle(anna: Caller) -> None:
    with state_of(anna.client).store.write() as session:
        [consent] = session.execute(select(WebConsent)).scalars()
        consent.wording = "What was said before."
    assert anna.get("session").json() == {"agreed": False, "number": None}
    assert anna.say().status_code == 200


# Who it is


@pytest.mark.parametrize(
    "header", ["Visitor", "Visitor short", f"Visitor {'A' * 44}", f"Bearer {ANNA}", f"Visitor {'A' * 42}/", ANNA]
)
@pytest.mark.parametrize("path", ["session", "events?wait=0", "transcript"])
def test_a_token_that_is_none_of_ours_is_nobody(gateway: TestClient, header: str, path: str) -> None:
    response = gateway.get(f"/widget/{path}", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"


def test_a_wrong_token_is_not_made_good_by_a_cookie(gateway: TestClient) -> None:
    gateway.get("/")
    assert gateway.get("/widget/session").status_code == 200
    assert gateway.get("/widget/session", headers={"Authorization": "Visitor short"}).status_code == 401


def test_whoever_has_neither_token_nor_cookie_is_told_to_load_the_page_again(gateway: TestClient) -> None:
    response = gateway.post("/widget/messages", json={"text": "hi", "message_id": ID})
    assert response.status_code == 401
    assert "load the page again" in response.json()["error"]["message"]


def test_a_forged_token_sees_nothing(anna: Caller) -> None:
    anna.say("I am Anna")
    forged = Caller(anna.client, BERT)
    assert forged.get("events", params={"wait": "0"}).status_code == 404
    assert "Anna" not in forged.get("transcript").text
    assert forged.post("feedback", position=2, helpful=True).status_code == 404
    assert forged.post("forget").json()["kept"] == "nothing"
    assert anna.events()[0]["text"] == "I am Anna"


def test_what_the_database_holds_opens_nothing(anna: Caller) -> None:
    anna.say("I am Anna")
    name = conversation_of(ANNA)
    assert ANNA not in name
    for guess in (name[:43].ljust(43, "0"), name.removeprefix("visitor-").ljust(43, "0")):
        assert Caller(anna.client, guess).get("events", params={"wait": "0"}).status_code == 404


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "http://testserver:8001", "http://["]
)
@pytest.mark.parametrize("path", ["messages", "consent", "feedback", "contact", "forget"])
def test_another_website_can_send_nothing(anna: Caller, rasa: FakeRasa, origin: str, path: str) -> None:
    fields = {"text": "hi", "message_id": ID, "wording": "x", "position": 1, "helpful": True, "number": NUMBER}
    response = anna.client.post(f"/widget/{path}", json=fields, headers={**anna.headers, "Origin": origin})
    assert response.status_code == 403
    assert rasa.asked == []


@pytest.mark.parametrize("path", ["/widget", "/widget/session", "/widget/events?wait=0", "/widget/transcript"])
def test_no_other_website_s_script_may_read_an_answer(anna: Caller, path: str) -> None:
    response = anna.client.get(path, headers=anna.headers)
    assert not [name for name in response.headers if name.startswith("access-control")]


# Messages and events


def test_a_message_gives_all_that_the_page_lacks(anna: Caller, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply("It can.", buttons=[a_button("How soon?", "onset")]))
    first = anna.say().json()["entries"]
    assert [(one["position"], one["who"], one["text"]) for one in first] == [
        (1, "patient", "does it hurt?"),
        (2, "assistant", "It can."),
    ]
    assert first[0]["message_id"] == ID
    assert first[1]["reply"]["buttons"] == [a_button("How soon?", "onset")]
    second = anna.say("and then?", "fedcba9876543210", after=2).json()["entries"]
    assert [one["position"] for one in second] == [3, 4]


def test_a_message_sent_again_counts_once_and_gives_the_same(anna: Caller, rasa: FakeRasa) -> None:
    assert anna.say().json() == anna.say().json()
    assert len(rasa.asked) == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"text": 3}, "text"),
        ({"message_id": "short"}, "message_id"),
        ({"message_id": "0123456789\n"}, "message_id"),
        ({"after": -1}, "after"),
        ({"after": "1"}, "after"),
        ({"more": 1}, "more"),
    ],
)
def test_a_wrong_field_is_named(anna: Caller, fields: dict[str, Any], named: str) -> None:
    response = anna.post("messages", **{"text": "hi", "message_id": ID, **fields})
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(f"{named}: ")


def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_else(anna: Caller) -> None:
    anna.say()
    anna.say("and then?", "fedcba9876543210")
    whole = anna.events()
    assert [one["position"] for one in whole] == [1, 2, 3, 4]
    assert anna.events(2) == whole[2:]
    assert anna.events(0, **{"Last-Event-ID": "3"}) == whole[3:]
    assert anna.events(4) == []


@pytest.mark.parametrize("last", ["nonsense", "-1", "1" * 40, "²"])
def test_a_last_event_id_that_is_no_number_counts_for_nothing(anna: Caller, last: str) -> None:
    anna.say()
    response = anna.client.get(
        "/widget/events", params={"wait": "0"}, headers={**anna.headers, "Last-Event-ID": last.encode()}
    )
    assert [one["position"] for one in parsed(response.text)] == [1, 2]


def test_who_speaks_is_in_each_entry(anna: Caller) -> None:
    anna.say()
    with state_of(anna.client).store.write() as session:
        conversation = visitors.conversation_id(session, conversation_of(ANNA))
        assert conversation is not None
        timeline.say(session, conversation, Reply(text="Kim is here.", kind="handoff"), who="system")
        timeline.say(session, conversation, Reply(text="Hello.", kind="handoff"), who="staff", name="Kim")
    assert [(one["who"], one["name"]) for one in anna.events(2)] == [("system", None), ("staff", "Kim")]


def test_html_and_line_breaks_pass_through_events_unharmed(anna: Caller) -> None:
    text = "</script>\n\ndata: no\nid: 99 end"
    anna.say(text)
    assert anna.events()[0]["text"] == text


def test_a_stream_ends_with_the_gateway_and_has_said_all_before(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway()).agree()
    anna.say()
    state_of(anna.client).hub.close()
    response = anna.client.get("/widget/events", headers=anna.headers)
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["cache-control"] == "no-store"
    assert [one["position"] for one in parsed(response.text)] == [1, 2]


def test_a_visitor_has_so_many_streams_and_no_more(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway()).agree()
    streams = anna.client.app.state.widget.streams  # type: ignore[attr-defined]
    with contextlib.ExitStack() as others:
        for _ in range(8):
            others.enter_context(streams.one_of(conversation_of(ANNA)))
        refused = anna.get("events")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert anna.get("events", params={"wait": "0"}).status_code == 200
    streams.check(conversation_of(ANNA))


def test_a_warning_sign_is_answered_though_nothing_can_be_stored(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway()).agree()
    with state_of(anna.client).store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE web_consents")
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    response = anna.say(RED_FLAG)
    assert response.status_code == 503
    assert f"Call {EMERGENCY} now." in response.json()["replies"][0]["text"]


# Limits


def test_one_message_too_many_is_refused_with_how_long_to_wait(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway(visitor_limit="2/minute")).agree()
    statuses = [anna.say("hi", f"message-{number}").status_code for number in range(3)]
    assert statuses == [200, 200, 429]
    assert 0 < int(anna.say("hi", "message-9").headers["retry-after"]) <= 60


def test_saying_what_helped_does_not_use_up_the_messages(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway(visitor_limit="2/minute")).agree()
    anna.say("hi", "message-1")
    assert [anna.post("feedback", position=2, helpful=True).status_code for _ in range(3)] == [200, 200, 429]
    assert anna.say("hi", "message-2").status_code == 200


# A telephone number


def kept(client: TestClient, token: str = ANNA) -> CallerNumber | None:
    """What the desk knows of a visitor's number."""
    with state_of(client).store.read() as session:
        conversation = visitors.conversation_id(session, conversation_of(token))
        return callers.of_conversation(session, conversation) if conversation else None


def test_a_number_is_kept_as_the_patient_s_own_and_the_session_knows_it(anna: Caller) -> None:
    response = anna.post("contact", number="(202) 555-0123", name=" Ann\n <b>Lee</b> ")
    assert (response.status_code, response.json()) == (200, {"number": NUMBER})
    found = kept(anna.client)
    assert found is not None
    assert (found.number, found.name, found.taken_by) == (NUMBER, "Ann <b>Lee</b>", "the patient")
    assert anna.get("session").json() == {"agreed": True, "number": NUMBER}
    assert Caller(anna.client, BERT).get("session").json() == {"agreed": False, "number": None}


def test_a_number_sent_again_counts_once_and_another_takes_its_place(anna: Caller) -> None:
    assert [anna.post("contact", number="202 555 0123", name="Ann").json() for _ in range(2)] == [
        {"number": NUMBER}
    ] * 2
    assert anna.post("contact", number="202 555 0199").json() == {"number": "+12025550199"}
    found = kept(anna.client)
    assert found is not None
    assert (found.number, found.name) == ("+12025550199", "Ann")


@pytest.mark.parametrize("number", ["", "none", "911", "555-0123", "9" * 60_000])
def test_what_is_no_number_is_refused_with_what_one_looks_like(anna: Caller, number: str) -> None:
    response = anna.post("contact", number=number)
    assert response.status_code == 422
    assert "such as (202) 555-0123" in response.json()["error"]["message"]
    assert kept(anna.client) is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [({}, "number"), ({"number": 2025550123}, "number"), ({"name": None}, "name"), ({"more": 1}, "more")],
)
def test_a_wrong_field_with_a_number_is_named(anna: Caller, fields: dict[str, Any], named: str) -> None:
    response = anna.post("contact", **({"number": NUMBER, **fields} if fields else {}))
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(f"{named}: ")


def test_a_name_may_be_left_out_and_is_never_cut(anna: Caller) -> None:
    assert anna.post("contact", number=NUMBER, name="").status_code == 200
    refused = anna.post("contact", number=NUMBER, name="a" * 161)
    assert refused.status_code == 422
    assert "160 characters" in refused.json()["error"]["message"]
    found = kept(anna.client)
    assert found is not None
    assert found.name is None


def test_a_number_belongs_where_the_settings_say(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway(telephone_region="GB")).agree()
    assert anna.post("contact", number="020 7946 0018").json() == {"number": "+442079460018"}


def test_before_there_is_a_conversation_no_number_is_taken(gateway: TestClient) -> None:
    assert Caller(gateway).post("contact", number=NUMBER).status_code == 404
    with state_of(gateway).store.read() as session:
        assert session.execute(select(CallerNumber)).all() == []


def test_so_many_numbers_and_no_more_and_a_message_gets_through_all_the_same(open_gateway: OpenGateway) -> None:
    anna = Caller(open_gateway(visitor_limit="2/minute")).agree()
    assert [anna.post("contact", number=NUMBER).status_code for _ in range(3)] == [200, 200, 429]
    assert anna.say().status_code == 200


def test_the_desk_hears_of_a_number_at_once_and_only_of_news(anna: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(state_of(anna.client).hub, "wake", woken.append)
    anna.post("contact", number=NUMBER)
    anna.post("contact", number=NUMBER)
    found = kept(anna.client)
    assert found is not None
    assert woken == [found.conversation_id]


def test_a_number_goes_with_the_conversation(anna: Caller) -> None:
    anna.say()
    anna.post("contact", number=NUMBER)
    assert anna.post("forget").json()["kept"] == "nothing"
    with state_of(anna.client).store.read() as session:
        assert session.execute(select(CallerNumber)).all() == []


def test_no_number_is_in_the_transcript_or_among_what_was_said(anna: Caller) -> None:
    anna.say()
    anna.post("contact", number=NUMBER)
    assert NUMBER not in anna.get("transcript").text
    assert len(anna.events()) == 2


# Feedback, transcript


def test_whether_an_answer_helped_is_kept_and_shown_again(anna: Caller) -> None:
    anna.say()
    assert anna.events()[1]["helpful"] is None
    assert anna.post("feedback", position=2, helpful=False).json() == {"helpful": False}
    assert anna.events()[1]["helpful"] is False


@pytest.mark.parametrize("position", [1, 3, 10**9])
def test_only_an_answer_of_one_s_own_conversation_can_be_rated(anna: Caller, position: int) -> None:
    anna.say()
    assert anna.post("feedback", position=position, helpful=True).status_code == 404


def test_the_transcript_says_who_said_what_and_when(anna: Caller) -> None:
    anna.say("does it <b>hurt</b>?")
    with state_of(anna.client).store.write() as session:
        conversation = visitors.conversation_id(session, conversation_of(ANNA))
        assert conversation is not None
        timeline.say(session, conversation, Reply(text="Hello.", kind="handoff"), who="staff", name="Kim")
    response = anna.get("transcript")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="conversation-[\d-]+\.txt"', response.headers["content-disposition"])
    lines = response.text.split("\n")
    assert re.fullmatch(r"You, \d{4}-\d\d-\d\d \d\d:\d\d UTC", lines[6])
    assert lines[7] == "does it <b>hurt</b>?"
    assert lines[9].startswith("Hipline, ")
    assert lines[11] == "From the document: Potential Benefits and Risks"
    assert any(line.startswith("Kim, Lakeside Hip Clinic, ") for line in lines)


# To be forgotten


def test_end_and_forget_deletes_the_conversation(anna: Caller) -> None:
    anna.say()
    assert anna.post("forget").json() == {"kept": "nothing", "message": "The chat is deleted."}
    assert anna.get("session").json() == {"agreed": False, "number": None}
    with state_of(anna.client).store.read() as session:
        assert session.execute(select(Conversation)).all() == []
    assert anna.post("forget").json()["kept"] == "nothing"


def test_an_open_warning_sign_is_kept_for_the_clinic_and_that_is_said(anna: Caller, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply("Call.", kind="escalation", topic=None, urgency="emergency"))
    anna.say(RED_FLAG)
    answer = anna.post("forget").json()
    assert answer["kept"] == "escalation"
    assert (
        "kept until a person at Lakeside Hip Clinic has dealt with it, with your telephone number if you left one"
        in answer["message"]
    )
    assert f"call {EMERGENCY}" in answer["message"]
    assert anna.get("events", params={"wait": "0"}).status_code == 404
    with state_of(anna.client).store.write() as session:
        [escalation] = session.execute(select(Escalation)).scalars()
        [(_, message)] = escalations.messages(session, escalation.id)
        assert message.text == RED_FLAG
        escalations.resolve(session, escalation, "Kim", now())


def test_an_open_page_of_a_forgotten_conversation_is_told(anna: Caller) -> None:
    anna.say()
    name = conversation_of(ANNA)
    with state_of(anna.client).store.read() as session:
        conversation = visitors.conversation_id(session, name)
        assert conversation is not None
    anna.post("forget")

    async def listen() -> list[str]:
        state = state_of(anna.client)
        return [part async for part in events.stream(state.hub, state.store, name, conversation, 0)]

    assert asyncio.run(listen()) == ["event: gone\ndata: {}\n\n"]


def test_the_cookie_of_our_own_page_says_who_it_is_too(gateway: TestClient) -> None:
    gateway.get("/")
    assert gateway.get("/widget/session").json() == {"agreed": False, "number": None}
    assert conversation_of(gateway.cookies[COOKIE]) != conversation_of(ANNA)


def test_the_routes_of_the_page_are_no_part_of_the_api_s_description(gateway: TestClient) -> None:
    assert not [path for path in gateway.get("/openapi.json").json()["paths"] if path.startswith("/widget")]
