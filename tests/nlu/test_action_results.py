"""The check of an action's answer: made once, and as strict as Rasa's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.nlu.action_results import validate_once

rasas_own = RemoteAction._validate_action_result


@pytest.fixture
def action() -> Iterator[RemoteAction]:
    """An action of Rasa's whose check is ours, until the end of the test."""
    validate_once()
    yield RemoteAction("action_risks", None)
    RemoteAction._validate_action_result = rasas_own


def accepts(check: Any, action: RemoteAction, result: Any) -> bool:
    try:
        return bool(check(action, result))
    except ValidationError:
        return False


SLOT = {"event": "slot", "timestamp": None, "name": "topic", "value": "onset"}


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"events": [], "responses": []},
        {"events": [], "responses": [{"custom": {"text": "Hello.", "kind": "smalltalk"}}]},
        {"events": [SLOT], "responses": [{"text": "Hello.", "buttons": []}]},
        {"events": [{"event": "restart", "timestamp": None}], "responses": []},
        {"more": "than asked for"},
    ],
)
def test_what_rasa_accepts_is_accepted(action: RemoteAction, result: dict[str, Any]) -> None:
    assert accepts(rasas_own, action, result)
    assert action._validate_action_result(result) is True


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        "Hello.",
        {"events": {}},
        {"events": ["restart"]},
        {"events": [{"no event": 1}]},
        {"events": [{**SLOT, "event": "no such event"}]},
        {"events": [{"event": "slot", "value": "no name"}]},
        {"responses": {}},
        {"responses": ["Hello."]},
        {"responses": [None]},
    ],
)
def test_what_rasa_refuses_is_refused_with_the_reason(action: RemoteAction, result: Any) -> None:
    assert not accepts(rasas_own, action, result)
    with pytest.raises(ValidationError, match="the action server's answer does not have the form of one: "):
        action._validate_action_result(result)


_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["slot", "restart", "topic", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["event", "name", "value", "timestamp", "text", "events"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries({}, optional={"events": _VALUE | st.lists(_VALUE), "responses": st.lists(_VALUE)}) | _VALUE
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_both_checks_agree(action: RemoteAction, result: Any) -> None:
    assert accepts(RemoteAction._validate_action_result, action, result) == accepts(rasas_own, action, result)


def test_every_remote_action_has_the_check_once_it_has_been_replaced(action: RemoteAction) -> None:
    assert RemoteAction._validate_action_result is not rasas_own
    assert RemoteAction("another", None)._validate_action_result({"events": []}) is True
