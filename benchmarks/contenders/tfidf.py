"""The plain baseline: TF-IDF of words and characters, and logistic regression.

As a program it trains (`train FOLDER`); `serve` is a small server for its model, for uvicorn.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from benchmarks.client import Session
from benchmarks.contenders.base import Contender
from benchmarks.figures import Parsed
from benchmarks.processes import Program
from bot.nlu.examples import Example
from bot.settings import ROOT

_KEPT = 0.988  # of the right answers at the threshold, as Hipline's own was chosen (config.yml)
_FOLDS = 3
_MODEL, _TRAINING, _THRESHOLD = "model.joblib", "training.json", "threshold.json"
_FOLDER = "HIPLINE_BENCHMARK_TFIDF"  # tells the server where its model is


class TfIdf(Contender):
    """A server of one route. It keeps no conversations, so it has no turns."""

    key = "tfidf"
    title = "TF-IDF, logistic regression"
    talks = False

    def prepare(self, training: Sequence[Example]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [[e.text, e.intent, e.voice] for e in training]
        (self.folder / _TRAINING).write_text(json.dumps(rows), encoding="utf-8")

    def training(self) -> Program:
        return self._program("train", __name__, "train", str(self.folder))

    def model(self) -> list[Path]:
        return [self.folder / _MODEL]

    def parsing(self) -> AbstractContextManager[int]:
        serve = [
            "uvicorn",
            "--factory",
            f"{__name__}:serve",
            "--port",
            str(self.port),
            "--no-access-log",
            "--ws",
            "none",
        ]
        return self.serve(self._program("serve", *serve), "/")

    def parse(self, session: Session, text: str) -> Parsed:
        answer = self.post(session, "/parse", {"text": text})
        return Parsed(answer["intent"], answer["share"], answer["share"] < answer["threshold"])

    def threshold(self) -> str:
        return f"{json.loads((self.folder / _THRESHOLD).read_text()):.2f}, by cross-validation"

    def _program(self, name: str, *arguments: str) -> Program:
        environment = {"PYTHONPATH": str(ROOT), _FOLDER: str(self.folder)}
        command = [sys.executable, "-W", "ignore", "-m", *arguments]
        return Program(command, ROOT, self.folder / "log" / f"{name}.log", environment)


def classifier() -> Pipeline:
    """Not yet fitted."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    return make_pipeline(make_union(words, characters), LogisticRegression(C=10.0, max_iter=1000))


def threshold(best: Sequence[tuple[bool, float]], kept: float = _KEPT) -> float:
    """The highest threshold that keeps that share of the right answers; each is told by whether it is right, and how
    probable. 0 where none is right.
    """
    shares = sorted(share for right, share in best if right)
    return shares[len(shares) - math.ceil(round(kept * len(shares), 6))] if shares else 0.0


def train(folder: Path) -> None:
    """Fits on FOLDER/training.json, and finds the threshold on voices that were not fitted on."""
    rows = json.loads((folder / _TRAINING).read_text(encoding="utf-8"))
    texts, intents, voices = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    best: list[tuple[bool, float]] = []
    folds = min(_FOLDS, len(set(voices)))
    for known, new in GroupKFold(folds).split(texts, groups=voices) if folds > 1 else []:
        fold = classifier().fit(texts[known], intents[known])
        shares = fold.predict_proba(texts[new])
        named = fold.classes_[shares.argmax(axis=1)]
        best += zip((named == intents[new]).tolist(), shares.max(axis=1).tolist(), strict=True)
    (folder / _THRESHOLD).write_text(json.dumps(threshold(best)), encoding="utf-8")
    joblib.dump(classifier().fit(texts, intents), folder / _MODEL)


def serve() -> Any:
    """The server: POST /parse with `text` gives `intent`, `share` and the `threshold`."""
    from fastapi import FastAPI
    from pydantic import BaseModel

    folder = Path(os.environ[_FOLDER])
    model = joblib.load(folder / _MODEL)
    least = json.loads((folder / _THRESHOLD).read_text(encoding="utf-8"))
    app = FastAPI()

    class Message(BaseModel):
        text: str

    async def ready() -> dict[str, str]:
        return {"status": "ok"}

    def parse(message: Message) -> dict[str, Any]:
        shares = model.predict_proba([message.text])[0]
        place = int(shares.argmax())
        return {"intent": model.classes_[place], "share": float(shares[place]), "threshold": least}

    parse.__annotations__["message"] = Message  # a name of this function, which FastAPI could not look up
    app.get("/")(ready)
    app.post("/parse")(parse)
    return app


if __name__ == "__main__":
    train(Path(sys.argv[2]))
