from __future__ import annotations

import pytest

from actions.smalltalk import ActionAcknowledge, ActionSmalltalk
from tests.actions.conftest import Run

TALK = ["greet", "goodbye", "thanks", "are_you_robot", "what_can_you_do", "chitchat", "insult", "privacy"]


@pytest.mark.parametrize("intent", TALK)
def test_small_talk_is_answered_in_kind(run: Run, intent: str) -> None:
    [reply] = run(ActionSmalltalk(), intent=intent).replies
    assert reply["kind"] == "smalltalk"
    assert "{" not in reply["text"]


def test_it_says_that_it_is_a_machine(run: Run) -> None:
    assert "computer program" in run(ActionSmalltalk(), intent="are_you_robot").replies[0]["text"]


def test_a_greeting_in_the_middle_is_no_first_greeting(run: Run) -> None:
    first = run(ActionSmalltalk(), "asked", "greet").replies[0]["text"]
    later = run(ActionSmalltalk(), "after_small_talk", "greet").replies[0]["text"]
    assert "Lakeside Hip Clinic" in first
    assert later.startswith("I'm here.")


@pytest.mark.parametrize(("intent", "start"), [("affirm", "All right."), ("deny", "That's fine.")])
def test_a_bare_yes_or_no_is_acknowledged(run: Run, intent: str, start: str) -> None:
    assert run(ActionAcknowledge(), intent=intent).replies[0]["text"].startswith(start)
