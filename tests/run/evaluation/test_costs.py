"""The expected cost of a message, on messages few enough to add up by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.datafiles import DataFileError
from bot.run.evaluation import Fallback, Judged, costs
from bot.run.evaluation.costs import Choices, choice

TOPICS = {"onset", "benefits", "bursitis", "anesthesia"}
NEAR = "out_of_scope_near"

FILE = """wrong_answer: 5
needless_question: 1
answered_out_of_scope: 8
rejected_in_scope: 3
out_of_scope_percent: 20
reviewed: {by: draft, on: 2026-01-01}
"""

ROWS = [
    Judged.of("right and sure", ("onset",), [("onset", 0.9), ("benefits", 0.1)]),
    Judged.of("right and in doubt", ("onset",), [("onset", 0.35), ("benefits", 0.3)]),
    Judged.of("wrong, and the right one is offered", ("onset",), [("benefits", 0.3), ("onset", 0.25)]),
    Judged.of(
        "wrong, and it is not", ("onset",), [("benefits", 0.3), ("bursitis", 0.2), ("anesthesia", 0.15), ("onset", 0.1)]
    ),
    Judged.of("out of scope and answered", (NEAR,), [("onset", 0.6), (NEAR, 0.4)]),
]


@pytest.fixture
def prices(tmp_path: Path) -> costs.Costs:
    (tmp_path / "costs.yml").write_text(FILE, encoding="utf-8")
    return costs.load(tmp_path / "costs.yml")


def test_the_project_s_own_costs_are_well() -> None:
    assert costs.load().wrong_answer > costs.load().needless_question


def test_each_mistake_costs_what_the_file_says_and_out_of_scope_weighs_its_percentage(prices: costs.Costs) -> None:
    choices = Choices(ROWS, TOPICS, prices)
    # In scope each of four weighs 0.8 / 4, out of scope the one weighs 0.2.
    assert choices.shipped(Fallback(0.0)) == {
        "cost": pytest.approx(0.2 * 2 * 5 + 0.2 * 8),
        "wrong_answer": 0.4,
        "needless_question": 0.0,
        "answered_out_of_scope": 0.2,
        "rejected_in_scope": 0.0,
    }
    # Asked back are the right one in doubt, needlessly; the one that a button mends; the one that no button mends.
    assert choices.shipped(Fallback(0.4)) == {
        "cost": pytest.approx(0.2 * 2 * 1 + 0.2 * 8),
        "wrong_answer": 0.0,
        "needless_question": 0.4,
        "answered_out_of_scope": 0.2,
        "rejected_in_scope": 0.0,
    }


def test_a_threshold_for_out_of_scope_turns_away_before_anything_is_asked(prices: costs.Costs) -> None:
    rows = [*ROWS, Judged.of("turned away", ("onset",), [("onset", 0.45), (NEAR, 0.4)])]
    found = Choices(rows, TOPICS, prices).with_outside(Fallback(0.0), 0.4)
    assert found["answered_out_of_scope"] == 0.0
    assert found["rejected_in_scope"] == pytest.approx(0.8 / 5)


def test_two_intents_that_are_close_are_asked_back_about(prices: costs.Costs) -> None:
    found = Choices(ROWS[1:2], TOPICS, prices).shipped(Fallback(0.0, ambiguity=0.06))
    assert found == {**found, "cost": 1.0, "needless_question": 1.0}


def test_symptoms_are_the_triage_s_and_left_out(prices: costs.Costs) -> None:
    symptom = Judged.of("it bleeds", ("symptom_urgent",), [("onset", 0.9), ("symptom_urgent", 0.1)])
    taken = Judged.of("when does it help", ("onset",), [("symptom_routine", 0.5), ("onset", 0.3), ("benefits", 0.1)])
    found = Choices([symptom, taken], TOPICS, prices).shipped(Fallback(0.2))
    assert found["cost"] == 0.0


def test_the_cheapest_thresholds_stand_beside_the_shipped_one(prices: costs.Costs) -> None:
    found = choice(ROWS, TOPICS, Fallback(0.4), prices)
    assert found["shipped"]["threshold"] == 0.4
    assert found["best"]["cost"] == min(point["cost"] for point in found["points"])
    # Asking back about all but the first costs the needless two and nothing else.
    assert (found["best"]["threshold"], found["best"]["cost"]) == (0.65, pytest.approx(0.2 * 2 + 0.2))
    # Turning the stranger away first, the threshold may be lower, and the right one in doubt is answered.
    best = found["best_with_outside"]
    assert (best["threshold"], best["outside"], best["cost"]) == (0.35, 0.1, pytest.approx(0.2))
    assert found["costs"]["out_of_scope_percent"] == 20


def test_without_messages_nothing_costs_anything(prices: costs.Costs) -> None:
    assert choice([], TOPICS, Fallback(0.4), prices)["best"]["cost"] == 0.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wrong_answer: 5", "wrong_answer: -5", "costs.yml:1: wrong_answer: "),
        ("needless_question: 1", "needles_question: 1", "costs.yml:2: needles_question: is not a field"),
        ("percent: 20", "percent: 120", "costs.yml:5: out_of_scope_percent: "),
    ],
)
def test_costs_that_cannot_be_are_refused_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "costs.yml").write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(DataFileError) as refused:
        costs.load(tmp_path / "costs.yml")
    assert said in str(refused.value)
