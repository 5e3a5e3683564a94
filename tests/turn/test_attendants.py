"""Attendants within a turn: they answer instead of Rasa or before it, and never in the way of a red flag."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy.orm import Session

from bot import knowledge
from bot.care import messages
from bot.care.database import Store
from bot.care.messages import Received
from bot.care.tables import Conversation
from bot.replies import Reply
from bot.speech import Speech
from bot.turn.attendants import Arrived, Attendant, Attended
from bot.turn.rasa import Rasa, RasaUnavailable
from bot.turn.turns import Turns
from tests import ready
from tests.gateway.conftest import RASA, FakeRasa, a_clinic

NOTED = Reply(text="Noted.", kind="check_in")


def taken(store: Store, rasa: FakeRasa, folder: Path, attendants: tuple[Attendant, ...], *texts: str) -> list[Received]:
    """What becomes of messages in one conversation."""
    heard: list[str] = []

    async def scenario() -> list[Received]:
        door = Rasa(RASA, 4.0, rasa)
        speech = Speech(knowledge.load(), a_clinic(folder))
        turns = Turns(store, door, speech, ready.triage(), attendants=attendants, changed=heard.append)
        try:
            return [await turns.take("web", "ann", text, f"m{place}") for place, text in enumerate(texts)]
        finally:
            await door.aclose()

    done = asyncio.run(scenario())
    assert heard == [one.conversation_id for one in done for _ in "qa"]
    return done


def test_the_first_that_takes_a_message_answers_it_and_rasa_is_not_asked(
    store: Store, rasa: FakeRasa, tmp_path: Path
) -> None:
    def busy(session: Session, message: Arrived) -> Attended | None:
        return None if message.text == "hello" else Attended("busy", [NOTED])

    def never(session: Session, message: Arrived) -> Attended | None:
        assert message.text == "hello"
        return None

    first, second = taken(store, rasa, tmp_path, (busy, never), "hello", "seven")
    assert [reply.text for reply in first.replies or ()] == ["About hello."]
    assert second.replies == (NOTED,)
    assert rasa.messages == ["hello"]


def test_who_goes_on_speaks_before_rasa(store: Store, rasa: FakeRasa, tmp_path: Path) -> None:
    def notes(session: Session, message: Arrived) -> Attended | None:
        return Attended("notes", [NOTED], goes_on=True)

    [done] = taken(store, rasa, tmp_path, (notes,), "seven, is that normal?")
    assert [reply.text for reply in done.replies or ()] == ["Noted.", "About seven, is that normal?."]


def test_what_is_recorded_is_recorded_once_with_the_answer(store: Store, rasa: FakeRasa, tmp_path: Path) -> None:
    def records(session: Session, message: Arrived) -> Attended | None:
        return Attended("records", [NOTED], lambda writing: writing.add(Conversation(channel="web", name="noted")))

    [done] = taken(store, rasa, tmp_path, (records,), "seven")
    with store.write() as session:
        again = messages.answer(session, done.id, [NOTED], "x", records=(lambda _: pytest.fail("twice"),))
        assert session.query(Conversation).filter_by(name="noted").count() == 1
    assert again.replies == done.replies


def test_a_red_flag_is_answered_and_escalated_whoever_takes_the_message(
    store: Store, rasa: FakeRasa, tmp_path: Path
) -> None:
    def silent(session: Session, message: Arrived) -> Attended | None:
        return Attended("staff")

    first, second = taken(store, rasa, tmp_path, (silent,), "thanks", "I can't breathe and my face is swelling")
    assert (first.replies, first.escalation) == ((), None)
    assert [reply.urgency for reply in second.replies or ()] == ["emergency"]
    assert second.escalation
    assert rasa.messages == []


def test_an_attendant_that_fails_keeps_nobody_from_an_answer(
    store: Store, rasa: FakeRasa, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: Session, message: Arrived) -> Attended | None:
        raise ValueError(message.text)

    told = rasa.answer
    rasa.answer = lambda body: told(body) if body["message"] == "hello" else httpx.Response(500)
    first, second = taken(store, rasa, tmp_path, (broken,), "hello", "I can't breathe and my face is swelling")
    assert [reply.text for reply in first.replies or ()] == ["About hello."]
    assert (second.replies or ())[0].urgency == "emergency"
    assert second.escalation
    assert "an attendant failed, and was left out: ValueError" in caplog.text
    assert "swelling" not in caplog.text


def test_a_message_that_needs_rasa_waits_for_it_unless_it_is_a_red_flag(
    store: Store, rasa: FakeRasa, tmp_path: Path
) -> None:
    question = messages.receive(store, "sms", "+12025550123", "does it hurt", "m1", "sms")
    sign = messages.receive(store, "sms", "+12025550199", "I can't breathe and my face is swelling", "m1", "sms")
    rasa.answer = lambda _: httpx.Response(500)

    async def scenario() -> None:
        door = Rasa(RASA, 4.0, rasa)
        turns = Turns(store, door, Speech(knowledge.load(), a_clinic(tmp_path)), ready.triage())
        with pytest.raises(RasaUnavailable):
            await turns.answer(question.id, needs_rasa=True)
        done = await turns.answer(sign.id, needs_rasa=True)
        assert [reply.urgency for reply in done.replies or ()] == ["emergency"]
        del rasa.answer
        rasa.forget()
        done = await turns.answer(question.id, needs_rasa=True)
        assert [reply.text for reply in done.replies or ()] == ["About does it hurt."]
        assert await turns.answer(question.id) == done
        with pytest.raises(LookupError):
            await turns.answer("nobody's")
        await door.aclose()

    asyncio.run(scenario())
