"""What Rasa may keep of an earlier training."""

from __future__ import annotations

import inspect

import pytest
from rasa.engine.graph import GraphComponent

from bot.nlu import components, terms

TRAINED = [components.SentenceEncoder, components.IntentClassifier, components.UrgencyJudge]


@pytest.mark.parametrize("component", TRAINED)
def test_what_was_stored_by_other_code_is_not_kept(
    component: type[GraphComponent], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = component.fingerprint_addon({})
    assert component.fingerprint_addon({}) == before
    source = inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda one: source(one) + ("# changed" if one is terms else ""))
    assert component.fingerprint_addon({}) != before
