"""`hipline evaluate`: how well are people understood whose writing the model has never seen?"""

from __future__ import annotations

import collections
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from bot import datafiles, knowledge
from bot.nlu import examples, export
from bot.nlu.encoder import Encoder
from bot.nlu.head import LinearHead
from bot.settings import ROOT, Settings

FOLDS = 5
_OUT_OF_SCOPE = ("out_of_scope_near", "out_of_scope_far", "other_language", "gibberish")
_BINS = 10

Say = Callable[[str], None]


class EvaluationError(RuntimeError):
    """The labelled file can't be used. The message says which line, and why."""


@dataclass(frozen=True)
class Judged:
    """A message, what is right for it, and what the head made of it."""

    text: str
    wanted: tuple[str, ...]
    got: str
    share: float


def run(settings: Settings, file: Path | None, out: Path, say: Say) -> None:
    """Prints the figures and writes them to `out`. Raises `EvaluationError`, `DataFileError`."""
    known = examples.read(ROOT / "data" / "nlu")
    labelled = _read(file) if file else None
    encoder = Encoder(*export.encoder_files(settings.models / "encoder"), threads=2)
    say(f"{len(known):,} examples by {len({e.voice for e in known})} voices; encoding")
    vectors = encoder([e.text for e in known])
    if labelled is None:
        judged = _cross_validate(known, vectors, say)
    else:
        say(f"training on all of them; judging {len(labelled)} messages of {file}")
        head = _fit(known, vectors)
        texts = [text for text, _ in labelled]
        best = [ranking[0] for ranking in head.rank(texts, encoder(texts))]
        judged = [Judged(text, wanted, *top) for (text, wanted), top in zip(labelled, best, strict=True)]
    threshold = _threshold()
    report = figures(judged, set(knowledge.load(settings.knowledge_folder).topics), threshold)
    say(json.dumps({name: value for name, value in report.items() if not isinstance(value, list)}, indent=1))
    for mistake in report["commonest_mistakes"][:10]:
        say(f"  {mistake['n']:4} times {mistake['wanted']} was taken for {mistake['got']}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    say(f"written to {out}")


def figures(judged: Sequence[Judged], topics: set[str], threshold: float) -> dict[str, Any]:
    """Accuracy, out-of-scope recall against false rejection at `threshold`, calibration, and the commonest mistakes."""
    right = [j for j in judged if j.got in j.wanted]
    topical = [j for j in judged if set(j.wanted) & topics]
    outside = [j for j in judged if set(j.wanted) & set(_OUT_OF_SCOPE)]
    inside = [j for j in judged if not set(j.wanted) & set(_OUT_OF_SCOPE)]
    mistakes = collections.Counter((j.wanted[0], j.got) for j in judged if j.got not in j.wanted)
    return {
        "n": len(judged),
        "threshold": threshold,
        "accuracy": _share(len(right), len(judged)),
        "topics": {
            "n": len(topical),
            "accuracy": _share(sum(j.got in j.wanted for j in topical), len(topical)),
            "answered_right": _share(sum(j.got in j.wanted and j.share >= threshold for j in topical), len(topical)),
            "asked_back": _share(sum(j.share < threshold for j in topical), len(topical)),
        },
        "out_of_scope": {
            "n": len(outside),
            "recall": _share(sum(j.got in _OUT_OF_SCOPE or j.share < threshold for j in outside), len(outside)),
            "false_rejection": _share(sum(j.got in _OUT_OF_SCOPE for j in inside), len(inside)),
        },
        "calibration_error": _calibration_error(judged),
        "commonest_mistakes": [{"wanted": w, "got": g, "n": n} for (w, g), n in mistakes.most_common(40)],
        "worst": [vars(j) for j in sorted((j for j in judged if j.got not in j.wanted), key=lambda j: -j.share)[:40]],
    }


def _cross_validate(known: Sequence[examples.Example], vectors: Any, say: Say) -> list[Judged]:
    judged = []
    voices = [e.voice for e in known]
    for number, (train, test) in enumerate(GroupKFold(FOLDS).split(vectors, groups=voices), 1):
        head = _fit([known[i] for i in train], vectors[train])
        best = [ranking[0] for ranking in head.rank([known[i].text for i in test], vectors[test])]
        fold = [Judged(known[i].text, (known[i].intent,), *top) for i, top in zip(test, best, strict=True)]
        judged += fold
        names = ", ".join(sorted({voices[i] for i in test}))
        say(f"fold {number} of {FOLDS} ({names}): {_share(sum(j.got in j.wanted for j in fold), len(fold))}")
    return judged


def _fit(known: Sequence[examples.Example], vectors: Any) -> LinearHead:
    return LinearHead().fit(
        [e.text for e in known], vectors, [e.intent for e in known], groups=[e.voice for e in known]
    )


def _read(file: Path) -> list[tuple[str, tuple[str, ...]]]:
    rows = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise EvaluationError(f"{file} cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            wanted = row.get("accept") or [row["intent"]]
            wanted = [wanted] if isinstance(wanted, str) else wanted
            rows.append((str(row["text"]), tuple(map(str, wanted))))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise EvaluationError(f'{file}:{number}: must be JSON with "text", and "intent" or "accept"') from None
    if not rows:
        raise EvaluationError(f"{file} holds no messages")
    return rows


def _threshold() -> float:
    config = datafiles.read(ROOT / "config.yml")
    return float(next(part["threshold"] for part in config["pipeline"] if part["name"] == "FallbackClassifier"))


def _calibration_error(judged: Sequence[Judged]) -> float:
    """The expected calibration error over ten bins: how far the probability is from the share of right ones."""
    bins = collections.defaultdict(list)
    for j in judged:
        bins[min(int(j.share * _BINS), _BINS - 1)].append(j)
    gaps = [abs(sum(j.got in j.wanted for j in b) - sum(j.share for j in b)) for b in bins.values()]
    return round(float(np.sum(gaps)) / max(len(judged), 1), 4)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
