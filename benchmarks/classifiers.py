"""Designs of the classifier, by cross-validation over voices: `python -m benchmarks.classifiers --help`."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier

from benchmarks import data, processes, report, table
from benchmarks.compare import PAGE, say
from benchmarks.finetuned import FineTuned
from bot import datafiles, knowledge
from bot.nlu import examples, export
from bot.nlu.encoder import Encoder
from bot.nlu.examples import Example
from bot.nlu.head import LinearHead
from bot.run.evaluation import Judged, figures
from bot.settings import ROOT

Vectors = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float64]
Ranked = tuple[npt.NDArray[np.str_], Shares]  # the labels, and their probabilities, a row a text

_NEIGHBOURS = 10
_OF_HEAD = 0.7  # the head's part of the mixture


@dataclass
class Fold:
    """What one fold learns from and is judged by."""

    training: Sequence[Example]
    vectors: Vectors
    texts: Sequence[str]
    new: Vectors
    epochs: int
    limit: float
    made: dict[str, Any] = field(default_factory=dict)  # what a design has fitted that a later one can take
    short: list[str] = field(default_factory=list)  # the steps of a fine-tuning that its time limit ended

    @property
    def labels(self) -> list[str]:
        """The training examples' intents."""
        return [e.intent for e in self.training]


Design = Callable[[Fold], tuple[Ranked, float, float]]  # the probabilities, seconds to fit, seconds to predict


def linear(fold: Fold) -> tuple[Ranked, float, float]:
    """Logistic regression on the frozen encoder's vectors."""
    model, fitted = _timed(lambda: LogisticRegression(C=20.0, max_iter=2000).fit(fold.vectors, fold.labels))
    shares, predicted = _timed(lambda: model.predict_proba(fold.new))
    return (model.classes_, shares), fitted, predicted


def shipped(fold: Fold) -> tuple[Ranked, float, float]:
    """Hipline's own head: sparse features of words and characters beside the vector."""
    fold.made["head"] = found = _with_head(fold, fold.vectors, fold.new)
    return found


def neighbours(fold: Fold) -> tuple[Ranked, float, float]:
    """The votes of the nearest examples, by cosine, the nearer weighing more."""
    model, fitted = _timed(
        lambda: (
            KNeighborsClassifier(_NEIGHBOURS, metric="cosine", algorithm="brute", weights=lambda d: 1 / (d + 0.05))
            # the weight's offset lets no single neighbour decide alone
            .fit(fold.vectors, fold.labels)
        )
    )
    shares, predicted = _timed(lambda: model.predict_proba(fold.new))
    fold.made["neighbours"] = found = ((model.classes_, shares), fitted, predicted)
    return found


def mixture(fold: Fold) -> tuple[Ranked, float, float]:
    """A weighted mean of the shipped head's probabilities and the neighbours'."""
    head = fold.made.get("head") or shipped(fold)
    near = fold.made.get("neighbours") or neighbours(fold)
    (labels, shares), (own_labels, own) = head[0], near[0]
    assert list(labels) == list(own_labels), "both have learned from the same examples"
    return (labels, _OF_HEAD * shares + (1 - _OF_HEAD) * own), head[1] + near[1], head[2] + near[2]


def tuned(fold: Fold) -> tuple[Ranked, float, float]:
    """The encoder trained too, with its own softmax. Predicting includes its encoding."""
    texts = [e.text for e in fold.training]
    model, fitted = _timed(lambda: FineTuned(fold.epochs, fold.limit).fit(texts, fold.vectors, fold.labels))
    if model.steps < model.planned:
        fold.short.append(f"{model.steps} of {model.planned}")
    vectors, encoded = _timed(lambda: model.encode(fold.texts))
    known, again = _timed(lambda: model.encode(texts))
    fold.made["tuned"] = known, vectors, fitted + again, encoded
    shares, predicted = _timed(lambda: model.shares(vectors))
    return (model.labels, shares), fitted, encoded + predicted


def tuned_and_sparse(fold: Fold) -> tuple[Ranked, float, float]:
    """Hipline's head on the vectors of the encoder that was trained too."""
    if "tuned" not in fold.made:
        tuned(fold)
    known, new, fitted, encoded = fold.made["tuned"]
    ranked, own, predicted = _with_head(fold, known, new)
    return ranked, fitted + own, encoded + predicted


DESIGNS: dict[str, tuple[str, Design]] = {
    "linear": ("frozen encoder, logistic regression", linear),
    "shipped": ("**frozen encoder, words and characters, linear (shipped)**", shipped),
    "neighbours": (f"frozen encoder, {_NEIGHBOURS} nearest neighbours", neighbours),
    "mixture": (f"mixture of the shipped head ({_OF_HEAD:g}) and the neighbours ({1 - _OF_HEAD:g})", mixture),
    "tuned": ("fine-tuned encoder, softmax", tuned),
    "tuned_and_sparse": ("fine-tuned encoder, words and characters, linear", tuned_and_sparse),
}


