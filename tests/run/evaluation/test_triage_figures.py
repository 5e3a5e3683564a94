"""The figures of urgency, on messages few enough to judge by hand."""

from __future__ import annotations

import dataclasses

import pytest

from bot.run.evaluation.triage_figures import Described, figures, rates
from bot.triage.examples import Label
from bot.triage.judgement import NAMES, judge, load_thresholds
from bot.triage.rules import Finding

LIMITS = load_thresholds().copy(
    update={
        "red": 0.12,
        "red_in_context": 0.04,
        "red_with_words": 0.02,
        "emergency_with_words": 0.01,
        "emergency": 0.35,
        "crisis": 0.5,
        "routine": 0.5,
    }
)


def described(wanted: Label, text: str = "x", hits: tuple[Finding, ...] = (), **shares: float) -> Described:
    every = dict.fromkeys(("none", "routine", "urgent", "emergency", "crisis"), 0.0)
    left = 1 - sum(shares.values())
    return Described(text, wanted, "chest", "plain", {**every, "none": left, **shares}, hits)


ROWS = [
    described("emergency", emergency=0.9),
    described("emergency", "missed by a little", emergency=0.1),
    described("emergency", "missed by far", emergency=0.01),
    described("urgent", urgent=0.8),
    described("urgent", "by its words", (Finding("fever", "urgent", "fever", "a fever", 0, 7),), urgent=0.05),
    described("crisis", "I've had enough", crisis=0.1),
    described("none", "how likely is that", urgent=0.3),
    described("none"),
    described("routine", routine=0.9),
    described("routine", "a false alarm", emergency=0.7),
]


def counts(found: dict[str, dict[str, float]]) -> dict[str, tuple[float, float]]:
    return {name: (rate["k"], rate["n"]) for name, rate in found.items()}


def test_misses_and_false_alarms_are_counted_by_what_was_meant() -> None:
    report = figures(ROWS, texts=True, thresholds=LIMITS)
    assert counts(report["rates"]) == {
        "red flag found": (3, 6),
        "red flag missed": (3, 6),
        "emergency found as a red flag": (1, 3),
        "emergency missed": (2, 3),
        "emergency told as one": (1, 3),
        "self-harm found as a red flag": (0, 1),
        "self-harm missed": (1, 1),
        "self-harm told as such": (0, 1),
        "no symptom, false alarm": (1, 2),
        "no symptom, told to call for an emergency": (0, 2),
        "mild symptom, false alarm": (1, 2),
        "exact urgency": (5, 10),
    }
    assert counts(report["lexicon_alone"])["red flag found"] == (1, 6)
    assert counts(report["lexicon_alone"])["no symptom, false alarm"] == (0, 2)


def test_an_urgency_that_is_too_low_but_red_is_found_and_not_exact() -> None:
    found = counts(rates([("emergency", "urgent"), ("crisis", "emergency"), ("urgent", "emergency")]))
    assert found["red flag found"] == (3, 3)
    assert found["emergency told as one"] == (0, 1)
    assert found["self-harm told as such"] == (0, 1)
    assert found["exact urgency"] == (0, 3)


def test_no_miss_has_the_exact_upper_bound() -> None:
    found = rates([("urgent", "urgent")] * 59)["red flag missed"]
    assert found["k"] == 0
    assert found["high"] == pytest.approx(1 - 0.05 ** (1 / 59), abs=1e-4)


def test_all_that_was_missed_is_listed_the_least_suspected_first() -> None:
    report = figures(ROWS, texts=True, thresholds=LIMITS)
    assert [entry["text"] for entry in report["missed"]] == ["missed by far", "missed by a little", "I've had enough"]
    assert [entry["text"] for entry in report["alarms"]] == ["a false alarm", "how likely is that"]
    assert report["missed"][0] == {
        "text": "missed by far",
        "category": "chest",
        "voice": "plain",
        "wanted": "emergency",
        "got": "none",
        "red": 0.01,
    }


def test_a_clinic_s_own_words_are_left_out_unless_asked_for() -> None:
    own = [dataclasses.replace(described("urgent", "my secret"), line=7)]
    report = figures(own, texts=False, thresholds=LIMITS)
    assert "my secret" not in str(report)
    assert report["missed"][0]["line"] == 7


def test_what_each_urgency_was_taken_for_adds_up_to_all() -> None:
    report = figures(ROWS, texts=True, thresholds=LIMITS)
    assert report["labels"] == ["none", "routine", "urgent", "emergency", "crisis"]
    assert report["counts"] == [[1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 2, 0, 0], [2, 0, 0, 1, 0], [1, 0, 0, 0, 0]]


def test_groups_have_their_misses_and_their_false_alarms_apart() -> None:
    rows = [described("urgent", urgent=0.9), dataclasses.replace(described("none", urgent=0.9), voice="sms")]
    report = figures(rows, texts=True, thresholds=LIMITS)
    assert set(report["by_category"]) == {"urgent: chest", "none: chest"}
    voices = report["by_voice"]
    assert (voices["plain"]["missed"]["k"], voices["plain"]["missed"]["n"], voices["plain"]["false_alarms"]["n"]) == (
        0,
        1,
        0,
    )
    assert (voices["sms"]["missed"]["n"], voices["sms"]["false_alarms"]["k"]) == (0, 1)


@pytest.mark.parametrize("field", NAMES)
def test_each_threshold_is_moved_alone_and_the_shipped_value_gives_the_shipped_figures(field: str) -> None:
    report = figures(ROWS, texts=True, thresholds=LIMITS)
    found = report["sensitivity"][field]
    assert found["shipped"] == getattr(LIMITS, field)
    points = {point["value"]: point for point in found["points"]}
    after = field == "red_in_context"
    assert found["in_context"] is after
    for value in (0.005, found["shipped"], 0.9):
        there = LIMITS.copy(update={field: value})
        expected = rates([(m.wanted, judge(m.shares, m.hits, after, there)) for m in ROWS])
        assert points[value] == {"value": value, **expected}


def test_a_lower_threshold_of_red_misses_less_and_alarms_more() -> None:
    points = figures(ROWS, texts=True, thresholds=LIMITS)["sensitivity"]["red"]["points"]
    assert (points[0]["red flag missed"]["k"], points[-1]["red flag missed"]["k"]) == (0, 4)
    missed = [point["red flag missed"]["k"] for point in points]
    alarms = [point["no symptom, false alarm"]["k"] for point in points]
    assert missed == sorted(missed)
    assert alarms == sorted(alarms, reverse=True)
