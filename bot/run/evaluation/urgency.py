"""The urgency head in cross-validation: the one place here that knows how it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast, get_args

from bot.nlu import examples
from bot.nlu.encoder import Vectors
from bot.settings import ROOT
from bot.triage import examples as triage_examples
from bot.triage import model
from bot.triage.examples import Label, Labelled

LABELS: tuple[Label, ...] = get_args(Label)


def known() -> list[Labelled]:
    """All that the head learns from: data/nlu, where all but symptoms is none, and the triage's own examples.

    The category of those of data/nlu is their intent. Raises `DataFileError`.
    """
    questions = examples.read(ROOT / "data" / "nlu")
    by_urgency = model.from_intents(
        [e.text for e in questions], [e.intent for e in questions], [e.voice for e in questions]
    )
    named = [replace(m, category=e.intent) for m, e in zip(by_urgency, questions, strict=True)]
    return named + triage_examples.read()


def shares(
    learned: Sequence[Labelled], vectors: Vectors, texts: Sequence[str], new: Vectors
) -> list[dict[Label, float]]:
    """For each of `texts` (rows of `new`) the probability of each label, by a head fitted as in training."""
    head = model.head().fit(
        [e.text for e in learned], vectors, [model.kind(e) for e in learned], groups=[e.voice for e in learned]
    )
    nothing: dict[Label, float] = dict.fromkeys(LABELS, 0.0)
    return [{**nothing, **cast(dict[Label, float], dict(ranking))} for ranking in head.rank(texts, new)]
