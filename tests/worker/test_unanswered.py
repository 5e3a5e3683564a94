"""Messages that were stored and never answered: answered by the worker, once, and escalated."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import knowledge
from bot.care import messages
from bot.care.database import Store
from bot.replies import Reply
from bot.settings import Settings
from bot.speech import Speech
from bot.turn.fallback import Fallback
from bot.worker.unanswered import Latecomers
from tests import ready
from tests.worker.conftest import Clock, House, Post

RED_FLAG = "my throat is closing up and I can't breathe"
LATE = dt.timedelta(seconds=30)


@pytest.fixture(scope="session")
def fallback() -> Fallback:
    return Fallback(Speech(knowledge.load(), Settings(clinic_name="Lakeside")), ready.triage())


@pytest.fixture
def latecomers(house: House, fallback: Fallback) -> Latecomers:
    return Latecomers(house.store, fallback.replies, lambda: house.contacts, LATE, house.clock)


def replies_to(store: Store, name: str) -> list[list[Reply]]:
    with store.read() as session:
        return [replies for _, replies in messages.transcript(session, "web", name)]


def test_a_warning_sign_that_the_gateway_left_is_answered_and_told(
    house: House, latecomers: Latecomers, clock: Clock, post: Post
) -> None:
    received = messages.receive(house.store, "web", "ann", RED_FLAG, None)
    clock.go(seconds=29)
    assert latecomers.sweep() == 0
    clock.go(seconds=2)
    assert latecomers.sweep() == 1
    [[reply]] = replies_to(house.store, "ann")
    assert (reply.kind, reply.urgency) == ("escalation", "emergency")
    with house.store.read() as session:
        found = messages.find(session, received.id)
    assert found.escalation is not None
    clock.go(seconds=1)
    house.work()
    assert [notice.escalation for _, notice in post.sent] == [found.escalation]
    assert latecomers.sweep() == 0


def test_any_other_message_gets_an_honest_answer(house: House, latecomers: Latecomers, clock: Clock) -> None:
    messages.receive(house.store, "web", "ann", "does it hurt?", None)
    clock.go(minutes=1)
    assert latecomers.sweep() == 1
    [[reply]] = replies_to(house.store, "ann")
    assert reply.text.startswith("I can't answer right now")
    assert house.events() == []


def test_a_gateway_that_was_only_slow_repeats_the_worker_s_answer(
    house: House, latecomers: Latecomers, clock: Clock
) -> None:
    received = messages.receive(house.store, "web", "ann", RED_FLAG, None)
    clock.go(minutes=1)
    latecomers.sweep()
    with house.store.write() as session:
        late = Reply(text="Call.", kind="escalation", urgency="urgent")
        answered = messages.answer(session, received.id, [late], "rasa", house.contacts)
    assert answered.replies is not None
    assert answered.replies[0].urgency == "emergency"
    assert [what for what, _ in house.events()] == ["raised"]
    assert len(house.alerts()) == 1


def test_a_message_that_can_not_be_judged_keeps_no_other_from_its_answer(
    house: House, fallback: Fallback, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def judge(channel: str, text: str) -> list[Reply]:
        if text == "poison":
            raise ZeroDivisionError("poison")
        return fallback.replies(channel, text)

    latecomers = Latecomers(house.store, judge, lambda: house.contacts, LATE, clock)
    for text in ("poison", RED_FLAG):
        messages.receive(house.store, "web", text, text, None)
    clock.go(minutes=1)
    assert latecomers.sweep() == 1
    assert latecomers.sweep() == 0
    assert len(house.alerts()) == 1
    assert caplog.text.count("can't be judged: ZeroDivisionError") == 1
    assert "poison" not in caplog.text
    assert RED_FLAG not in caplog.text


def test_texts_are_left_to_those_who_answer_them_until_these_have_failed(
    house: House, fallback: Fallback, clock: Clock
) -> None:
    patient = Latecomers(
        house.store, fallback.replies, lambda: house.contacts, LATE, clock, texts_after=dt.timedelta(minutes=11)
    )
    messages.receive(house.store, "sms", "+12025550123", RED_FLAG, None, "sms")
    clock.go(minutes=10)
    assert patient.sweep() == 0
    clock.go(minutes=2)
    assert patient.sweep() == 1
