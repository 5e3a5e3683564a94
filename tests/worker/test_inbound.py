"""The worker's part in the text line: each message answered once, in order, and red flags whatever Rasa does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bot import knowledge
from bot.care import messages
from bot.care.database import Store
from bot.care.messages import Received
from bot.care.tables import Question
from bot.speech import Speech
from bot.triage.assessment import Triage
from bot.turn.chain import turns_of
from bot.turn.rasa import NoRasa, Rasa
from bot.worker.inbound import Inbox
from tests import ready
from tests.gateway.conftest import RASA, FakeRasa, a_clinic, a_reply, replies
from tests.turn.test_asked import DOUBT, Doubting
from tests.worker.conftest import Clock

RED_FLAG = "my throat is closing up and I can't breathe"
ANN, BEN = "+12025550123", "+12025550199"
PATIENCE = dt.timedelta(minutes=10)


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture(scope="module")
def triage() -> Triage:
    return ready.triage()


class Line:
    """An inbox over a store, and what came into it."""

    def __init__(self, store: Store, clock: Clock, rasa: FakeRasa, folder: Path, triage: Triage) -> None:
        self.store, self.clock, self.rasa = store, clock, rasa
        self._folder, self._triage = folder, triage

    def comes(self, *texts: str, number: str = ANN, door: str = "sms") -> list[str]:
        """Texts that are stored; gives their ids."""
        return [messages.receive(self.store, "sms", number, text, None, door).id for text in texts]

    def with_inbox(self, scenario: Callable[[Inbox], Awaitable[None]]) -> None:
        """Runs `scenario` on an inbox, as a worker makes it."""

        async def run() -> None:
            clinic = a_clinic(self._folder)
            speech = Speech(knowledge.load(), clinic)
            door = Rasa(RASA, 4.0, self.rasa)
            turns = turns_of(clinic, self.store, door, speech, self._triage, lambda: None)
            apart = turns_of(clinic, self.store, NoRasa(), speech, self._triage, lambda: None)
            await scenario(Inbox(self.store, turns, apart, PATIENCE, self.clock))
            await door.aclose()

        asyncio.run(run())

    def look(self, times: int = 1) -> None:
        """An inbox that looks so many times, and rests after each."""

        async def scenario(inbox: Inbox) -> None:
            for _ in range(times):
                await inbox.look()
                await inbox.rest()

        self.with_inbox(scenario)

    def said(self, number: str = ANN) -> list[tuple[str, list[str]]]:
        """Each text of a number with its replies."""
        with self.store.read() as session:
            talk = messages.transcript(session, "sms", number)
        return [(str(message.text), [reply.text for reply in given]) for message, given in talk]


@pytest.fixture
def line(store: Store, clock: Clock, rasa: FakeRasa, tmp_path: Path, triage: Triage) -> Line:
    return Line(store, clock, rasa, tmp_path, triage)


def down(_: object) -> httpx.Response:
    return httpx.Response(500)


def test_the_texts_of_a_number_are_answered_in_their_order(line: Line, rasa: FakeRasa) -> None:
    line.comes("one", "two", "three")
    line.comes("other", number=BEN)
    line.look()
    assert line.said() == [(text, [f"About {text}."]) for text in ("one", "two", "three")]
    assert line.said(BEN) == [("other", ["About other."])]
    line.look()
    assert sorted(rasa.messages) == ["one", "other", "three", "two"]


def test_numbers_are_answered_side_by_side(line: Line, rasa: FakeRasa) -> None:
    """Each waits in Rasa until the other one is there too."""
    both = asyncio.Event()

    async def answer(body: dict[str, object]) -> httpx.Response:
        if len(rasa.asked) == 2:
            both.set()
        await both.wait()
        return replies(a_reply())

    rasa.answer = answer
    line.comes("one")
    line.comes("two", number=BEN)
    line.look()
    assert [len(given) for _, given in (*line.said(), *line.said(BEN))] == [1, 1]


def test_messages_of_other_doors_are_left_to_the_gateway(line: Line, rasa: FakeRasa) -> None:
    line.comes("does it hurt", door="api")
    line.look()
    assert rasa.asked == []


def test_while_rasa_is_down_red_flags_and_keywords_are_answered_and_the_rest_waits(line: Line, rasa: FakeRasa) -> None:
    rasa.answer = down
    line.comes("does it hurt", RED_FLAG)
    line.comes("stop", number=BEN)
    line.look(2)
    (_, nothing), (_, red) = line.said()
    assert nothing == []
    assert red[0].startswith("Call 112 now")
    assert "no more texts" in line.said(BEN)[0][1][0]


def test_a_red_flag_that_comes_while_rasa_is_down_waits_for_no_pause(line: Line, rasa: FakeRasa) -> None:
    async def scenario(inbox: Inbox) -> None:
        rasa.answer = down
        line.comes("does it hurt")
        await inbox.look()
        await inbox.rest()
        asked = len(rasa.asked)
        line.comes(RED_FLAG)
        line.comes(RED_FLAG, number=BEN)
        await inbox.look()
        await inbox.rest()
        assert len(rasa.asked) == asked
        assert [len(given) for _, given in line.said()] == [0, 1]
        assert len(line.said(BEN)[0][1]) == 1

    line.with_inbox(scenario)


def test_when_rasa_is_back_the_texts_are_answered_in_their_order(line: Line, rasa: FakeRasa, clock: Clock) -> None:
    async def scenario(inbox: Inbox) -> None:
        rasa.answer = down
        line.comes("one", "two")
        line.comes("other", number=BEN)
        for _ in range(5):
            await inbox.look()
            await inbox.rest()
        assert len(rasa.asked) <= 2  # at most once for each number, until the pause is over
        rasa.forget()
        for _ in range(3):
            clock.go(seconds=11)
            await inbox.look()
            await inbox.rest()
        assert line.said() == [("one", ["About one."]), ("two", ["About two."])]
        assert line.said(BEN) == [("other", ["About other."])]

    line.with_inbox(scenario)


def test_a_text_that_rasa_chokes_on_keeps_nobody_else_from_an_answer(line: Line, rasa: FakeRasa, clock: Clock) -> None:
    async def scenario(inbox: Inbox) -> None:
        rasa.answer = lambda body: down(body) if body["message"] == "poison" else replies(a_reply())
        line.comes("poison", "two")
        for place in range(4):
            line.comes("fine", number=f"+1202555010{place}")
        for _ in range(6):
            clock.go(seconds=11)
            await inbox.look()
            await inbox.rest()
        assert [len(line.said(f"+1202555010{place}")[0][1]) for place in range(4)] == [1] * 4
        assert [len(given) for _, given in line.said()] == [0, 0]

    line.with_inbox(scenario)


def test_after_the_clinic_s_patience_the_person_is_told_so(line: Line, rasa: FakeRasa, clock: Clock) -> None:
    async def scenario(inbox: Inbox) -> None:
        rasa.answer = down
        line.comes("one", "two")
        await inbox.look()
        await inbox.rest()
        clock.go(minutes=11)
        await inbox.look()
        await inbox.rest()
        for _, given in line.said():
            assert [text.startswith("I can't answer right now") for text in given] == [True]

    line.with_inbox(scenario)


def test_a_text_that_can_not_be_judged_keeps_no_other_from_its_answer(
    line: Line, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = line.comes("poison", "fine")
    seen = []

    class Answers:
        async def answer(self, message_id: str, *, needs_rasa: bool = False) -> Received:
            seen.append(message_id)
            if message_id == first:
                raise ZeroDivisionError("poison")
            return Received(message_id, "c", 2, ())

    async def scenario() -> None:
        inbox = Inbox(store, Answers(), Answers(), PATIENCE, clock)
        for _ in range(2):
            await inbox.look()
            await inbox.rest()

    asyncio.run(scenario())
    assert seen == [first, second, second]
    assert caplog.text.count("can't be answered: ZeroDivisionError") == 1
    assert "poison" not in caplog.text


def test_what_is_left_to_a_worker_that_starts_anew_is_answered(line: Line) -> None:
    line.comes("one", "two")
    for _ in range(2):  # another worker each time, and both at once: the first answer counts
        line.look()
    assert line.said() == [("one", ["About one."]), ("two", ["About two."])]


def test_silence_after_the_question_for_a_symptom_counts_as_a_yes_by_text_too(
    store: Store, clock: Clock, rasa: FakeRasa, tmp_path: Path
) -> None:
    line = Line(store, clock, rasa, tmp_path, Doubting())
    [doubtful] = line.comes(DOUBT)
    line.look()
    with store.read() as session:
        question = session.get(Question, doubtful)
        assert question.due_at - question.asked_at == a_clinic(tmp_path).patience
