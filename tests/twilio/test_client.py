"""Twilio's own client library against the stand-in: what comes of every answer that there is, or is not."""

from __future__ import annotations

import datetime as dt
import logging
import socket

import pytest

from bot.settings import Settings
from bot.sms import transports, twilio
from bot.sms.account import Account
from bot.sms.transports import Console, MaybeSent, NotSent, Refused
from bot.sms.twilio import Twilio
from tests.twilio.stand_in import ACCOUNT, NUMBER, TOKEN, Behaviour, StandIn

PATIENT = "+12025550123"
BASE = "https://hipline.example.org"
EARLIER = dt.datetime.now(dt.timezone.utc) - dt.timedelta(minutes=1)


def client(api: str, token: str = TOKEN, sender: str = NUMBER) -> Twilio:
    return Twilio(Account(ACCOUNT, token, sender, BASE, is_local=False), api)


def test_a_text_is_sent_with_where_to_report_on_it(carrier: StandIn) -> None:
    sid = client(carrier.url).send("t1", PATIENT, "It may take a few days.\nReply 1 Risks")
    [message] = carrier.messages
    assert (message["sid"], message["to"], message["from"]) == (sid, PATIENT, NUMBER)
    assert message["body"] == "It may take a few days.\nReply 1 Risks"
    assert message["callback"] == f"{BASE}/sms/status?text=t1"


def test_a_messaging_service_can_be_the_sender(carrier: StandIn) -> None:
    seen = []
    carrier.behave = lambda form: seen.append(form) or Behaviour()  # type: ignore[func-returns-value]
    client(carrier.url, sender="MG" + "0" * 32).send("t1", PATIENT, "hi")
    assert (seen[0]["MessagingServiceSid"], "From" in seen[0]) == ("MG" + "0" * 32, False)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour(429, 20429, accepted=False), NotSent),
        (Behaviour(400, 21611, accepted=False), NotSent),
        (Behaviour(404, 20404, accepted=False), NotSent),
        (Behaviour(500, 20500), MaybeSent),
        (Behaviour(503, 20503), MaybeSent),
        (Behaviour(502, body="<html>Bad gateway</html>"), MaybeSent),
        (Behaviour(201, body="<html>odd</html>"), MaybeSent),
        (Behaviour(drops=True), MaybeSent),
        (Behaviour(400, 21610, accepted=False), Refused),
        (Behaviour(400, 21211, accepted=False), Refused),
        (Behaviour(400, 21614, accepted=False), Refused),
    ],
)
def test_every_failure_is_sorted(carrier: StandIn, behaviour: Behaviour, error: type[Exception]) -> None:
    carrier.behave = lambda _: behaviour
    with pytest.raises(error) as caught:
        client(carrier.url).send("t1", PATIENT, "secret words")
    assert carrier.posts == 1
    for private in ("secret", PATIENT, TOKEN):
        assert private not in str(caught.value)
    if isinstance(caught.value, Refused):
        assert caught.value.code == behaviour.code


def test_a_wrong_token_is_the_account_s_trouble_and_not_the_text_s(carrier: StandIn) -> None:
    with pytest.raises(NotSent, match="status 401, code 20003"):
        client(carrier.url, token="wrong").send("t1", PATIENT, "hi")


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotSent, match="no connection"):
        client(f"http://127.0.0.1:{port}").send("t1", PATIENT, "hi")


def test_a_slow_answer_may_be_one(carrier: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "LIMITS", (1.0, 0.2))
    carrier.behave = lambda _: Behaviour(pause=0.5)
    with pytest.raises(MaybeSent):
        client(carrier.url).send("t1", PATIENT, "hi")
    assert carrier.sent == [(PATIENT, "hi")]


def test_what_was_sent_is_found_in_the_list(carrier: StandIn) -> None:
    us = client(carrier.url)
    first = us.send("t1", PATIENT, "hi")
    assert us.find(PATIENT, "hi", EARLIER, ()) == first
    assert us.find(PATIENT, "hi", EARLIER, {first}) is None
    assert us.find(PATIENT, "ho", EARLIER, ()) is None
    assert us.find("+12025550199", "hi", EARLIER, ()) is None
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=1)  # than any clock of the two can be off
    assert us.find(PATIENT, "hi", later, ()) is None


def test_the_list_is_read_page_by_page(carrier: StandIn) -> None:
    us = client(carrier.url)
    for place in range(60):
        carrier.take({"To": PATIENT, "Body": f"text {place}"})
    assert us.find(PATIENT, "text 0", EARLIER, ()) == carrier.messages[0]["sid"]
    carrier.comes(PATIENT, "not ours")
    assert us.find(NUMBER, "not ours", EARLIER, ()) is None


def test_a_list_that_can_not_be_read_says_nothing(carrier: StandIn) -> None:
    with pytest.raises(NotSent, match="the list can't be read"):
        client(carrier.url, token="wrong").find(PATIENT, "hi", EARLIER, ())


def test_what_came_in_is_listed_as_its_forms(carrier: StandIn) -> None:
    now = dt.datetime.now(dt.timezone.utc)
    carrier.comes(PATIENT, "old", now - dt.timedelta(days=3))
    carrier.comes(PATIENT, "new", now)
    client(carrier.url).send("t1", PATIENT, "ours")
    found = list(client(carrier.url).came_in(now - dt.timedelta(hours=1)))
    assert [(form["From"], form["Body"], form["MessageSid"]) for form in found] == [
        (PATIENT, "new", carrier.messages[1]["sid"])
    ]


def test_the_library_logs_no_numbers(carrier: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    us = client(carrier.url)
    us.send("t1", PATIENT, "secret words")
    us.find(PATIENT, "secret words", EARLIER, ())
    records = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert PATIENT not in str(records)
    assert "secret" not in caplog.text


def test_without_an_account_texts_go_nowhere_and_the_log_tells_no_words(
    tmp_path: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    console = transports.of(Settings(state=tmp_path))
    assert isinstance(console, Console)
    assert console.send("t1", PATIENT, "secret words").startswith("local-")
    assert "text t1 (segments: 1) went nowhere" in caplog.text
    for private in ("secret", PATIENT):
        assert private not in caplog.text
