"""Cross-validation over voices: nobody's messages are judged by what was learned from their own writing."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sklearn.model_selection import GroupKFold

from bot.run.evaluation.judged import EvaluationError

_Item = TypeVar("_Item")
_SEED = 7


@dataclass(frozen=True)
class Fold:
    """The places of those to learn from and those to judge, and whose voices the latter are."""

    number: int
    train: list[int]
    test: list[int]
    voices: list[str]


def split(voices: Sequence[str], folds: int) -> list[Fold]:
    """The folds, no voice on both sides. Raises `EvaluationError` where there are fewer voices than folds."""
    different = len(set(voices))
    if not 2 <= folds <= different:
        raise EvaluationError(f"--folds {folds}: must be from 2 to {different}, the number of voices")
    return [
        Fold(number, train.tolist(), test.tolist(), sorted({voices[i] for i in test}))
        for number, (train, test) in enumerate(GroupKFold(folds).split(voices, groups=voices), 1)
    ]


def limited(items: Sequence[_Item], group: Callable[[_Item], str], limit: int | None) -> list[_Item]:
    """At most `limit` of each group, drawn the same at each run; all of them where it is None."""
    if limit is None:
        return list(items)
    groups: dict[str, list[int]] = collections.defaultdict(list)
    for place, item in enumerate(items):
        groups[group(item)].append(place)
    draw = random.Random(_SEED)
    kept = sorted(place for places in groups.values() for place in draw.sample(places, min(limit, len(places))))
    return [items[place] for place in kept]
