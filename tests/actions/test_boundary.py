from __future__ import annotations

from actions.boundary import ActionPersonalDecision
from bot import knowledge
from tests.actions.conftest import Run

KNOWN = knowledge.load()
DECISION = "personal_decision"


def test_a_decision_is_left_to_the_clinician_and_the_general_answer_given(run: Run) -> None:
    ranking = [(DECISION, 0.8), ("greet", 0.1), ("preparation", 0.09)]
    [reply] = run(ActionPersonalDecision(), intent=DECISION, ranking=ranking).replies
    assert reply["kind"] == "advice_boundary"
    assert reply["topic"] == "preparation"
    assert reply["text"].startswith("That is a decision for you and your clinician")
    assert KNOWN.topics["preparation"].sms in reply["text"]


def test_an_unlikely_topic_is_left_out(run: Run) -> None:
    [reply] = run(ActionPersonalDecision(), intent=DECISION, ranking=[(DECISION, 0.9), ("onset", 0.05)]).replies
    assert reply["topic"] is None
    assert "In general" not in reply["text"]
    assert "(202) 555-0142" in reply["text"]
