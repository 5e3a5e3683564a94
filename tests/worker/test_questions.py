"""Questions that nobody answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from bot import knowledge
from bot.care import escalations, messages, questions, timeline
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.tables import Alert, Escalation
from bot.replies import Reply
from bot.settings import Settings
from bot.speech import Speech
from bot.worker.questions import Silences
from tests.worker.conftest import NURSE, Clock

WAIT = dt.timedelta(minutes=30)
ANSWER = Reply(text="It is rare.", kind="answer", topic="risk_infection")


@pytest.fixture
def sweep(store: Store, clock: Clock) -> Any:
    contacts = Contacts.parse_obj({"contacts": [NURSE]})
    return Silences(store, Speech(knowledge.load(), Settings()), lambda: contacts, clock).sweep


def asked(store: Store, clock: Clock, name: str = "ann", *, waits: bool = True) -> messages.Received:
    """A message whose answer held the question."""
    received = messages.receive(store, "web", name, "it feels odd", None)

    def ask(session: Any) -> None:
        questions.ask(session, received.id, received.conversation_id, clock(), clock() + WAIT if waits else None)

    with store.write() as session:
        messages.answer(session, received.id, [ANSWER], "rasa", records=[ask])
    return received


def test_silence_is_escalated_once_and_the_person_is_told(store: Store, clock: Clock, sweep: Any) -> None:
    received = asked(store, clock)
    clock.go(minutes=29)
    assert sweep() == 0
    clock.go(minutes=2)
    assert [sweep(), sweep()] == [1, 0]
    with store.read() as session:
        [escalation] = session.execute(select(Escalation)).scalars()
        assert (escalation.message_id, escalation.urgency) == (received.id, "urgent")
        assert escalation.findings["unanswered_question"] is True
        assert len(list(session.execute(select(Alert)).scalars())) == 1
        last = timeline.since(session, received.conversation_id)[-1]
        assert (last.who, last.reply and last.reply.urgency) == ("system", "urgent")
        assert escalations.of_message(session, received.id) == escalation.id


def test_who_said_something_or_was_not_doubtful_is_left_alone(store: Store, clock: Clock, sweep: Any) -> None:
    answered = asked(store, clock)
    asked(store, clock, "bob", waits=False)
    with store.write() as session:
        questions.settle(session, answered.conversation_id, "no", clock())
    clock.go(hours=1)
    assert sweep() == 0


def test_two_workers_count_a_silence_once(store: Store, clock: Clock) -> None:
    received = asked(store, clock)
    with store.write() as session:
        assert questions.count_as_yes(session, received.id, ANSWER, None, clock())
    with store.write() as session:
        assert not questions.count_as_yes(session, received.id, ANSWER, None, clock())
