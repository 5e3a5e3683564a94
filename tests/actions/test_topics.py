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


@pytest.mark.parametrize("topic", sorted(KNOWN.topics))
def test_the_action_of_its_rule_answers_each_topic(run: Run, topic: str) -> None:
    [reply] = run(ACTIONS[RULES[topic]], intent=topic).replies
    assert reply["kind"] == "answer"
    assert reply["topic"] == topic
    assert reply["urgency"] == "none"
    assert reply["section"] == KNOWN.topics[topic].section
    assert reply["text"] == KNOWN.topics[topic].answer
    assert 2 <= len(reply["buttons"]) <= 3


def test_an_overview_offers_single_risks(run: Run) -> None:
    [reply] = run(ActionRisks(), intent="risks_overview").replies
    assert [b["topic"] for b in reply["buttons"]] == ["risk_infection", "risk_pain_flare", "risk_blood_sugar"]


def test_an_overview_offers_conditions(run: Run) -> None:
    [reply] = run(ActionIndications(), intent="indications_overview").replies
    assert [b["topic"] for b in reply["buttons"]] == ["osteoarthritis", "bursitis", "labral_tear"]


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
