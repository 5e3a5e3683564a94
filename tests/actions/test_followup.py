from __future__ import annotations

import pytest

from actions.followup import ActionFollowup
from bot import datafiles, knowledge
from bot.knowledge import Aspect
from bot.settings import ROOT
from tests.actions.conftest import Run

KNOWN = knowledge.load()
# Written out, not taken from the action: its own table could be wrong.
WANTED: dict[str, Aspect] = {
    "followup_why": "why",
    "followup_how_common": "how_common",
    "followup_how_long": "how_long",
    "followup_how_serious": "how_serious",
    "followup_what_to_do": "what_to_do",
    "followup_more": "rephrased",
}


@pytest.mark.parametrize(("intent", "aspect"), WANTED.items())
def test_the_last_topic_s_aspect_is_said(run: Run, intent: str, aspect: Aspect) -> None:
    [reply] = run(ActionFollowup(), "after_infection", intent).replies
    wanted = KNOWN.aspect("risk_infection", aspect)
    assert (reply["kind"], reply["topic"]) == ("answer", "risk_infection")
    if wanted:
        assert reply["text"] == wanted
    else:
        assert "doesn't say more about that" in reply["text"]


def test_each_followup_of_the_domain_has_an_aspect() -> None:
    intents = datafiles.read(ROOT / "domain.yml")["intents"]
    assert {intent for intent in intents if intent.startswith("followup_")} == set(WANTED)


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
