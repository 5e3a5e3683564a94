"""Shares with their bounds, against those of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bot.run.evaluation import statistics


@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bounds_are_wilson_s(case: tuple[int, int]) -> None:
    rate = statistics.rate(*case)
    with np.errstate(all="ignore"):  # of scipy's own arithmetic, for a p-value that is not looked at
        low, high = binomtest(*case).proportion_ci(0.95, "wilson")
    assert rate["low"] == pytest.approx(low, abs=1e-4)
    assert rate["high"] == pytest.approx(high, abs=1e-4)
    assert rate["share"] == pytest.approx(case[0] / case[1], abs=1e-4)


def test_of_nothing_nothing_is_known() -> None:
    assert statistics.rate(0, 0) == {"k": 0, "n": 0, "share": 0.0, "low": 0.0, "high": 1.0}
    assert statistics.missed(0, 0)["high"] == 1.0


def test_where_nothing_was_missed_the_bound_is_the_exact_one() -> None:
    # Were 3.9 % missed, one sample of 76 in twenty would show none.
    assert statistics.missed(0, 76)["high"] == pytest.approx(0.0387, abs=5e-5)
    assert (1 - statistics.missed(0, 76)["high"]) ** 76 == pytest.approx(0.05, abs=5e-4)
    assert statistics.missed(1, 76) == statistics.rate(1, 76)


def test_flags_are_counted_once_even_from_a_generator() -> None:
    assert statistics.of(x > 1 for x in (1, 2, 3, 4))["k"] == 3


def test_reliability_sets_the_claim_of_each_bin_beside_the_truth() -> None:
    found = statistics.reliability([(0.72, True), (0.78, False), (0.1, False), (1.0, True)])
    assert [(b["from"], b["to"], b["claimed"], b["right"]["k"], b["right"]["n"]) for b in found["bins"]] == [
        (0.1, 0.2, 0.1, 0, 1),
        (0.7, 0.8, 0.75, 1, 2),
        (0.9, 1.0, 1.0, 1, 1),
    ]
    assert found["error"] == pytest.approx((0.1 + abs(1 - 1.5) + 0) / 4)


def test_without_claims_there_is_no_error_in_them() -> None:
    assert statistics.reliability([]) == {"error": 0.0, "bins": []}
