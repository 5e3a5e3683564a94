from __future__ import annotations

import pytest

from benchmarks.data import Asked
from benchmarks.figures import Parsed, times, understood

ONSET, OUTSIDE = Asked("x", ("onset", "benefits")), Asked("y", ("out_of_scope_near",))


def test_the_median_and_the_99th_percentile_of_times() -> None:
    found = times([float(n) for n in range(101)])
    assert found == {"n": 101, "p50": 50.0, "p99": 99.0}
    assert times([7.0]) == {"n": 1, "p50": 7.0, "p99": 7.0}


def test_of_no_times_there_is_no_percentile() -> None:
    assert times([]) == {"n": 0, "p50": None, "p99": None}


def test_right_and_too_unsure_is_a_false_rejection_and_counts_as_right_only_with_the_threshold_aside() -> None:
    inside = understood([ONSET] * 2, [Parsed("onset", 0.9, False), Parsed("benefits", 0.2, True)])["in_scope"]
    assert inside == {"n": 2, "right": 0.5, "right_unsure_or_not": 1.0, "false_rejection": 0.5}


def test_taken_for_out_of_scope_is_a_false_rejection_however_sure() -> None:
    inside = understood([ONSET], [Parsed("gibberish", 0.9, False)])["in_scope"]
    assert inside == {"n": 1, "right": 0.0, "right_unsure_or_not": 0.0, "false_rejection": 1.0}


@pytest.mark.parametrize(
    ("parsed", "recall"),
    [
        (Parsed("out_of_scope_far", 0.9, False), 1.0),
        (Parsed("onset", 0.1, True), 1.0),
        (Parsed("onset", 0.9, False), 0.0),
    ],
)
def test_out_of_scope_is_recognised_by_an_intent_of_its_own_or_by_doubt(parsed: Parsed, recall: float) -> None:
    found = understood([OUTSIDE], [parsed])
    assert found["out_of_scope"] == {"n": 1, "recall": recall}
    assert found["in_scope"]["right"] is None


def test_every_message_must_have_been_asked() -> None:
    with pytest.raises(ValueError, match="zip"):
        understood([ONSET], [])
