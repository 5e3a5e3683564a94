"""Which thresholds cost least, for what a clinic says that each mistake costs (costs.yml)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Extra, Field

from bot import datafiles
from bot.knowledge.models import Review
from bot.run.evaluation.judged import OUT_OF_SCOPE, Fallback, Judged
from bot.triage.model import SYMPTOM

COSTS = Path(__file__).parent / "costs.yml"
CLARIFY = [round(float(x), 2) for x in np.arange(0.0, 0.96, 0.05)]
OUTSIDE = [round(float(x), 2) for x in np.arange(0.1, 1.0, 0.05)]
_OFFERED = 3  # topics that a question back offers

_Flags = npt.NDArray[np.bool_]


class Costs(BaseModel, extra=Extra.forbid):
    """See costs.yml."""

    wrong_answer: float = Field(..., ge=0)
    needless_question: float = Field(..., ge=0)
    answered_out_of_scope: float = Field(..., ge=0)
    rejected_in_scope: float = Field(..., ge=0)
    out_of_scope_percent: float = Field(..., ge=0, le=100)
    reviewed: Review


def load(file: Path = COSTS) -> Costs:
    """The costs of a file. Raises `DataFileError`."""
    return datafiles.load(file, Costs)


class Choices:
    """The expected cost of one message, by thresholds.

    Messages about symptoms are left out: the triage decides on them before any threshold here does. For the same
    reason the symptoms' intents are left out of the rankings.
    """

    def __init__(self, judged: Sequence[Judged], topics: Set[str], costs: Costs) -> None:
        about = [j for j in judged if not any(name.startswith(SYMPTOM) for name in j.wanted)]
        rankings = [[entry for entry in j.ranking if not entry[0].startswith(SYMPTOM)] or [("", 0.0)] for j in about]
        self._costs = costs
        self._share = np.array([r[0][1] for r in rankings])
        self._lead = np.array([r[0][1] - r[1][1] if len(r) > 1 else 1.0 for r in rankings])
        self._says_outside = np.array([r[0][0] in OUT_OF_SCOPE for r in rankings], dtype=bool)
        self._outside_share = np.array([j.outside for j in about])
        self._right = np.array([r[0][0] in j.wanted for j, r in zip(about, rankings, strict=True)], dtype=bool)
        offers = [[name for name, _ in r if name in topics][:_OFFERED] for r in rankings]
        offered = [bool(set(offer) & set(j.wanted)) for j, offer in zip(about, offers, strict=True)]
        self._question_helps = ~self._right & np.array(offered, dtype=bool)
        self._is_outside = np.array([j.is_outside for j in about], dtype=bool)
        self._weights = self._weigh()

    def shipped(self, fallback: Fallback) -> dict[str, float]:
        """The cost where a message is turned away by its likeliest intent, and asked back below `fallback`."""
        unsure = self._unsure(fallback)
        return self._cost(unsure, self._says_outside & ~unsure)

    def with_outside(self, fallback: Fallback, outside: float) -> dict[str, float]:
        """The cost where it is turned away from `outside` on, the probability of all out-of-scope intents together."""
        rejected = self._outside_share >= outside
        return self._cost((self._unsure(fallback) | self._says_outside) & ~rejected, rejected)

    def _unsure(self, fallback: Fallback) -> _Flags:
        return np.asarray((self._share < fallback.threshold) | (self._lead < fallback.ambiguity))

    def _weigh(self) -> npt.NDArray[np.float64]:
        """Each message's weight, such that out of scope has its percentage and all of them weigh 1 together."""
        outside = self._is_outside
        part = self._costs.out_of_scope_percent / 100
        if outside.all() or not outside.any():  # there is nothing to mix
            return np.full(len(outside), 1 / max(len(outside), 1))
        return np.where(outside, part / outside.sum(), (1 - part) / (~outside).sum())

    def _cost(self, asked: _Flags, rejected: _Flags) -> dict[str, float]:
        answered = ~asked & ~rejected
        inside = ~self._is_outside
        parts = {
            "wrong_answer": answered & inside & ~self._right,
            "needless_question": asked & ~self._question_helps,
            "answered_out_of_scope": answered & self._is_outside,
            "rejected_in_scope": rejected & inside,
        }
        shares = {name: float(self._weights[flags].sum()) for name, flags in parts.items()}
        cost = sum(share * float(getattr(self._costs, name)) for name, share in shares.items())
        return {"cost": round(cost, 4), **{name: round(share, 4) for name, share in shares.items()}}


def choice(judged: Sequence[Judged], topics: Set[str], fallback: Fallback, costs: Costs) -> dict[str, Any]:
    """The cost as shipped, over thresholds for asking back, and with the best threshold for out of scope too."""
    choices = Choices(judged, topics, costs)
    at = [Fallback(threshold, fallback.ambiguity) for threshold in CLARIFY]
    over = [{"threshold": f.threshold, **choices.shipped(f)} for f in at]
    both = [{"threshold": f.threshold, "outside": o, **choices.with_outside(f, o)} for f in at for o in OUTSIDE]
    return {
        "costs": {name: value for name, value in costs.dict().items() if name != "reviewed"},
        "shipped": {"threshold": fallback.threshold, **choices.shipped(fallback)},
        "best": min(over, key=lambda point: point["cost"]),
        "best_with_outside": min(both, key=lambda point: point["cost"]),
        "points": over,
        "points_with_outside": [min((p for p in both if p["threshold"] == f.threshold), key=_cost) for f in at],
    }


def _cost(point: dict[str, float]) -> float:
    return point["cost"]
