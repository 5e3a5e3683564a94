"""A conversation that somebody on the staff has: the assistant says nothing, and reads along."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.care import handoffs, messages
from bot.care.database import Store
from bot.care.handoffs import Colleague
from bot.care.tables import Message, now
from bot.knowledge import load
from bot.speech import Speech
from bot.turn.chain import attendants_of
from tests.gateway.conftest import FakeRasa, a_clinic
from tests.turn.test_attendants import taken

KIM = Colleague("1", "Kim")


@pytest.fixture
def conversation(store: Store) -> str:
    """Ann's, who has asked something before."""
    return messages.receive(store, "web", "ann", "are you there?", "before").conversation_id


def say(store: Store, rasa: FakeRasa, folder: Path, *texts: str) -> list[messages.Received]:
    clinic = a_clinic(folder)
    return taken(store, rasa, folder, attendants_of(clinic, Speech(load(), clinic)), *texts)


def test_in_a_taken_conversation_the_patient_is_not_answered_by_a_machine(
    store: Store,
    rasa: FakeRasa,
    tmp_path: Path,
    conversation: str,
) -> None:
    with store.write() as session:
        handoffs.take(session, conversation, KIM, now())
    for done in say(store, rasa, tmp_path, "does it hurt?", "What are the risks?"):
        assert done.replies == ()
        with store.read() as session:
            assert session.get(Message, done.id).answered_by == "staff"
    assert rasa.messages == []


def test_a_red_flag_in_it_is_answered_and_escalated_all_the_same(
    store: Store,
    rasa: FakeRasa,
    tmp_path: Path,
    conversation: str,
) -> None:
    with store.write() as session:
        handoffs.take(session, conversation, KIM, now())
    [done] = say(store, rasa, tmp_path, "I can't breathe and my face is swelling")
    assert [reply.urgency for reply in done.replies or ()] == ["emergency"]
    assert done.escalation
    with store.read() as session:
        assert handoffs.holder_of(session, conversation) == KIM


def test_before_and_after_it_the_assistant_answers(
    store: Store,
    rasa: FakeRasa,
    tmp_path: Path,
    conversation: str,
) -> None:
    with store.write() as session:
        handoffs.take(session, conversation, KIM, now())
        handoffs.hand_back(session, conversation, KIM, now())
    [done] = say(store, rasa, tmp_path, "does it hurt?")
    assert [reply.text for reply in done.replies or ()] == ["About does it hurt?."]
