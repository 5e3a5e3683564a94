from __future__ import annotations

import logging

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LAST_RESORT, HiplineAction
from actions.procedure import ActionProcedure
from actions.smalltalk import ActionSmalltalk
from actions.turn import Turn
from bot import gsm7, knowledge, speech
from bot.replies import Reply
from bot.speech import Speech
from tests.actions.conftest import Run, tracker

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
    [reply] = run(ActionProcedure()).replies
    assert (reply["text"], reply["kind"]) == (LAST_RESORT, "clarify")


def test_the_gateway_gets_payloads_and_the_turn_ends(run: Run) -> None:
    said = run(ActionProcedure())
    [message] = said.messages
    assert not message["text"]
    assert set(message["custom"]) == {"text", "kind", "topic", "urgency", "section", "buttons"}
    assert [(event["event"], event["name"]) for event in said.events] == [("followup", "action_listen")]


@pytest.mark.parametrize("door", ["cmdline", "rest", "Hipline", None])
def test_whatever_is_not_the_gateway_s_channel_is_taken_for_a_shell(door: str | None) -> None:
    told = tracker("in_the_shell")
    told.events = [{"event": "user", "text": "a message", "input_channel": door}]
    dispatcher = CollectingDispatcher()
    events = ActionProcedure().run(dispatcher, told, {})
    [message] = dispatcher.messages
    assert message["custom"] == {}
    assert message["text"]
    assert events == [
        {"event": "slot", "timestamp": None, "name": "last_kind", "value": "answer"},
        {"event": "slot", "timestamp": None, "name": "topic", "value": "onset"},
    ]


def test_in_the_shell_a_reply_without_a_topic_leaves_the_topic_s_slot(run: Run) -> None:
    said = run(ActionSmalltalk(), "in_the_shell", "thanks")
    assert [(event["name"], event["value"]) for event in said.events] == [("last_kind", "smalltalk")]


def test_in_the_shell_the_topic_answered_last_is_remembered(run: Run) -> None:
    said = run(ActionProcedure(), "in_the_shell", "onset", questions=["onset", "medications"])
    assert len(said.messages) == 2
    assert ("topic", "medications") in [(event["name"], event["value"]) for event in said.events]


def test_in_the_shell_a_failure_is_remembered_as_clarify(run: Run) -> None:
    said = run(broken(), "in_the_shell")
    assert "something went wrong" in said.messages[0]["text"]
    assert [(event["name"], event["value"]) for event in said.events] == [("last_kind", "clarify")]


def test_an_error_caused_by_another_is_logged_without_either_s_words(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    class ActionWrapped(HiplineAction):
        def name(self) -> str:
            return "action_wrapped"

        def replies(self, turn: Turn, say: Speech) -> list[Reply]:
            try:
                raise KeyError(SECRET)
            except KeyError as error:
                raise ValueError(SECRET) from error

    with caplog.at_level(logging.DEBUG):
        run(ActionWrapped(), text=SECRET)
    assert "action_wrapped failed: ValueError" in caplog.text
    assert SECRET not in caplog.text
    assert not any(record.exc_info for record in caplog.records)


def test_the_shell_gets_text_buttons_and_slots(run: Run) -> None:
    said = run(ActionProcedure(), "in_the_shell")
    [message] = said.messages
    assert message["text"].endswith("(The Procedure: What to Expect)")
    assert message["buttons"][0] == {"title": "How long does relief last?", "payload": "/duration_of_relief"}
    assert [(event["name"], event["value"]) for event in said.events] == [("last_kind", "answer"), ("topic", "onset")]


def test_a_text_message_gets_the_short_form_with_its_section(run: Run) -> None:
    full, short = run(ActionProcedure()).replies[0], run(ActionProcedure(), "by_sms").replies[0]
    known = knowledge.load()
    assert full["text"] == known.topics["onset"].answer
    assert short["text"] == known.topics["onset"].sms + "\nFrom: The Procedure: What to Expect"
    assert gsm7.segments(short["text"]) <= 2
    assert short["section"] == full["section"] == "The Procedure: What to Expect"
