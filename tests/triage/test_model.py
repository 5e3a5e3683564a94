from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.encoder import PARTS
from bot.triage.examples import Labelled
from bot.triage.model import UrgencyModel

TEXTS = ("I have a fever and chills", "my face is swelling", "what is the dye for", "how long does it take")
VECTORS = np.eye(len(TEXTS), 384 * PARTS, dtype=np.float32)


def messages(*categories: str) -> list[Labelled]:
    labels = ("urgent", "emergency", "none", "none")
    return [
        Labelled(text, label, category, "own")  # type: ignore[arg-type]
        for text, label, category in zip(TEXTS, labels, categories, strict=True)
    ]


@pytest.mark.parametrize(
    ("categories", "known"),
    [(("infection", "allergy", "", ""), {"infection", "allergy"}), (("", "", "", ""), {None})],
)
def test_a_category_is_named_where_there_were_some_to_learn_from(
    categories: tuple[str, ...], known: set[str | None]
) -> None:
    model = UrgencyModel().fit(messages(*categories), VECTORS)
    assert model.category(TEXTS[0], VECTORS[0]) in known
    assert set(model.shares(TEXTS[:1], VECTORS[:1])[0]) == {"urgent", "emergency", "none"}
