"""Keywords within a turn: answered once, kept, never in the way of a warning sign."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot import knowledge
from bot.care import escalations, optouts
from bot.care.database import Store
from bot.care.messages import Received
from bot.care.tables import OutgoingText
from bot.settings import Settings
from bot.speech import Speech
from bot.triage.assessment import Assessment, Triage
from bot.turn.chain import attendants_of
from bot.turn.rasa import Rasa
from bot.turn.turns import Turns
from tests import ready
from tests.gateway.conftest import RASA, FakeRasa, a_button, a_clinic, a_reply, replies

NUMBER = "+12025550123"
RED_FLAG = "my throat is closing up and I can't breathe"


class Telephone:
    """Texts from one number, taken through a turn; by the text line, unless another door is named."""

    def __init__(self, store: Store, rasa: FakeRasa, clinic: Settings) -> None:
        self.store, self._rasa, self._clinic, self._sent = store, rasa, clinic, 0

    def text(self, *texts: str, door: str = "sms", **settings: object) -> list[Received]:
        """What becomes of messages."""
        clinic = self._clinic.copy(update=settings)

        async def scenario() -> list[Received]:
            door_of_rasa = Rasa(RASA, 4.0, self._rasa)
            speech = Speech(knowledge.load(), clinic)
            turns = Turns(self.store, door_of_rasa, speech, ready.triage(), attendants=attendants_of(clinic, speech))
            done = []
            for text in texts:
                self._sent += 1
                done.append(await turns.take("sms", NUMBER, text, f"SM{self._sent}", door))
            await door_of_rasa.aclose()
            return done

        return asyncio.run(scenario())

    def texts(self) -> list[tuple[str, str]]:
        """What was to go out, with its state."""
        with self.store.read() as session:
            found = session.execute(select(OutgoingText).order_by(OutgoingText.position)).scalars()
            return [(text.body, text.state) for text in found]

    def is_out(self) -> bool:
        with self.store.read() as session:
            return optouts.is_out(session, NUMBER)


@pytest.fixture
def telephone(store: Store, tmp_path: Path, rasa: FakeRasa) -> Telephone:
    return Telephone(store, rasa, a_clinic(tmp_path))


def down(_: object) -> httpx.Response:
    """Where the words alone judge, a Rasa that answers is taken at its word; so it does not."""
    return httpx.Response(500)


def kinds(received: Received) -> list[str]:
    return [reply.kind for reply in received.replies or ()]


def test_stop_is_confirmed_once_and_kept_with_its_words(telephone: Telephone, rasa: FakeRasa) -> None:
    first, again = telephone.text("Stop!", "please don't text me anymore")
    assert (kinds(first), kinds(again)) == (["consent"], [])
    [(body, state)] = telephone.texts()
    assert state == "queued"
    assert "no more texts from Lakeside Hip Clinic" in body
    with telephone.store.read() as session:
        rows = optouts.of_number(session, NUMBER)
    assert [(row.out, row.wording, row.by) for row in rows] == [
        (True, "Stop!", "patient"),
        (True, "please don't text me anymore", "patient"),
    ]
    assert rows[0].message_id == first.id
    assert rasa.asked == []


def test_who_has_stopped_is_not_answered_and_who_starts_again_is(telephone: Telephone, rasa: FakeRasa) -> None:
    _, question, help_, started, after = telephone.text("STOP", "does it hurt", "HELP", "start", "does it hurt")
    assert (kinds(question), kinds(help_), kinds(started)) == ([], [], ["consent"])
    assert [reply.text for reply in after.replies or ()] == ["About does it hurt."]
    assert rasa.messages == ["does it hurt"]
    assert [state for _, state in telephone.texts()] == ["queued"] * 3
    assert not telephone.is_out()


@pytest.mark.parametrize("door", ["sms", "api"])
def test_help_says_who_this_is_and_how_to_get_help(telephone: Telephone, door: str) -> None:
    [done] = telephone.text("HELP", door=door)
    [reply] = done.replies or ()
    assert reply.kind == "consent"
    for part in ("Lakeside Hip Clinic", "(202) 555-0142", "112", "STOP"):
        assert part in reply.text
    assert not telephone.is_out()


def test_a_warning_sign_of_somebody_who_has_stopped_is_answered_and_a_clinician_must_call(
    telephone: Telephone, rasa: FakeRasa
) -> None:
    rasa.answer = down
    _, sign = telephone.text("STOP", RED_FLAG)
    assert [reply.urgency for reply in sign.replies or ()] == ["emergency"]
    assert [state for _, state in telephone.texts()] == ["queued", "queued"]
    assert sign.escalation is not None
    with telephone.store.read() as session:
        assert [event.what for event in escalations.events(session, sign.escalation)] == ["raised", "call"]
        assert escalations.must_be_called(session, sign.escalation)


@pytest.mark.parametrize(
    ("text", "is_out"),
    [("STOP i cant breathe", False), ("Stop texting me. I can't breathe, my face swells", True)],
)
def test_a_warning_sign_wins_over_stop_and_stop_is_kept_where_it_is_clear(
    telephone: Telephone, rasa: FakeRasa, text: str, is_out: bool
) -> None:
    rasa.answer = down
    [done] = telephone.text(text)
    assert "emergency" in [reply.urgency for reply in done.replies or ()]
    assert done.escalation is not None
    assert telephone.is_out() is is_out
    with telephone.store.read() as session:
        assert escalations.must_be_called(session, done.escalation) is is_out


@pytest.mark.parametrize("text", ["UNSUBSCRIBE", "please don't text me anymore", "HELP", "start"])
def test_in_a_keyword_the_model_s_guess_is_none(
    telephone: Telephone, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    guess = Assessment("crisis", shares={"none": 0.03, "routine": 0.0, "urgent": 0.0, "emergency": 0.0, "crisis": 0.97})
    monkeypatch.setattr(Triage, "assess", lambda *_: guess)
    [done] = telephone.text(text)
    assert kinds(done) == ["consent"]
    assert done.escalation is None


def test_help_with_a_warning_sign_is_no_keyword(telephone: Telephone, rasa: FakeRasa) -> None:
    rasa.answer = down
    [done] = telephone.text("HELP ME i cant breathe")
    assert [(reply.kind, reply.urgency) for reply in done.replies or ()] == [("escalation", "emergency")]


def test_on_the_web_there_are_no_keywords(telephone: Telephone, rasa: FakeRasa, tmp_path: Path) -> None:
    async def scenario() -> Received:
        door = Rasa(RASA, 4.0, rasa)
        speech = Speech(knowledge.load(), a_clinic(tmp_path))
        turns = Turns(
            telephone.store, door, speech, ready.triage(), attendants=attendants_of(a_clinic(tmp_path), speech)
        )
        done = await turns.take("web", "ann", "stop")
        await door.aclose()
        return done

    assert kinds(asyncio.run(scenario())) == ["answer"]


def test_where_the_carrier_answers_its_words_hipline_keeps_them_without_a_second_answer(telephone: Telephone) -> None:
    stopped, started, said = telephone.text("STOP", "START", "stop texting me", twilio_answers_keywords=True)
    assert (kinds(stopped), kinds(started), kinds(said)) == ([], [], ["consent"])
    assert telephone.is_out()


@pytest.mark.parametrize(
    ("text", "replies", "asked"),
    [
        ("[picture]", ["look at pictures"], []),
        ("[picture]\nis this normal", ["look at pictures", "About"], ["[picture]\nis this normal"]),
        ("[empty message]", ["no words"], []),
        ("[place on a map]\nwhere are you", ["About"], ["[place on a map]\nwhere are you"]),
    ],
)
def test_what_can_not_be_looked_at_is_said_to_be_so(
    telephone: Telephone, rasa: FakeRasa, text: str, replies: list[str], asked: list[str]
) -> None:
    [done] = telephone.text(text)
    assert len(done.replies or ()) == len(replies)
    for reply, part in zip(done.replies or (), replies, strict=True):
        assert part in reply.text
    assert rasa.messages == asked


def test_the_number_of_a_choice_that_is_no_topic_stands_for_its_words(telephone: Telephone, rasa: FakeRasa) -> None:
    person = "I would like to speak with a person"
    rasa.answer = lambda _: replies(a_reply(buttons=[a_button("Risks?", "risks_overview"), a_button(person, None)]))
    telephone.text("again please", "2")
    assert rasa.messages == ["again please", person]
    assert telephone.texts()[0][0].endswith(f"Reply 1 Risks?, 2 {person}")


def test_the_confirmation_of_stop_asks_nothing(telephone: Telephone, monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Assessment("none", shares={"none": 0.8, "urgent": 0.2}, is_unsure=True)
    monkeypatch.setattr(Triage, "assess", lambda *_: unsure)
    [done] = telephone.text("unsubscribe")
    [reply] = done.replies or ()
    assert "?" not in reply.text
    assert "symptom" not in reply.text
