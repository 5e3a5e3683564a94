"""Rasa's RulePolicy, with what it found out about a state remembered.

At each turn it holds each state of the conversation against all rules, and does so twice: for the intents, and for
rules with texts of end-to-end training, which there are none of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.constants import USER
from rasa.shared.nlu.constants import TEXT

_REMEMBERED = 4_096  # states


def remember(policy: RulePolicy) -> None:
    """From now on `policy`, which must be trained, predicts the same in less time."""
    rules: Mapping[str, str] = policy.lookup[RULES]
    find, possible = policy._find_action_from_rules, policy._get_possible_keys
    known: dict[tuple[int, str], frozenset[str]] = {}
    has_texts = any(TEXT in state.get(USER, {}) for rule in rules for state in json.loads(rule))

    def applicable(turn: int, state: Mapping[str, Any]) -> frozenset[str]:
        key = turn, repr(state)
        if (found := known.get(key)) is None:
            found = frozenset(rule for rule in rules if policy._is_rule_applicable(rule, turn, state))
            if len(known) < _REMEMBERED:
                known[key] = found
        return found

    def possible_keys(lookup: Mapping[str, str], states: list[Mapping[str, Any]]) -> set[str]:
        if lookup is not rules or any(TEXT in state.get(USER, {}) for state in states):  # nobody's words are kept
            return set(possible(lookup, states))
        left = set(rules)
        for turn, state in enumerate(reversed(states)):
            left &= applicable(turn, state)
        return left

    def find_action(
        tracker: Any, domain: Any, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and not has_texts:
            return None, None, False
        found: tuple[str | None, str | None, bool] = find(tracker, domain, use_text_for_last_user_input)
        return found

    policy._get_possible_keys, policy._find_action_from_rules = possible_keys, find_action
