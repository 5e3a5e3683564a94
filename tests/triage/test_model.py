from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.encoder import PARTS
from bot.triage.examples import Labelled
from bot.triage.model import UrgencyModel, from_intents, kind

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


def test_no_symptom_is_learned_as_what_it_is_about_and_judged_as_none() -> None:
    assert [kind(message) for message in messages("infection", "allergy", "contrast_dye", "onset")] == [
        "urgent",
        "emergency",
        "none contrast_dye",
        "none onset",
    ]
    [shares] = UrgencyModel().fit(messages("", "", "contrast_dye", "onset"), VECTORS).shares(TEXTS[2:3], VECTORS[2:3])
    assert max(shares, key=lambda label: shares[label]) == "none"


def test_an_example_of_an_intent_that_is_no_symptom_keeps_the_intent_as_its_category() -> None:
    found = from_intents(["hot and shivering", "when does it work"], ["symptom_urgent", "onset"], ["a", "b"])
    assert [(one.urgency, one.category) for one in found] == [("urgent", ""), ("none", "onset")]
