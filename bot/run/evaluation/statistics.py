"""Shares with what they are out of and how far off they may be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Any, TypedDict

BINS = 10
_LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + _LEVEL) / 2)


class Rate(TypedDict):
    """`k` of `n`, their share, and the bounds of the share at 95 %."""

    k: int
    n: int
    share: float
    low: float
    high: float


def rate(k: int, n: int) -> Rate:
    """`k` of `n` with the bounds of Wilson's interval. Of nothing, nothing is known: 0 to 1."""
    if n == 0:
        return Rate(k=0, n=0, share=0.0, low=0.0, high=1.0)
    # By hand: scipy's binomtest works out a p-value too, which takes half a millisecond, and a page has thousands.
    share, part = k / n, _Z * _Z / n
    middle = (share + part / 2) / (1 + part)
    half = math.sqrt(share * (1 - share) * part + part * part / 4) / (1 + part)
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return Rate(k=k, n=n, share=round(share, 4), low=round(low, 4), high=round(high, 4))


def missed(k: int, n: int) -> Rate:
    """As `rate`; where nothing was missed, `high` is the exact one-sided bound: 1 - 0.05^(1/n)."""
    found = rate(k, n)
    if k == 0 and n > 0:
        found["high"] = round(1 - (1 - _LEVEL) ** (1 / n), 4)
    return found


def of(flags: Iterable[bool]) -> Rate:
    """The rate of those that are true."""
    values = list(flags)
    return rate(sum(values), len(values))


def reliability(claims: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """How what was claimed (a probability) agrees with what was right, in ten bins, and the gap over all of them.

    `error` is the expected calibration error: the mean gap between claim and truth, each bin weighing as its size.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for share, right in claims:
        bins[min(int(share * BINS), BINS - 1)].append((share, right))
    gaps = [abs(sum(right for _, right in b) - sum(share for share, _ in b)) for b in bins]
    rows = [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "claimed": round(sum(share for share, _ in b) / len(b), 4),
            "right": of(right for _, right in b),
        }
        for number, b in enumerate(bins)
        if b
    ]
    return {"error": round(float(sum(gaps)) / max(len(claims), 1), 4), "bins": rows}
