"""`/sms/inbound`: who is let in, and what is stored before the answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from twilio.request_validator import RequestValidator

from bot.care import counters, messages, timeline
from bot.care.tables import Message, OutgoingText
from bot.replies import Reply
from tests.gateway.conftest import FakeRasa, OpenGateway, state_of, stored
from tests.waiting import until

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "a token of the account", "+12025550100"
PATIENT = "+12025550123"
BASE = "https://hipline.example.org"


@pytest.fixture
def gateway(open_gateway: OpenGateway) -> TestClient:
    return open_gateway(
        twilio_account=ACCOUNT, twilio_token=TOKEN, twilio_number=NUMBER, public_url=BASE, twilio_api="http://none.test"
    )


def form(text: str = "does it hurt?", sid: str = "SM1", **fields: str) -> dict[str, str]:
    """The form of a text message, with what Twilio sends beside it."""
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT,
        "From": PATIENT,
        "To": NUMBER,
        "Body": text,
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
        "FromCity": "WASHINGTON",
        **fields,
    }


def send(
    gateway: TestClient,
    fields: dict[str, str],
    *,
    signed: dict[str, str] | None = None,
    token: str = TOKEN,
    url: str = f"{BASE}/sms/inbound",
    query: str = "",
    **headers: str,
) -> httpx.Response:
    """Posts a form; it is signed as `signed` at `url`, by default as what it is."""
    signature = RequestValidator(token).compute_signature(url + query, fields if signed is None else signed)
    return gateway.post(
        f"/sms/inbound{query}",
        content=urlencode(fields),
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": signature,
            **headers,
        },
    )


def counted(gateway: TestClient) -> dict[str, int]:
    with state_of(gateway).store.read() as session:
        return counters.all_of(session)


def test_a_text_is_stored_under_its_id_and_answered_with_nothing(gateway: TestClient, rasa: FakeRasa) -> None:
    response = send(gateway, form())
    assert (response.status_code, response.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert response.text.endswith("<Response/>")
    assert stored(gateway, PATIENT, "sms") == [("does it hurt?", [])]
    with state_of(gateway).store.read() as session:
        message = session.execute(select(Message)).scalar_one()
    assert (message.external_id, message.door, message.answered_at) == ("SM1", "sms", None)
    assert rasa.asked == []


def test_a_repeat_changes_nothing(gateway: TestClient) -> None:
    for _ in range(3):
        assert send(gateway, form()).status_code == 200
    assert send(gateway, form("and after?", "SM2")).status_code == 200
    assert [text for text, _ in stored(gateway, PATIENT, "sms")] == ["does it hurt?", "and after?"]


def test_one_id_with_two_texts_keeps_the_first(gateway: TestClient) -> None:
    assert send(gateway, form("first")).status_code == 200
    assert send(gateway, form("second")).status_code == 200
    assert [text for text, _ in stored(gateway, PATIENT, "sms")] == ["first"]
    until("it is counted", lambda: counted(gateway) == {counters.CONFLICTS: 1})


@pytest.mark.parametrize("url", [f"{BASE}:443/sms/inbound", f"{BASE}/sms/inbound"])
def test_the_signature_holds_with_and_without_the_port(gateway: TestClient, url: str) -> None:
    assert send(gateway, form(), url=url).status_code == 200


def test_a_query_is_signed_too(gateway: TestClient) -> None:
    assert send(gateway, form(), query="?line=2").status_code == 200


def test_emoji_empty_bodies_and_fields_that_nobody_knows_are_taken(gateway: TestClient) -> None:
    for place, text in enumerate(["\U0001f44d\u00e9 caf\u00e9 + & =", "", "x" * 1600]):
        assert send(gateway, form(text, f"SM{place}", Unknown="", **{"Odd name": "1"})).status_code == 200
    texts = [text for text, _ in stored(gateway, PATIENT, "sms")]
    assert texts == ["\U0001f44d\u00e9 caf\u00e9 + & =", "[empty message]", "x" * 1600]


def forged(gateway: TestClient) -> httpx.Response:
    return send(gateway, form("secret words"), token="another token")


def unsigned(gateway: TestClient) -> httpx.Response:
    return gateway.post("/sms/inbound", content=urlencode(form("secret words")))


def replayed(gateway: TestClient) -> httpx.Response:
    return send(gateway, form("secret words"), signed=form())


def elsewhere(gateway: TestClient) -> httpx.Response:
    return send(gateway, form("secret words"), url="https://elsewhere.example.org/sms/inbound")


@pytest.mark.parametrize("attempt", [forged, unsigned, replayed, elsewhere])
def test_what_the_carrier_did_not_sign_is_refused_counted_and_not_logged(
    gateway: TestClient, attempt: Any, caplog: pytest.LogCaptureFixture
) -> None:
    response = attempt(gateway)
    assert response.status_code == 403
    assert stored(gateway, PATIENT, "sms") == []
    until("it is counted", lambda: counted(gateway) == {counters.REFUSED_SIGNATURE: 1})
    assert "texts_refused_signature" in caplog.text
    for private in ("secret", PATIENT, TOKEN):
        assert private not in caplog.text + response.text


def test_another_account_s_message_is_refused_and_counted(gateway: TestClient) -> None:
    assert send(gateway, form(AccountSid="AC" + "2" * 32)).status_code == 403
    assert stored(gateway, PATIENT, "sms") == []
    until("it is counted", lambda: counted(gateway) == {counters.REFUSED_ACCOUNT: 1})


def test_a_form_without_a_sender_is_refused_and_counted(gateway: TestClient) -> None:
    assert send(gateway, form(From="")).status_code == 422
    until("it is counted", lambda: counted(gateway) == {counters.REFUSED_FORM: 1})


def test_a_database_that_fails_makes_the_carrier_come_again(
    gateway: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> Any:
        raise OperationalError("INSERT", {"text": "secret words"}, Exception("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr("bot.care.messages.receive", fails)
        assert send(gateway, form("secret words")).status_code == 503
    assert "secret" not in caplog.text
    assert send(gateway, form("secret words")).status_code == 200
    assert [text for text, _ in stored(gateway, PATIENT, "sms")] == ["secret words"]


def test_without_an_account_only_this_machine_s_own_token_is_let_in(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(public_url=BASE)
    assert send(gateway, form()).status_code == 403
    file = state_of(gateway).settings.state / "sms.token"
    assert file.stat().st_mode & 0o777 == 0o600
    local = form(AccountSid="AC" + "0" * 32)
    assert send(gateway, local, token=file.read_text().strip()).status_code == 200


# --- What became of texts that went out


@pytest.fixture
def text_id(gateway: TestClient) -> str:
    """A text that went out as SM9."""
    state = state_of(gateway)
    received = messages.receive(state.store, "sms", PATIENT, "does it hurt", "SM1", "sms")
    with state.store.write() as session:
        messages.answer(session, received.id, [Reply(text="A little.", kind="answer")], "rasa")
        text = session.execute(select(OutgoingText)).scalar_one()
        text.state, text.sid = "sent", "SM9"
        return str(text.id)


def report(gateway: TestClient, text_id: str, status: str, token: str = TOKEN, **fields: str) -> int:
    path = f"/sms/status?text={text_id}"
    told = {"MessageSid": "SM9", "MessageStatus": status, "AccountSid": ACCOUNT, "To": PATIENT, **fields}
    signature = RequestValidator(token).compute_signature(BASE + path, told)
    return gateway.post(path, content=urlencode(told), headers={"X-Twilio-Signature": signature}).status_code


def delivery(gateway: TestClient) -> list[tuple[str | None, int | None]]:
    state = state_of(gateway)
    with state.store.read() as session:
        conversation = session.execute(select(Message.conversation_id)).scalar_one()
        return [(one.delivery, one.delivery_code) for one in timeline.since(session, conversation)]


def test_a_report_is_shown_with_what_was_said(gateway: TestClient, text_id: str) -> None:
    assert report(gateway, text_id, "sending") == 204
    assert delivery(gateway) == [(None, None), ("sent", None)]
    assert report(gateway, text_id, "undelivered", ErrorCode="30003") == 204
    assert delivery(gateway) == [(None, None), ("undelivered", 30003)]
    assert report(gateway, text_id, "delivered") == 204
    assert delivery(gateway) == [(None, None), ("delivered", None)]


def test_a_report_that_is_not_the_carrier_s_is_refused(gateway: TestClient, text_id: str) -> None:
    assert report(gateway, text_id, "undelivered", token="another") == 403
    assert report(gateway, text_id, "undelivered", AccountSid="AC" + "2" * 32) == 403
    assert delivery(gateway) == [(None, None), ("sent", None)]


def test_a_report_on_a_text_that_is_not_ours_is_counted(gateway: TestClient) -> None:
    assert report(gateway, "nobody's", "delivered") == 204
    until("it is counted", lambda: counted(gateway) == {counters.UNKNOWN_TEXTS: 1})
