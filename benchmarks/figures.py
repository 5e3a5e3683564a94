"""Numbers out of measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.data import OUT_OF_SCOPE, Asked


@dataclass(frozen=True)
class Parsed:
    """What a contender made of a message: its likeliest intent and the share of it, and whether it was too unsure."""

    intent: str
    share: float
    unsure: bool

    @property
    def rejected(self) -> bool:
        """Whether the message would get no answer of its own."""
        return self.unsure or self.intent in OUT_OF_SCOPE


def times(taken: Sequence[float]) -> dict[str, Any]:
    """The median and the 99th percentile, in the unit of `taken`, and of how many."""
    if not taken:
        return {"n": 0, "p50": None, "p99": None}
    return {"n": len(taken), **{f"p{q}": round(float(np.percentile(taken, q)), 2) for q in (50, 99)}}


def understood(asked: Sequence[Asked], parsed: Sequence[Parsed]) -> dict[str, Any]:
    """How many messages were understood, and how many were sent away, rightly and wrongly.

    `right`: in scope, the right intent, and sure enough of it to act on it; `right_unsure_or_not`: the same, however
    unsure; `false_rejection`: in scope, and yet too unsure or taken for out of scope; `recall`: out of scope, and so.
    """
    inside = [(a, p) for a, p in zip(asked, parsed, strict=True) if a.in_scope]
    outside = [p for a, p in zip(asked, parsed, strict=True) if not a.in_scope]
    return {
        "in_scope": {
            "n": len(inside),
            "right": share(sum(p.intent in a.wanted and not p.rejected for a, p in inside), len(inside)),
            "right_unsure_or_not": share(sum(p.intent in a.wanted for a, p in inside), len(inside)),
            "false_rejection": share(sum(p.rejected for _, p in inside), len(inside)),
        },
        "out_of_scope": {"n": len(outside), "recall": share(sum(p.rejected for p in outside), len(outside))},
    }


def share(part: int, whole: int) -> float | None:
    """A share, rounded; none of nothing."""
    return round(part / whole, 4) if whole else None
