"""`POST /api/check-ins`, and what becomes of the answers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from bot.care import escalations
from bot.care.tables import CheckIn, CheckInAnswer, OutgoingText
from tests.gateway.conftest import KEY, Api, FakeRasa, state_of

NUMBER = "+12025550123"


def ask(client: TestClient, **body: Any) -> httpx.Response:
    """Asks for a check-in now."""
    headers = {"Authorization": f"Bearer {KEY}"}
    return client.post("/api/check-ins", content=json.dumps({"to": NUMBER, **body}), headers=headers)


def say(api: Api, text: str, number: str = NUMBER) -> dict[str, Any]:
    """The answer to a text of a patient's."""
    response = api.post(text, conversation=number, channel="sms")
    assert response.status_code == 200, response.text
    return response.json()


def kinds(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(reply["kind"], reply["urgency"]) for reply in answer["replies"]]


def scores(client: TestClient) -> list[tuple[str, float, str, str | None]]:
    with state_of(client).store.read() as session:
        rows = session.execute(select(CheckInAnswer).order_by(CheckInAnswer.id)).scalars()
        return [(row.question, row.value, row.level, row.reason) for row in rows]


def category(client: TestClient) -> str | None:
    with state_of(client).store.read() as session:
        [found] = escalations.listed(session, escalations.STATES, 10)
        return found.category


def test_a_check_in_is_asked_at_once_by_text(gateway: TestClient) -> None:
    response = ask(gateway, question="pain_score")
    assert response.status_code == 200
    body = response.json()
    [reply] = body["replies"]
    assert (body["conversation"], reply["kind"], reply["urgency"]) == (NUMBER, "check_in", "none")
    with state_of(gateway).store.read() as session:
        [text] = session.execute(select(OutgoingText)).scalars()
        [check_in] = session.execute(select(CheckIn)).scalars()
    assert (text.number, text.body, check_in.state) == (NUMBER, reply["text"], "asked")
    assert "Lakeside Hip Clinic" in text.body
    assert "STOP" in text.body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "2025550123"}, "to"),
        ({"to": "+1202555"}, "to"),
        ({"to": "+99912345678"}, "to"),
        ({"question": "mood"}, "question"),
        ({"when": "now"}, "when"),
        ({"to": 12025550123}, "to"),
    ],
)
def test_what_is_wrong_is_named(gateway: TestClient, body: dict[str, Any], field: str) -> None:
    response = ask(gateway, **body)
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(f"{field}: ")
    assert response.json()["error"]["code"] == "invalid"


def test_nobody_is_asked_without_a_key(gateway: TestClient) -> None:
    assert gateway.post("/api/check-ins", json={"to": NUMBER}).status_code == 401


def test_a_bare_score_is_kept_and_rasa_is_not_asked(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    ask(gateway)
    answer = say(api, "about a 4 today")
    assert kinds(answer) == [("check_in", "none")]
    assert "4 out of 10" in answer["replies"][0]["text"]
    assert rasa.asked == []
    assert scores(gateway) == [("pain_score", 4.0, "expected", None)]


def test_the_highest_score_of_somebody_unknown_tells_what_would_be_a_warning_sign(
    gateway: TestClient, api: Api
) -> None:
    ask(gateway)
    answer = say(api, "10/10")
    assert kinds(answer) == [("check_in", "none")]
    assert answer["escalation"] is None
    assert "fever" in " ".join(reply["text"] for reply in answer["replies"])


def test_words_beside_a_score_are_answered_too(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    ask(gateway)
    answer = say(api, "7. is that normal?")
    assert kinds(answer) == [("check_in", "none"), ("answer", "none")]
    assert rasa.messages == ["is that normal?"]
    assert [row[:2] for row in scores(gateway)] == [("pain_score", 7.0)]


def test_a_red_flag_beside_a_score_goes_first_and_the_score_is_kept(
    gateway: TestClient, api: Api, rasa: FakeRasa
) -> None:
    rasa.answer = lambda _: httpx.Response(500)
    ask(gateway)
    answer = say(api, "6 and I can't breathe, my face is swelling")
    assert kinds(answer)[0] == ("escalation", "emergency")
    assert answer["escalation"]
    assert "out of 10" not in answer["replies"][0]["text"]
    assert [row[:2] for row in scores(gateway)] == [("pain_score", 6.0)]


def test_what_is_no_answer_is_answered_as_any_message_and_the_question_waits_on(
    gateway: TestClient, api: Api, rasa: FakeRasa
) -> None:
    ask(gateway)
    assert kinds(say(api, "how long does it last")) == [("answer", "none")]
    assert kinds(say(api, "3")) == [("check_in", "none")]
    assert rasa.messages == ["how long does it last"]


def test_the_latest_correction_counts(gateway: TestClient, api: Api) -> None:
    ask(gateway)
    say(api, "8")
    answer = say(api, "wait 5 sorry")
    assert "5 out of 10" in answer["replies"][0]["text"]
    assert [row[1] for row in scores(gateway)] == [8.0, 5.0]
    ask(gateway)
    say(api, "same as yesterday")
    assert scores(gateway)[-1][1] == 5.0


def test_no_warning_sign_ends_a_check_in_and_one_is_escalated(gateway: TestClient, api: Api) -> None:
    ask(gateway)
    say(api, "3")
    answer = say(api, "1")
    assert kinds(answer) == [("check_in", "none")]
    with state_of(gateway).store.read() as session:
        [check_in] = session.execute(select(CheckIn)).scalars()
    assert check_in.state == "answered"
    ask(gateway)
    say(api, "3")
    answer = say(api, "2")
    assert kinds(answer) == [("escalation", "urgent")]
    assert answer["escalation"]
    assert category(gateway) == "warning_sign"


def test_a_rise_of_three_is_escalated(gateway: TestClient, api: Api) -> None:
    ask(gateway)
    assert kinds(say(api, "2")) == [("check_in", "none")]
    ask(gateway)
    assert kinds(say(api, "5")) == [("escalation", "urgent")]
    assert category(gateway) == "pain_rise"


def test_a_score_that_nobody_asked_for_is_a_message_as_any_other(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    say(api, "7")
    assert rasa.messages == ["7"]
    assert scores(gateway) == []


def test_a_number_may_pick_what_was_offered_after_the_question(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    ask(gateway)
    buttons = [{"title": "Risks", "text": "Risks", "topic": "risks_overview"}]
    rasa.answer = lambda _: httpx.Response(
        200, json=[{"text": "Which?", "kind": "clarify", "topic": None, "urgency": "none", "buttons": buttons}]
    )
    say(api, "hm what about it")
    say(api, "1")
    assert rasa.messages == ["hm what about it", "/risks_overview"]
    assert scores(gateway) == []


def test_worse_in_place_of_a_score_is_escalated(gateway: TestClient, api: Api) -> None:
    ask(gateway)
    assert kinds(say(api, "it's getting worse")) == [("escalation", "urgent")]
    assert category(gateway) == "worse"
