"""The figures of understanding: how often right, for whom, what is taken for what, and how sure it may be of itself."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

from bot.run.evaluation import statistics
from bot.run.evaluation.judged import BOUNDARY, OUT_OF_SCOPE, Fallback, Judged
from bot.run.evaluation.statistics import Rate

_SHOWN = 40


def figures(
    judged: Sequence[Judged], topics: Set[str], threshold: float, ambiguity: float = 0.0, texts: bool = True
) -> dict[str, Any]:
    """Accuracy, out-of-scope recall against false rejection as shipped, calibration, and the commonest mistakes.

    `threshold` and `ambiguity` are those of `Fallback`; `texts` says whether the worst mistakes carry their words.
    """
    fallback = Fallback(threshold, ambiguity)
    topical = [j for j in judged if set(j.wanted) & topics]
    outside = [j for j in judged if j.is_outside]
    inside = [j for j in judged if not j.is_outside]
    mistakes = collections.Counter((j.wanted[0], j.got) for j in judged if not j.right)
    wrong = sorted((j for j in judged if not j.right), key=lambda j: -j.share)
    return {
        "n": len(judged),
        "threshold": threshold,
        "ambiguity": ambiguity,
        "accuracy": _share(j.right for j in judged),
        "topics": {
            "n": len(topical),
            "accuracy": _share(j.right for j in topical),
            "answered_right": _share(j.right and not fallback.unsure(j) for j in topical),
            "asked_back": _share(fallback.unsure(j) for j in topical),
        },
        "out_of_scope": {
            "n": len(outside),
            "recall": _share(_outside(j) or fallback.unsure(j) for j in outside),
            "false_rejection": _share(_outside(j) for j in inside),
        },
        "calibration_error": statistics.reliability([(j.share, j.right) for j in judged])["error"],
        "commonest_mistakes": [{"wanted": w, "got": g, "n": n} for (w, g), n in mistakes.most_common(_SHOWN)],
        "worst": [j.told(texts) for j in wrong[:_SHOWN]],
    }


def details(judged: Sequence[Judged], topics: Set[str], fallback: Fallback) -> dict[str, Any]:
    """The same with bounds, by voice and by intent, the topics' confusion, the boundary, and reliability by bin."""
    topical = [j for j in judged if set(j.wanted) & topics]
    decisions = [j for j in judged if BOUNDARY in j.wanted]
    return {
        "rates": {
            "right intent, all": statistics.of(j.right for j in judged),
            "right topic": statistics.of(j.right for j in topical),
            "right topic, and sure of it": statistics.of(j.right and not fallback.unsure(j) for j in topical),
            "topic asked back": statistics.of(fallback.unsure(j) for j in topical),
            "wrong answer to a topic": statistics.of(not j.right and not fallback.unsure(j) for j in topical),
        },
        "boundary": {
            "personal decision recognised": statistics.of(j.got == BOUNDARY for j in decisions),
            "question on a topic taken for a personal decision": statistics.of(
                j.got == BOUNDARY for j in topical if BOUNDARY not in j.wanted
            ),
        },
        "by_voice": _by(judged, lambda j: j.voice),
        "by_intent": _by(judged, lambda j: j.wanted[0]),
        "confusion": confusion(topical, topics),
        "calibration": statistics.reliability([(j.share, j.right) for j in judged]),
    }


def confusion(topical: Iterable[Judged], topics: Set[str]) -> dict[str, Any]:
    """What questions on topics were taken for: a row for each topic, a column for each, and one for all else."""
    names = sorted(topics)
    place = {name: number for number, name in enumerate(names)}
    counts = [[0] * (len(names) + 1) for _ in names]
    pairs: collections.Counter[tuple[str, str]] = collections.Counter()
    for j in topical:
        wanted = j.got if j.right and j.got in place else next(name for name in j.wanted if name in place)
        counts[place[wanted]][place.get(j.got, len(names))] += 1
        if not j.right and j.got in place:
            pairs[(wanted, j.got)] += 1
    worst = [
        {"wanted": w, "got": g, "n": n, "of": sum(counts[place[w]])} for (w, g), n in pairs.most_common(_SHOWN // 2)
    ]
    return {"topics": names, "counts": counts, "worst_pairs": worst}


def _by(judged: Sequence[Judged], key: Callable[[Judged], str]) -> Mapping[str, Rate]:
    groups: dict[str, list[bool]] = collections.defaultdict(list)
    for j in judged:
        if key(j):
            groups[key(j)].append(j.right)
    return {name: statistics.of(rights) for name, rights in sorted(groups.items())}


def _outside(j: Judged) -> bool:
    return j.got in OUT_OF_SCOPE


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return round(sum(values) / len(values), 4) if values else 0.0
