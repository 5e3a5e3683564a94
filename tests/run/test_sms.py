"""`hipline sms`: the phone in the terminal, a text by hand, and the texts that never arrived."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from bot.care import database, messages, optouts, timeline
from bot.care.database import Store
from bot.replies import Reply
from bot.run import sms
from bot.run.sms import Phone, SmsError
from bot.settings import Settings
from tests import ready
from tests.twilio.stand_in import ACCOUNT, NUMBER, TOKEN, StandIn, standing_in

PATIENT = "+12025550123"
DAY = dt.timedelta(days=1)


@pytest.fixture
def clinic(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, contacts=tmp_path / "contacts.yml", port=1)


def store_of(clinic: Settings) -> Store:
    file = clinic.state / "hipline.db"
    if not file.exists():
        ready.new_database(file)
    return Store(database.connect(clinic.database_url))


def with_account(clinic: Settings, carrier: StandIn) -> Settings:
    twilio = {"twilio_account": ACCOUNT, "twilio_token": TOKEN, "twilio_number": NUMBER, "twilio_api": carrier.url}
    return clinic.copy(update={**twilio, "public_url": "https://hipline.example.org"})


def test_texts_that_never_arrived_are_taken_in_once_in_their_order(clinic: Settings) -> None:
    said: list[str] = []
    now = dt.datetime.now(dt.timezone.utc)
    store = store_of(clinic)
    with standing_in() as carrier:
        for minute, text in enumerate(["one", "two", "three"]):
            carrier.comes(PATIENT, text, now - dt.timedelta(minutes=9 - minute))
        messages.receive(store, "sms", PATIENT, "[picture]\ntwo", carrier.messages[1]["sid"], "sms")
        for _ in range(2):
            sms.reconcile(with_account(clinic, carrier), now - DAY, said.append)
    assert [line.split(" UTC; ")[1] for line in said] == ["2 had not arrived.", "0 had not arrived."]
    with store.read() as session:
        talk = messages.transcript(session, "sms", PATIENT)
    assert [message.text for message, _ in talk] == ["[picture]\ntwo", "one", "three"]
    assert {message.door for message, _ in talk} == {"sms"}
    store.close()


def test_without_an_account_there_is_nobody_to_ask(clinic: Settings) -> None:
    with pytest.raises(SmsError, match="no Twilio account is set"):
        sms.reconcile(clinic, dt.datetime.now(dt.timezone.utc), print)


def test_a_wrong_token_is_said_without_it(clinic: Settings) -> None:
    with standing_in() as carrier:
        wrong = with_account(clinic, carrier).copy(update={"twilio_token": "secret"})
        with pytest.raises(SmsError, match="the list can't be read: TwilioException") as caught:
            sms.reconcile(wrong, dt.datetime.now(dt.timezone.utc), print)
    assert "secret" not in str(caught.value)


def test_a_text_by_hand_is_kept_in_its_conversation_and_waits_for_the_worker(clinic: Settings) -> None:
    said: list[str] = []
    sms.send(clinic, PATIENT, "Please call us.", said.append, patience=0)
    assert "does ./hipline up run?" in said[0]
    store = store_of(clinic)
    with store.read() as session:
        [conversation] = timeline.touched(session, dt.datetime.now(dt.timezone.utc) - DAY)
        [one] = timeline.since(session, conversation)
    assert (one.who, one.text, one.delivery) == ("staff", "Please call us.", "queued")
    store.close()


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("2025550123", "hi", "no number in E.164"),
        (PATIENT, " ", "the text is empty"),
        (PATIENT, "hi", "wants no texts"),
    ],
)
def test_a_text_that_can_not_be_sent_is_refused_with_the_reason(
    clinic: Settings, number: str, text: str, said: str
) -> None:
    store = store_of(clinic)
    with store.write() as session:
        optouts.record(session, PATIENT, out=True, wording="STOP")
    store.close()
    with pytest.raises(SmsError, match=said):
        sms.send(clinic, number, text, print, patience=0)


def test_a_phone_in_the_terminal_shows_what_comes_and_not_what_was_there(clinic: Settings) -> None:
    store, shown = store_of(clinic), []
    received = messages.receive(store, "sms", PATIENT, "before", None, "sms")

    def comes(text: str, state: str) -> None:
        with store.write() as session:
            timeline.say(session, received.conversation_id, Reply(text=text, kind="check_in"))
            from sqlalchemy import update

            from bot.care.tables import OutgoingText

            session.execute(update(OutgoingText).where(OutgoingText.body == text).values(state=state))

    comes("old", "sent")
    phone = Phone(clinic, PATIENT, shown.append)
    phone.look()
    comes("How is the pain?", "sent")
    comes("More.", "stopped")
    phone.look()
    phone.look()
    assert shown == ["How is the pain?", "(stopped, so not on the telephone) More."]
    phone.close()
    store.close()


def test_a_phone_s_text_is_signed_for_this_machine(clinic: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    posted = []

    def post(url: str, **more: object) -> requests.Response:
        posted.append((url, more))
        response = requests.Response()
        response.status_code = 200
        return response

    monkeypatch.setattr(sms.requests, "post", post)
    phone = Phone(clinic, PATIENT, print)
    phone.text("does it hurt?")
    phone.close()
    [(url, more)] = posted
    assert url == "http://127.0.0.1:1/sms/inbound"
    assert "Body=does+it+hurt%3F" in str(more["data"])
    assert more["headers"]["X-Twilio-Signature"]  # type: ignore[index]


def test_a_phone_says_where_nobody_answers_and_where_texts_would_be_real(clinic: Settings) -> None:
    phone = Phone(clinic, PATIENT, print)
    with pytest.raises(SmsError, match="no Hipline answers"):
        phone.text("hi")
    phone.close()
    with standing_in() as carrier, pytest.raises(SmsError, match="real telephones"):
        Phone(with_account(clinic, carrier), PATIENT, print)


def test_the_commands_say_what_is_wrong_in_one_line(clinic: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.__main__ import app

    monkeypatch.setenv("HIPLINE_STATE", str(clinic.state))
    monkeypatch.setenv("HIPLINE_CONFIG", str(_empty(clinic.state)))
    done = CliRunner().invoke(app, ["sms", "reconcile"])
    assert (done.exit_code, done.output) == (1, "hipline: no Twilio account is set (docs/sms.md)\n")


def _empty(folder: Path) -> Path:
    file = folder / "clinic.yml"
    file.write_text("", encoding="utf-8")
    return file
