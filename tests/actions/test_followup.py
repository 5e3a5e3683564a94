from __future__ import annotations

import pytest

from actions.followup import ASPECTS, ActionFollowup
from bot import knowledge
from tests.actions.conftest import Run

KNOWN = knowledge.load()


@pytest.mark.parametrize("intent", sorted(ASPECTS))
def test_the_last_topic_s_aspect_is_said(run: Run, intent: str) -> None:
    [reply] = run(ActionFollowup(), "after_infection", intent).replies
    wanted = KNOWN.aspect("risk_infection", ASPECTS[intent])
    assert (reply["kind"], reply["topic"]) == ("answer", "risk_infection")
    assert reply["text"] == wanted if wanted else "doesn't say" in reply["text"]


def test_what_the_document_does_not_say_is_said_to_be_unknown(run: Run) -> None:
    assert KNOWN.aspect("risk_infection", "how_long") is None
    [reply] = run(ActionFollowup(), "after_infection", "followup_how_long").replies
    assert "doesn't say more about that" in reply["text"]
    assert "(202) 555-0142" in reply["text"]


def test_without_a_topic_it_asks_which_one(run: Run) -> None:
    [reply] = run(ActionFollowup(), "asked", "followup_why").replies
    assert reply["kind"] == "clarify"
    assert len(reply["buttons"]) == 3


def test_the_shell_s_slots_serve_as_well(run: Run) -> None:
    [message] = run(ActionFollowup(), "in_the_shell", "followup_how_common").messages
    assert message["text"].startswith(str(KNOWN.aspect("risk_infection", "how_common")))
