"""Out of scope: recall by kind against false rejection, over thresholds and as shipped."""

from __future__ import annotations

from typing import Any

from bot.run.evaluation import Fallback, Judged
from bot.run.evaluation.scope import curves

NEAR, FAR = "out_of_scope_near", "out_of_scope_far"

ROWS = [
    Judged.of("another joint", (NEAR,), [(NEAR, 0.6), ("onset", 0.4)]),
    Judged.of("another joint, missed", (NEAR,), [("onset", 0.7), (NEAR, 0.2), (FAR, 0.1)]),
    Judged.of("the weather", (FAR,), [(NEAR, 0.3), (FAR, 0.28), ("onset", 0.22)]),
    Judged.of("a question", ("onset",), [("onset", 0.9), (NEAR, 0.1)]),
    Judged.of("a question, in doubt", ("onset",), [("onset", 0.45), (FAR, 0.35)]),
    Judged.of("a question, turned away", ("onset",), [(NEAR, 0.75), ("onset", 0.25)]),
]


def at(curve: dict[str, Any], threshold: float) -> dict[str, Any]:
    return next(point for point in curve["points"] if point["threshold"] == threshold)


def counts(point: dict[str, Any]) -> dict[str, tuple[int, int]]:
    found = {name: (rate["k"], rate["n"]) for name, rate in point["recall"].items() if rate["n"]}
    return {**found, "rejected": (point["false_rejection"]["k"], point["false_rejection"]["n"])}


def test_near_and_far_are_told_apart_over_the_probability_of_all_that_is_out_of_scope() -> None:
    curve = curves(ROWS, Fallback(0.4))["rejected"]
    assert counts(at(curve, 0.55)) == {NEAR: (1, 2), FAR: (1, 1), "all": (2, 3), "rejected": (1, 3)}
    assert counts(at(curve, 0.25)) == {NEAR: (2, 2), FAR: (1, 1), "all": (3, 3), "rejected": (2, 3)}
    assert counts(at(curve, 0.95)) == {NEAR: (0, 2), FAR: (0, 1), "all": (0, 3), "rejected": (0, 3)}


def test_as_shipped_the_likeliest_intent_turns_away_where_it_is_sure() -> None:
    shipped = curves(ROWS, Fallback(0.4))["rejected"]["shipped"]
    # The weather's likeliest intent is out of scope, but at 0.3: it is asked back.
    assert counts(shipped) == {NEAR: (1, 2), FAR: (0, 1), "all": (1, 3), "rejected": (1, 3)}


def test_what_is_asked_back_is_not_answered_either() -> None:
    curve = curves(ROWS, Fallback(0.4))["not_answered"]
    assert curve["shipped"]["threshold"] == 0.4
    assert counts(curve["shipped"]) == {NEAR: (1, 2), FAR: (1, 1), "all": (2, 3), "rejected": (1, 3)}
    assert counts(at(curve, 0.5)) == {NEAR: (1, 2), FAR: (1, 1), "all": (2, 3), "rejected": (2, 3)}
    assert counts(at(curve, 0.75)) == {NEAR: (2, 2), FAR: (1, 1), "all": (3, 3), "rejected": (2, 3)}


def test_a_higher_threshold_for_asking_back_never_answers_more() -> None:
    points = curves(ROWS, Fallback(0.4))["not_answered"]["points"]
    recall = [point["recall"]["all"]["k"] for point in points]
    assert recall == sorted(recall)
    assert points[0]["threshold"] == 0.0