def main(
    number: Annotated[int, typer.Option("--examples", help="Examples an intent, at most; 0: all.")] = 60,
    folds: Annotated[int, typer.Option(min=2, help="Folds over voices.")] = 3,
    designs: Annotated[str, typer.Option(help=f"Of {', '.join(DESIGNS)}, these alone, with commas.")] = "",
    epochs: Annotated[int, typer.Option(help="Epochs of fine-tuning.")] = 2,
    limit: Annotated[float, typer.Option(help="Seconds for the fine-tuning of a fold.")] = 600.0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "results" / "classifiers.json",
    write: Annotated[bool, typer.Option(help="Write the table into docs/benchmarks.md too.")] = True,
) -> None:
    """Cross-validate every design; no writer's voice is on both sides of a fold."""
    keys = [key.strip() for key in designs.split(",") if key.strip()] or list(DESIGNS)
    if unknown := [key for key in keys if key not in DESIGNS]:
        sys.exit(f"classifiers: there is no {', '.join(unknown)}: there are {', '.join(DESIGNS)}")
    known = data.capped(examples.read(ROOT / "data" / "nlu"), number)
    voices = [e.voice for e in known]
    if len(set(voices)) < folds:
        sys.exit(f"classifiers: {folds} folds need as many voices: there are {len(set(voices))}")
    say(f"{len(known):,} examples by {len(set(voices))} voices; encoding")
    machine = processes.Machine()
    encoder = Encoder(*export.encoder_files(ROOT / "models" / "encoder"))
    vectors, encoding = _timed(lambda: encoder([e.text for e in known]))
    results = {key: Result() for key in keys}
    short: list[str] = []
    for place, (train, test) in enumerate(GroupKFold(folds).split(vectors, groups=voices), 1):
        say(f"fold {place} of {folds}: {', '.join(sorted({voices[i] for i in test}))}")
        asked = [known[i] for i in test]
        fold = Fold([known[i] for i in train], vectors[train], [e.text for e in asked], vectors[test], epochs, limit)
        for key in keys:
            right = results[key].add(asked, *DESIGNS[key][1](fold))
            say(f"  {key}: {right:.3f}")
        short += fold.short
    topics = set(knowledge.load().topics)
    config = datafiles.read(ROOT / "config.yml")
    threshold = next(part["threshold"] for part in config["pipeline"] if part["name"] == "FallbackClassifier")
    found = {
        "date": f"{dt.date.today()}",
        "command": "python -m benchmarks.classifiers " + " ".join(sys.argv[1:]),
        "machine": report.machine(),
        "n": len(known),
        "per_intent": number,
        "voices": len(set(voices)),
        "folds": folds,
        "epochs": epochs,
        "cut_short": short,
        "others_cores": round(machine.others(), 2),
        "threshold": float(threshold),
        "encoding_ms": round(1000 * encoding / len(known), 2),
        "designs": {
            key: {"title": DESIGNS[key][0], **result.figures(topics, float(threshold))}
            for key, result in results.items()
        },
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = report.classified(found)
    print(text)
    say(f"figures in {out}")
    if write:
        table.write(PAGE, "classifiers", text)
        say(f"table in {PAGE}")


@dataclass
class Result:
    """One design's judgements and times over the folds."""

    judged: list[Judged] = field(default_factory=list)
    fit: list[float] = field(default_factory=list)
    predict: float = 0.0

    def add(self, asked: Sequence[Example], ranked: Ranked, fit: float, predict: float) -> float:
        """Takes in a fold; returns its accuracy."""
        labels, shares = ranked
        best = shares.argmax(axis=1)
        fold = [
            Judged(e.text, (e.intent,), str(labels[i]), float(row[i]))
            for e, i, row in zip(asked, best, shares, strict=True)
        ]
        self.judged += fold
        self.fit.append(fit)
        self.predict += predict
        return sum(j.got in j.wanted for j in fold) / len(fold)

    def figures(self, topics: set[str], threshold: float) -> dict[str, Any]:
        """All figures. Seconds for the fit of a fold, milliseconds a message for prediction."""
        told = figures(self.judged, topics, threshold)
        return {
            "accuracy": told["accuracy"],
            "macro_topics": macro_accuracy(self.judged, topics),
            "out_of_scope_recall": told["out_of_scope"]["recall"],
            "asked_back": told["topics"]["asked_back"],
            "calibration_error": told["calibration_error"],
            "fit_seconds": round(float(np.mean(self.fit)), 1),
            "predict_ms": round(1000 * self.predict / len(self.judged), 2),
        }


def macro_accuracy(judged: Sequence[Judged], topics: set[str]) -> float:
    """The mean over topics of the share of a topic's messages that got it right; 0 where there are none."""
    right: dict[str, list[bool]] = defaultdict(list)
    for j in judged:
        for topic in set(j.wanted) & topics:
            right[topic].append(j.got in j.wanted)
    return round(float(np.mean([np.mean(each) for each in right.values()])), 4) if right else 0.0


def _with_head(fold: Fold, vectors: Vectors, new: Vectors) -> tuple[Ranked, float, float]:
    texts, voices = [e.text for e in fold.training], [e.voice for e in fold.training]
    head, fitted = _timed(lambda: LinearHead().fit(texts, vectors, fold.labels, groups=voices))
    rankings, predicted = _timed(lambda: head.rank(fold.texts, new))
    labels = np.array(sorted(set(fold.labels)))
    shares = np.array([[share for _, share in sorted(ranking)] for ranking in rankings])
    return (labels, shares), fitted, predicted


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun


if __name__ == "__main__":
    typer.run(main)
