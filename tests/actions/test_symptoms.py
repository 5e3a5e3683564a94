from __future__ import annotations

import pytest

from actions.symptoms import ActionSymptoms
from tests.actions.conftest import Run

LEVELS = [
    ("symptom_emergency", "escalation", "emergency"),
    ("symptom_crisis", "crisis", "emergency"),
    ("symptom_urgent", "escalation", "urgent"),
    ("symptom_routine", "self_care", "routine"),
]


@pytest.mark.parametrize(("intent", "kind", "urgency"), LEVELS)
@pytest.mark.parametrize("fixture", ["asked", "by_sms"])
def test_each_level_has_its_kind_and_urgency(run: Run, fixture: str, intent: str, kind: str, urgency: str) -> None:
    [reply] = run(ActionSymptoms(), fixture, intent).replies
    assert (reply["kind"], reply["urgency"]) == (kind, urgency)


@pytest.mark.parametrize("fixture", ["asked", "by_sms"])
def test_an_emergency_says_first_and_alone_whom_to_call(run: Run, fixture: str) -> None:
    [reply] = run(ActionSymptoms(), fixture, "symptom_emergency").replies
    assert reply["text"].split("\n")[0] == "Call 911 now."


@pytest.mark.parametrize("fixture", ["asked", "by_sms"])
def test_a_crisis_gets_the_crisis_line(run: Run, fixture: str) -> None:
    text = run(ActionSymptoms(), fixture, "symptom_crisis").replies[0]["text"]
    assert "988" in text
    assert "911" in text
