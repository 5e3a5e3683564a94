"""The urgency head in cross-validation: the one place here that knows how it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from bot.nlu import examples
from bot.nlu.encoder import Vectors
from bot.run.evaluation.judged import SYMPTOM
from bot.settings import ROOT
from bot.triage import examples as triage_examples
from bot.triage import model
from bot.triage.examples import Label, Labelled

LABELS: tuple[Label, ...] = get_args(Label)


def known() -> list[Labelled]:
    """All that the head learns from: data/nlu, where all but symptoms is none, and the triage's own examples.

    The category of those of data/nlu is their intent. Raises `DataFileError`.
    """
    urgencies = {SYMPTOM + label: label for label in LABELS}
    questions = examples.read(ROOT / "data" / "nlu")
    return [Labelled(e.text, urgencies.get(e.intent, "none"), e.intent, e.voice) for e in questions] + (
        triage_examples.read()
    )


def shares(
    learned: Sequence[Labelled], vectors: Vectors, texts: Sequence[str], new: Vectors
) -> list[dict[Label, float]]:
    """For each of `texts` (rows of `new`) the probability of each label, by a head fitted as in training."""
    head = model.head().fit(
        [e.text for e in learned], vectors, [e.urgency for e in learned], groups=[e.voice for e in learned]
    )
    nothing: dict[Label, float] = dict.fromkeys(LABELS, 0.0)
    return [{**nothing, **cast(dict[Label, float], dict(ranking))} for ranking in head.rank(texts, new)]
