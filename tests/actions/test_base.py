from __future__ import annotations

import logging

import pytest

from actions.base import LAST_RESORT, HiplineAction
from actions.procedure import ActionProcedure
from actions.turn import Turn
from bot import speech
from bot.replies import Reply
from bot.speech import Speech
from tests.actions.conftest import Run

SECRET = "my number is 555 0117"


def broken() -> HiplineAction:
    # Made here, and not in the module: rasa-sdk registers every action that it finds at the start.
    class ActionBroken(HiplineAction):
        def name(self) -> str:
            return "action_broken"

        def replies(self, turn: Turn, say: Speech) -> list[Reply]:
            raise KeyError(SECRET)

    return ActionBroken()


def test_an_action_that_fails_still_answers_and_logs_nobody_s_words(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        said = run(broken(), text=SECRET)
    [reply] = said.replies
    assert reply["kind"] == "clarify"
    assert "(202) 555-0142" in reply["text"]
    assert "action_broken failed: KeyError" in caplog.text
    assert SECRET not in caplog.text


def test_without_any_texts_the_last_resort_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPLINE_KNOWLEDGE_FOLDER", "no/such/folder")
    speech.current.cache_clear()
    assert run(ActionProcedure()).replies[0]["text"] == LAST_RESORT


def test_the_gateway_gets_payloads_and_no_events(run: Run) -> None:
    said = run(ActionProcedure())
    [message] = said.messages
    assert not message["text"]
    assert set(message["custom"]) == {"text", "kind", "topic", "urgency", "section", "buttons"}
    assert said.events == []


def test_the_shell_gets_text_buttons_and_slots(run: Run) -> None:
    said = run(ActionProcedure(), "in_the_shell")
    [message] = said.messages
    assert message["text"].endswith("(The Procedure: What to Expect)")
    assert message["buttons"][0] == {"title": "How long does relief last?", "payload": "/duration_of_relief"}
    assert [(event["name"], event["value"]) for event in said.events] == [("last_kind", "answer"), ("topic", "onset")]


def test_a_text_message_gets_the_short_form_with_its_section(run: Run) -> None:
    full, short = run(ActionProcedure()).replies[0], run(ActionProcedure(), "by_sms").replies[0]
    assert len(short["text"]) <= 306 < len(full["text"]) + 200
    assert short["text"].endswith("\nFrom: The Procedure: What to Expect")
    assert short["section"] == full["section"] == "The Procedure: What to Expect"
