"""The question whether somebody has a symptom now, and what its answer does."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import knowledge
from bot.care.database import Store
from bot.care.messages import Received
from bot.care.tables import Question
from bot.cleaning import bare
from bot.datafiles import DataFileError
from bot.settings import Settings
from bot.speech import Speech
from bot.triage.assessment import Assessment, Triage
from bot.triage.judgement import Earlier
from bot.turn import asked
from bot.turn.chain import turns_of
from bot.turn.rasa import Rasa
from tests import ready
from tests.gateway.conftest import RASA, FakeRasa, a_clinic

DOUBT = "it feels odd down there"
QUESTION = "a symptom right now"


class Doubting(Triage):
    """Is in doubt about `DOUBT` alone; keeps what it was told of what came before."""

    def __init__(self) -> None:
        super().__init__(ready.rules())
        self.earlier: list[Earlier | None] = []

    def assess(self, text: str, earlier: Earlier | None = None, vector: object = None) -> Assessment:
        """In place of the model."""
        self.earlier.append(earlier)
        doubt = text == DOUBT
        return Assessment("none", shares={"none": 1.0, "urgent": 0.0, "emergency": 0.0, "crisis": 0.0, "routine": 0.0},
                          is_unsure=doubt, is_doubtful=doubt)  # fmt: skip


def said(store: Store, rasa: FakeRasa, clinic: Settings, *texts: str, triage: Triage | None = None) -> list[Received]:
    """What becomes of messages in one conversation, where the first is doubtful."""

    async def scenario() -> list[Received]:
        door = Rasa(RASA, 4.0, rasa)
        speech = Speech(knowledge.load(), clinic)
        turns = turns_of(clinic, store, door, speech, triage or Doubting(), lambda: None)
        try:
            return [await turns.take("web", "ann", text, f"m{place}") for place, text in enumerate(texts)]
        finally:
            await door.aclose()

    return asyncio.run(scenario())


def outcomes(store: Store) -> list[str | None]:
    with store.read() as session:
        return list(session.execute(select(Question.outcome).order_by(Question.asked_at)).scalars())


@pytest.mark.parametrize("yes", ["yes", "Yes.", "YES!!", "i think so", "I don\u2019t know", "maybe"])
def test_a_yes_or_a_doubt_is_a_warning_sign(store: Store, rasa: FakeRasa, tmp_path: Path, yes: str) -> None:
    first, second = said(store, rasa, a_clinic(tmp_path), DOUBT, yes)
    assert QUESTION in (first.replies or ())[-1].text
    assert first.escalation is None
    assert [(reply.kind, reply.urgency) for reply in second.replies or ()] == [("escalation", "urgent")]
    assert second.escalation
    assert outcomes(store) == ["yes"]
    assert rasa.messages == [DOUBT]


@pytest.mark.parametrize(("answer", "outcome"), [("No, just asking", "no"), ("what is the dye for", "other")])
def test_a_no_or_another_question_is_answered_as_any_message(
    store: Store, rasa: FakeRasa, tmp_path: Path, answer: str, outcome: str
) -> None:
    _, second, third = said(store, rasa, a_clinic(tmp_path), DOUBT, answer, "yes")
    assert [reply.text for reply in second.replies or ()] == [f"About {answer}."]
    assert third.escalation is None  # the question had been settled
    assert outcomes(store) == [outcome]


def test_what_is_said_next_is_judged_together_with_what_made_us_ask(
    store: Store, rasa: FakeRasa, tmp_path: Path
) -> None:
    triage = Doubting()
    said(store, rasa, a_clinic(tmp_path), DOUBT, "since the shot", "what else", triage=triage)
    assert triage.earlier == [None, Earlier(DOUBT, "none", False), None]


@pytest.mark.parametrize(("minutes", "waits"), [(30, True), (0, False)])
def test_silence_counts_after_the_clinic_s_time_or_never(
    store: Store, rasa: FakeRasa, tmp_path: Path, minutes: int, waits: bool
) -> None:
    said(store, rasa, a_clinic(tmp_path).copy(update={"question_minutes": minutes}), DOUBT)
    with store.read() as session:
        [question] = session.execute(select(Question)).scalars()
    wait = question.due_at - question.asked_at if question.due_at else None
    assert wait == (dt.timedelta(minutes=minutes) if waits else None)


def test_the_words_are_plain_and_no_yes_is_a_no(tmp_path: Path) -> None:
    words = asked.load()
    assert all(word == bare(word) for word in words.yes | words.no)
    review = "reviewed: {by: A nurse, on: 2026-01-31}\n"
    for content, problem in (
        ('"yes": ["Yes!"]\n"no": ["no"]\n', "small letters"),
        ('"yes": [sure]\n"no": [sure]\n', "among the yes"),
        ('"yes": []\n"no": ["no"]\n', "yes"),
    ):
        file = tmp_path / "yes_no.yml"
        file.write_text(content + review)
        asked.load.cache_clear()
        with pytest.raises(DataFileError, match=problem):
            asked.load(file)


def test_words_that_are_broken_are_found_at_the_start_and_not_at_the_first_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "yes_no.yml"
    file.write_text("yes: [YES]\nno: ['no']\nreviewed: {by: me, on: 2026-11-29}\n", encoding="utf-8")
    known = asked.load
    monkeypatch.setattr(asked, "load", lambda: known(file))
    with pytest.raises(DataFileError, match=r"yes_no\.yml:1: "):
        asked.attendant(Speech(knowledge.load(), Settings()))
