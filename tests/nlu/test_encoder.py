"""The exported sentence encoder (exported here, in about a minute, where it is not there yet)."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu import export
from bot.nlu.encoder import MAX_TOKENS, PARTS, WIDTH, Encoder, Vectors
from bot.settings import ROOT


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(*export.encoder_files(ROOT / "models" / "encoder"))


def test_each_text_gets_a_vector_of_length_1_in_its_place(encoder: Encoder) -> None:
    texts = ["how long does it last, and what if it does not", "", "hi", "x" * 2000, "how long", "\u4f60\u597d"]
    vectors = encoder(texts)
    assert vectors.shape == (6, WIDTH * PARTS)
    assert np.linalg.norm(vectors[:, :WIDTH], axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        assert (encoder([text])[0] == vector).all()  # rounded as if it had stood alone


def test_many_texts_keep_their_order(encoder: Encoder) -> None:
    texts = [f"number {number} " + "and on " * (number % 7) for number in range(150)]
    vectors = encoder(texts)
    assert encoder([texts[149]])[0] == pytest.approx(vectors[149], abs=1e-5)
    assert encoder([texts[3]])[0] == pytest.approx(vectors[3], abs=1e-5)


def sentences(encoder: Encoder, texts: list[str]) -> Vectors:
    """The sentence vectors proper."""
    return encoder(texts)[:, :WIDTH]


def test_no_texts_are_no_vectors(encoder: Encoder) -> None:
    assert encoder([]).shape == (0, WIDTH * PARTS)


def test_what_means_the_same_lies_nearer_than_what_does_not(encoder: Encoder) -> None:
    first, same, other = sentences(encoder, ["will the needle hurt", "is the shot painful", "where can I leave my car"])
    assert first @ same > first @ other


def test_a_long_message_keeps_its_beginning_and_its_end(encoder: Encoder) -> None:
    filler = "and so on " * MAX_TOKENS
    whole = f"My hip hurts. {filler} How long does it last?"
    [vector, other_end, other_middle] = sentences(
        encoder,
        [whole, f"My hip hurts. {filler} Who pays for it?", f"My hip hurts. {filler} {filler} How long does it last?"],
    )
    assert vector == pytest.approx(other_middle, abs=1e-5)
    assert vector @ other_end < 0.999
