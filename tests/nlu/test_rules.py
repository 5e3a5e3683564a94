"""What is remembered of a conversation's states changes no prediction."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu import rules

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [onset, risks, affirm]
actions: [action_onset, action_risks, action_handoff, action_acknowledge]
slots:
  topic:
    type: text
    influence_conversation: true
    mappings: [{type: custom}]
"""
)


def _heard(intent: str, action: str = "action_listen", **more: Any) -> dict[str, Any]:
    return {"prev_action": {"action_name": action}, "user": {"intent": intent}, **more}


def _rule(*states: dict[str, Any]) -> str:
    return json.dumps(states, sort_keys=True)


LOOKUP = {
    _rule(_heard("onset")): "action_onset",
    _rule(_heard("risks")): "action_risks",
    _rule(_heard("risks", "action_risks")): "action_listen",
    _rule(_heard("risks"), _heard("risks", "action_risks"), _heard("affirm")): "action_handoff",
}


def a_policy(folder: Path, lookup: dict[str, str]) -> RulePolicy:
    """A policy that has learned `lookup`."""
    return RulePolicy(
        {**RulePolicy.get_default_config(), "core_fallback_action_name": "action_acknowledge"},
        LocalModelStorage(folder),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
        lookup={RULES: lookup, "rules_for_loop_unhappy_path": {}, "rules_not_in_stories": []},
    )


def conversations() -> list[DialogueStateTracker]:
    """Conversations of up to three turns, before and after the last action."""
    told = {"onset": "action_onset", "risks": "action_risks", "affirm": "action_acknowledge"}
    found = []
    for length in (1, 2, 3):
        for intents in itertools.product(told, repeat=length):
            events: list[Any] = []
            for number, intent in enumerate(intents):
                events += [ActionExecuted("action_listen"), UserUttered(f"words {number}", {"name": intent})]
                found.append(DialogueStateTracker.from_events("one", events, DOMAIN.slots))
                events += [ActionExecuted(told[intent]), SlotSet("topic", intent)]
                found.append(DialogueStateTracker.from_events("one", events, DOMAIN.slots))
    return found


def test_it_predicts_what_rasas_own_does(tmp_path: Path) -> None:
    plain, quick = a_policy(tmp_path, LOOKUP), a_policy(tmp_path, LOOKUP)
    rules.remember(quick)
    named = set()
    for tracker in [*conversations(), *conversations()]:  # the second time from what it remembers
        wanted, found = (p.predict_action_probabilities(tracker, DOMAIN) for p in (plain, quick))
        assert found.probabilities == wanted.probabilities
        assert found.hide_rule_turn == wanted.hide_rule_turn
        assert found.is_end_to_end_prediction is wanted.is_end_to_end_prediction is False
        named.add(DOMAIN.action_names_or_texts[found.probabilities.index(max(found.probabilities))])
    assert named == {"action_onset", "action_risks", "action_handoff", "action_listen", "action_acknowledge"}


def test_a_rule_with_a_text_is_still_found(tmp_path: Path) -> None:
    said = {"prev_action": {"action_name": "action_listen"}, "user": {"text": "call me"}}
    policy = a_policy(tmp_path, {**LOOKUP, _rule(said): "action_handoff"})
    rules.remember(policy)
    events = [ActionExecuted("action_listen"), UserUttered("call me", {"name": "onset"})]
    prediction = policy.predict_action_probabilities(
        DialogueStateTracker.from_events("one", events, DOMAIN.slots), DOMAIN
    )
    assert prediction.is_end_to_end_prediction
    assert prediction.probabilities[DOMAIN.index_for_action("action_handoff")] == 1.0


def test_each_state_is_held_against_the_rules_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = a_policy(tmp_path, LOOKUP)
    rules.remember(policy)
    asked: list[str] = []
    is_applicable = policy._is_rule_applicable

    def counted(rule: str, turn: int, state: Any) -> bool:
        asked.append(rule)
        return bool(is_applicable(rule, turn, state))

    monkeypatch.setattr(policy, "_is_rule_applicable", counted)
    for _ in range(3):
        policy.predict_action_probabilities(conversations()[0], DOMAIN)
    assert len(asked) == 2 * len(LOOKUP)  # the beginning, and what was heard
