from __future__ import annotations

import pytest

from actions.boundary import ActionPersonalDecision
from bot import gsm7, knowledge
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


def test_the_likeliest_topic_is_taken_from_eight_in_a_hundred_on(run: Run) -> None:
    ranking = [(DECISION, 0.8), ("onset", 0.08), ("benefits", 0.08)]
    assert run(ActionPersonalDecision(), intent=DECISION, ranking=ranking).topics == ["onset"]
    ranking = [(DECISION, 0.8), ("onset", 0.079)]
    assert run(ActionPersonalDecision(), intent=DECISION, ranking=ranking).topics == [None]


@pytest.mark.parametrize("topic", sorted(KNOWN.topics))
def test_by_sms_the_boundary_with_any_topic_is_two_messages_at_most(run: Run, topic: str) -> None:
    ranking = [(DECISION, 0.8), (topic, 0.1)]
    [reply] = run(ActionPersonalDecision(), "by_sms", DECISION, ranking=ranking).replies
    assert (reply["kind"], reply["topic"]) == ("advice_boundary", topic)
    assert "you and your clinician" in reply["text"]
    assert gsm7.segments(reply["text"]) <= 2
