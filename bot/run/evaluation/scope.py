"""Out of scope: how much of it is recognised, near and far apart, and how much in scope is turned away for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bot.run.evaluation import statistics
from bot.run.evaluation.judged import OUT_OF_SCOPE, Fallback, Judged

THRESHOLDS = [round(float(x), 2) for x in np.arange(0.05, 1.0, 0.05)]


def curves(judged: Sequence[Judged], fallback: Fallback) -> dict[str, Any]:
    """Two curves, each with the point where Hipline is as shipped.

    `rejected`: called out of scope from a threshold on the probability of all out-of-scope intents together. As
    shipped there is no such threshold: it is where such an intent is the likeliest, and sure.
    `not_answered`: called out of scope or asked back, over the threshold below which Hipline asks back.
    """

    def rejected(j: Judged) -> bool:
        return j.got in OUT_OF_SCOPE and not fallback.unsure(j)

    def not_answered(threshold: float) -> Callable[[Judged], bool]:
        at = Fallback(threshold, fallback.ambiguity)
        return lambda j: j.got in OUT_OF_SCOPE or at.unsure(j)

    return {
        "rejected": {
            "shipped": _point(judged, rejected),
            "points": [{"threshold": t, **_point(judged, _from(t))} for t in THRESHOLDS],
        },
        "not_answered": {
            "shipped": {"threshold": fallback.threshold, **_point(judged, not_answered(fallback.threshold))},
            "points": [{"threshold": t, **_point(judged, not_answered(t))} for t in [0.0, *THRESHOLDS]],
        },
    }


def _from(threshold: float) -> Callable[[Judged], bool]:
    return lambda j: j.outside >= threshold


def _point(judged: Sequence[Judged], caught: Callable[[Judged], bool]) -> dict[str, Any]:
    outside = [j for j in judged if j.is_outside]
    by_kind = {name: statistics.of(caught(j) for j in outside if name in j.wanted) for name in OUT_OF_SCOPE}
    return {
        "recall": {**by_kind, "all": statistics.of(caught(j) for j in outside)},
        "false_rejection": statistics.of(caught(j) for j in judged if not j.is_outside),
    }
