from __future__ import annotations

import pytest

from actions.anatomy import ActionAnatomy
from actions.imaging import ActionImaging
from actions.indications import ActionIndications
from actions.procedure import ActionProcedure
from actions.rehabilitation import ActionRehabilitation
from actions.risks import ActionBenefits, ActionRisks
from actions.terminology import ActionTerminology
from actions.topics import TopicAction
from bot import datafiles, knowledge
from bot.settings import ROOT
from tests.actions.conftest import Run

ACTIONS: dict[str, TopicAction] = {
    action.name(): action
    for action in (
        *(ActionAnatomy(), ActionBenefits(), ActionImaging(), ActionIndications()),
        *(ActionProcedure(), ActionRehabilitation(), ActionRisks(), ActionTerminology()),
    )
}
RULES = {
    rule["steps"][0]["intent"]: rule["steps"][1]["action"]
    for rule in datafiles.read(ROOT / "data" / "stories" / "rules.yml")["rules"]
}
KNOWN = knowledge.load()
# These offer what they are an overview of, not what their files say comes next.
OVERVIEWS = {
    "risks_overview": ["risk_infection", "risk_pain_flare", "risk_blood_sugar"],
    "indications_overview": ["osteoarthritis", "bursitis", "labral_tear"],
}


@pytest.mark.parametrize("topic", sorted(KNOWN.topics))
def test_the_action_of_its_rule_answers_each_topic(run: Run, topic: str) -> None:
    [reply] = run(ACTIONS[RULES[topic]], intent=topic).replies
    found = KNOWN.topics[topic]
    offered = OVERVIEWS.get(topic) or found.next
    assert reply == {
        "text": found.answer,
        "kind": "answer",
        "topic": topic,
        "urgency": "none",
        "section": found.section,
        "buttons": [
            {"title": KNOWN.topics[other].title, "text": KNOWN.topics[other].title, "topic": other} for other in offered
        ],
    }


@pytest.mark.parametrize(
    ("ranking", "first"),
    [
        ([("onset", 0.7), ("bursitis", 0.2), ("medications", 0.06), ("numbing", 0.05)], ["bursitis", "medications"]),
        ([("onset", 0.9), ("out_of_scope_near", 0.06), ("duration_of_relief", 0.04)], []),
        ([("onset", 0.8), ("personal_decision", 0.1), ("bursitis", 0.07)], ["bursitis"]),
    ],
)  # fmt: skip
def test_what_else_the_question_may_have_been_about_is_offered_first(
    run: Run, ranking: list[tuple[str, float]], first: list[str]
) -> None:
    [reply] = run(ActionProcedure(), intent="onset", ranking=ranking).replies
    after = [topic for topic in KNOWN.topics["onset"].next if topic not in first]
    offered = [button["topic"] for button in reply["buttons"]]
    assert reply["topic"] == "onset"
    assert offered == [*first, *after][: len(KNOWN.topics["onset"].next)]


def test_two_questions_by_sms_get_two_short_answers_each_with_its_section(run: Run) -> None:
    said = run(ActionProcedure(), "by_sms", "onset", questions=["risk_infection", "onset"])
    assert [reply["text"] for reply in said.replies] == [
        KNOWN.answer("risk_infection", sms=True),
        KNOWN.answer("onset", sms=True),
    ]


def test_two_questions_get_both_answers_in_their_order(run: Run) -> None:
    said = run(ActionProcedure(), intent="onset", questions=["anesthesia", "onset"])
    assert said.topics == ["anesthesia", "onset"]


def test_never_more_than_two_answers(run: Run) -> None:
    said = run(ActionProcedure(), intent="onset", questions=["anesthesia", "onset", "medications"])
    assert said.topics == ["anesthesia", "onset"]


def test_parts_that_do_not_hold_what_the_whole_means_are_left_alone(run: Run) -> None:
    assert run(ActionProcedure(), intent="onset", questions=["anesthesia", "medications"]).topics == ["onset"]


def test_a_second_part_that_is_no_topic_gets_no_answer(run: Run) -> None:
    assert run(ActionProcedure(), intent="onset", questions=["greet", "onset"]).topics == ["onset"]


def test_the_same_question_a_third_time_is_answered_in_other_words(run: Run) -> None:
    def asked(times: int) -> str:
        metadata = {"channel": "web", "context": {"topic": "onset", "kind": "answer", "asked": {"onset": times}}}
        return str(run(ActionProcedure(), intent="onset", metadata=metadata).replies[0]["text"])

    assert asked(1) == KNOWN.topics["onset"].answer
    assert str(KNOWN.aspect("onset", "rephrased")) in asked(2)
