"""The layer of the triage that has learned: how likely each urgency is, and what kind of red flag it may be.

It learns from the messages of `examples/` and from data/nlu, and is stored with the model that `hipline train` makes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import numpy as np

from bot.nlu.encoder import PARTS, Vectors
from bot.nlu.head import LinearHead
from bot.triage import cues, examples
from bot.triage.examples import Label, Labelled

FILE = "urgency.joblib"
SYMPTOM = "symptom_"  # the intents of symptoms are this and their urgency
_UNSORTED = {"mixed"}  # several categories at once: nothing to learn a category from


class UrgencyModel:
    """Fitted on labelled messages and their vectors."""

    def __init__(self, seed: int = 7) -> None:
        self._urgency = head(seed)
        self._category: LinearHead | None = LinearHead(seed, parts=PARTS)

    def fit(self, messages: Sequence[Labelled], vectors: Vectors) -> UrgencyModel:
        """Learns from `messages`, row i of `vectors` being that of message i; returns itself."""
        self._urgency.fit([m.text for m in messages], vectors, [kind(m) for m in messages], [m.voice for m in messages])
        sorted_out = [i for i, m in enumerate(messages) if m.urgency != "none" and m.category not in {"", *_UNSORTED}]
        if len({messages[i].category for i in sorted_out}) < 2:
            self._category = None
            return self
        assert self._category is not None
        self._category.fit(
            [messages[i].text for i in sorted_out],
            vectors[np.array(sorted_out)],
            [messages[i].category for i in sorted_out],
        )
        return self

    def shares(self, texts: Sequence[str], vectors: Vectors) -> list[dict[Label, float]]:
        """For each text the probability of each urgency."""
        return [cast(dict[Label, float], dict(ranking)) for ranking in self._urgency.rank(texts, vectors)]

    def category(self, text: str, vector: Vectors) -> str | None:
        """What a message that describes a symptom is likeliest about; None where it learned from none."""
        return None if self._category is None else self._category.rank([text], vector[None, :])[0][0][0]


def head(seed: int = 7) -> LinearHead:
    """What learns the urgency from kinds of messages, yet to be fitted."""
    return LinearHead(seed, cues.mark, PARTS, _urgency_of)


def kind(message: Labelled) -> str:
    """What the head learns a message as: its urgency, and what it is about where that is none.

    What is no symptom is of so many kinds that one plane can't part them all from what is: each is parted by its own.
    """
    return f"none {message.category}" if message.urgency == "none" else message.urgency


def _urgency_of(kind: str) -> str:
    return kind.split(" ", 1)[0]


def digest() -> str:
    """A hash of the files that a model is made from, beside data/nlu."""
    return examples.digest() + hashlib.sha256(cues.CUES.read_bytes()).hexdigest()


def from_intents(texts: Sequence[str], intents: Sequence[str], voices: Sequence[str]) -> list[Labelled]:
    """The examples of data/nlu by urgency: a symptom's intent is `symptom_` and its urgency, any other has none.

    The category of those that have none is their intent.
    """
    found = []
    for text, intent, voice in zip(texts, intents, voices, strict=True):
        is_symptom = intent.startswith(SYMPTOM)
        label = cast(Label, intent.removeprefix(SYMPTOM) if is_symptom else "none")
        found.append(Labelled(text, label, "" if is_symptom else intent, voice))
    return found
