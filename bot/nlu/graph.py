"""The encoder's computation as an ONNX graph, made from the weights alone, of operators that ONNX Runtime has fused.

The model is BERT with six layers (all-MiniLM-L6-v2). It takes one text at a time, so there is nothing to mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from bot.nlu.encoder import PARTS, WIDTH

INPUT, OUTPUT = "input_ids", "embedding"
_LAYERS, _HEADS = 6, 12
_WORDS_LAYER, _SALIENT_LAYER = 4, 5
_EPSILON = 1e-12
# Of the 8 bits of a whole number 7 are used: processors without VNNI add two products in 16 bits, which would overflow.
_MOST = 63
_OPSET, _IR_VERSION = 17, 8
_FUSED = "com.microsoft"

Weights = Mapping[str, npt.NDArray[np.float32]]


def encoder_graph(weights: Weights) -> onnx.ModelProto:
    """The graph for `weights`, named as in the published file: token ids of a text in, `PARTS` times `WIDTH` out.

    Raises `KeyError` where one is missing.
    """
    graph = _Graph(weights)
    states = [graph.embedded()]
    for number in range(_LAYERS):
        states.append(graph.layer(number, states[-1]))
    graph.node("LpNormalization", [graph.over_tokens("ReduceMean", states[-1])], "meaning", axis=-1, p=2)
    # Layers below the last keep more of the single words; the maximum, what one word alone says ("but", "not").
    words = graph.over_tokens("ReduceMean", states[_WORDS_LAYER])
    salient = graph.over_tokens("ReduceMax", states[_SALIENT_LAYER])
    graph.node("Concat", ["meaning", words, salient], OUTPUT, axis=-1)
    return graph.model()


class _Graph:
    """A graph that is being made; what adds to it gives back the name of what it computes."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        """Adds an operator; gives back the first of its outputs."""
        self._nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def embedded(self) -> str:
        """Words and their places. All tokens are of the first segment, which is therefore part of the places."""
        places = self._of("embeddings.position_embeddings") + self._of("embeddings.token_type_embeddings")[0]
        inputs = [INPUT, "", self._constant("words", self._of("embeddings.word_embeddings"))]
        inputs += [self._constant("places", places), "", *self._norm("embeddings.LayerNorm")]
        # The second output is needed by nobody, but ONNX Runtime breaks off without it.
        return self.node("EmbedLayerNormalization", inputs, "state.0", "mask_index", domain=_FUSED, epsilon=_EPSILON)

    def layer(self, number: int, state: str) -> str:
        """Attention, then two matrices with a GELU between them; each is added to what it was made of."""
        name = f"encoder.layer.{number}"
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._of(part).T for part in parts], axis=1)
        bias = np.concatenate([self._of(part, "bias") for part in parts])
        asked = self._product(f"{name}.asked", state, matrix, bias)
        split = [f"{name}.{part}" for part in ("q", "k", "v")]
        widths = self._constant(f"{name}.widths", np.array([WIDTH] * len(split)))
        self.node("Split", [asked, widths], *split, axis=-1)
        attended = self.node("MultiHeadAttention", split, f"{name}.attended", domain=_FUSED, num_heads=_HEADS)
        state = self._added(f"{name}.attention.output", attended, state, f"{name}.between")
        wide = self._product(f"{name}.wide", state, self._of(f"{name}.intermediate.dense").T)
        bent = self.node("BiasGelu", [wide, self._bias(f"{name}.intermediate.dense")], f"{name}.bent", domain=_FUSED)
        return self._added(f"{name}.output", bent, state, f"state.{number + 1}")

    def over_tokens(self, operator: str, state: str) -> str:
        return self.node(operator, [state], f"{state}.{operator}", axes=[1], keepdims=0)

    def model(self) -> onnx.ModelProto:
        ids = helper.make_tensor_value_info(INPUT, TensorProto.INT32, [1, "tokens"])
        vector = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, PARTS * WIDTH])
        graph = helper.make_graph(self._nodes, "encoder", [ids], [vector], self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)

    def _added(self, name: str, state: str, before: str, output: str) -> str:
        """A matrix's product, added to `before` and brought to one scale."""
        product = self._product(f"{name}.product", state, self._of(f"{name}.dense").T)
        inputs = [product, before, *self._norm(f"{name}.LayerNorm"), self._bias(f"{name}.dense")]
        return self.node("SkipLayerNormalization", inputs, output, domain=_FUSED, epsilon=_EPSILON)

    def _product(
        self, name: str, state: str, matrix: npt.NDArray[np.float32], bias: npt.NDArray[np.float32] | None = None
    ) -> str:
        """By a matrix of whole numbers, each of its columns with a scale of its own; `state` is rounded meanwhile."""
        scale = np.maximum(np.abs(matrix).max(axis=0) / _MOST, np.finfo(np.float32).tiny).astype(np.float32)
        inputs = [
            state,
            self._constant(f"{name}.matrix", np.rint(matrix / scale).astype(np.int8)),
            self._constant(f"{name}.scale", scale),
            self._constant(f"{name}.zero", np.zeros(scale.shape, np.int8)),
        ]
        if bias is not None:
            inputs.append(self._constant(f"{name}.bias", bias))
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_FUSED)

    def _norm(self, name: str) -> list[str]:
        return [self._constant(f"{name}.weight", self._of(name)), self._bias(name)]

    def _bias(self, name: str) -> str:
        return self._constant(f"{name}.bias", self._of(name, "bias"))

    def _of(self, name: str, kind: str = "weight") -> npt.NDArray[np.float32]:
        return self._weights[f"{name}.{kind}"]

    def _constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name
