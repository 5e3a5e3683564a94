"""The encoder's graph computes what the published weights mean, as far as rounding lets it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from safetensors.numpy import load_file
from scipy.special import erf, softmax
from tokenizers import Tokenizer

from bot.nlu import export
from bot.nlu.encoder import WIDTH, Encoder, Vectors
from bot.nlu.graph import Weights, encoder_graph
from bot.settings import ROOT

TEXTS = [
    "how long does it last",
    "No.",
    "my mother is 84 and would like to know who does this, and whether she has to stay in the hospital overnight",
    "wil it hrt alot wen they put teh needle in",
]


@pytest.fixture(scope="module")
def weights() -> Weights:
    found: Weights = load_file(export.weights_folder() / "model.safetensors")
    return found


def test_its_vectors_point_where_those_of_the_published_model_do(weights: Weights) -> None:
    files = export.encoder_files(ROOT / "models" / "encoder")
    tokenizer = Tokenizer.from_file(str(files[1]))
    tokenizer.no_padding()
    for text, vector in zip(TEXTS, Encoder(*files)(TEXTS), strict=True):
        wanted = _bert(weights, tokenizer.encode(text).ids)
        for start in range(0, len(vector), WIDTH):
            part = slice(start, start + WIDTH)
            assert _cosine(vector[part], wanted[part]) > 0.95, text


def test_a_weight_that_is_missing_is_named(weights: Weights) -> None:
    name = "encoder.layer.3.output.dense.bias"
    with pytest.raises(KeyError, match=name):
        encoder_graph({key: value for key, value in weights.items() if key != name})


def test_its_matrices_are_whole_numbers_of_seven_bits(weights: Weights) -> None:
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in encoder_graph(weights).graph.initializer}
    matrices = [value for name, value in constants.items() if name.endswith(".matrix")]
    assert len(matrices) == 6 * 4
    for matrix in matrices:
        assert matrix.dtype == np.int8
        assert np.abs(matrix.astype(int)).max() == 63


def _bert(w: Weights, ids: list[int]) -> Vectors:
    """The model as it was published, step by step, in the precision of its weights."""
    state = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    states = [_norm(w, "embeddings", state + w["embeddings.token_type_embeddings.weight"][0])]
    for number in range(6):
        name, state = f"encoder.layer.{number}", states[-1]
        query, key, value = (
            np.stack(np.split(_dense(w, f"{name}.attention.self.{part}", state), 12, axis=1))
            for part in ("query", "key", "value")
        )
        heads = softmax(query @ key.transpose(0, 2, 1) / np.sqrt(32), axis=-1) @ value
        attended = _dense(w, f"{name}.attention.output.dense", np.concatenate(list(heads), axis=1))
        state = _norm(w, f"{name}.attention.output", state + attended)
        wide = _dense(w, f"{name}.intermediate.dense", state)
        wide = wide * (1 + erf(wide / np.sqrt(2))) / 2
        states.append(_norm(w, f"{name}.output", state + _dense(w, f"{name}.output.dense", wide)))
    meaning = states[6].mean(axis=0)
    return np.concatenate([meaning / np.linalg.norm(meaning), states[4].mean(axis=0), states[5].max(axis=0)])


def _dense(w: Weights, name: str, state: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    product: npt.NDArray[np.float32] = state @ w[f"{name}.weight"].T + w[f"{name}.bias"]
    return product


def _norm(w: Weights, name: str, state: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    scaled = (state - state.mean(axis=-1, keepdims=True)) / np.sqrt(state.var(axis=-1, keepdims=True) + 1e-12)
    normed: npt.NDArray[np.float32] = scaled * w[f"{name}.LayerNorm.weight"] + w[f"{name}.LayerNorm.bias"]
    return normed


def _cosine(one: Vectors, other: Vectors) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
