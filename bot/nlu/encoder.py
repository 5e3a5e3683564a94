"""A sentence in, a vector out: MiniLM by ONNX Runtime. Knows nothing of Rasa.

A vector has three parts of `WIDTH`: the sentence vector proper, of length 1; the mean of the fourth layer; the maximum
of the fifth. What learns from it takes as many of them as it needs (`head.LinearHead`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

MAX_TOKENS = 160  # longer messages lose their middle, not their end: the question often stands there
WIDTH = 384
PARTS = 3
_MANY = 64  # texts from which all cores are used

Vectors = npt.NDArray[np.float32]


class Encoder:
    """The encoder of the two files that `export.encoder_files` names, or of their contents."""

    def __init__(self, model: Path | bytes, tokenizer: Path | bytes) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a second one, waiting for work, takes the time of the other processes
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it never gives back what long texts took
        graph = model if isinstance(model, bytes) else str(model)
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        words = tokenizer if isinstance(tokenizer, bytes) else tokenizer.read_bytes()
        self._tokenizer = Tokenizer.from_buffer(words)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """One row a text. Each is encoded by itself: how it is rounded would depend on what stands beside it."""
        if len(texts) < _MANY:  # one by one: a batch is handed to other threads
            rows = [self._encode(_shorten(self._tokenizer.encode(text).ids)) for text in texts]
        else:
            tokens = [_shorten(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                rows = list(pool.map(self._encode, tokens))
        return np.concatenate(rows) if rows else np.zeros((0, WIDTH * PARTS), dtype=np.float32)

    def _encode(self, tokens: list[int]) -> Vectors:
        ids = np.array([tokens], dtype=np.int32)
        vectors: Vectors = self._session.run(None, {"input_ids": ids})[0]
        return vectors


def _shorten(ids: list[int]) -> list[int]:
    if len(ids) <= MAX_TOKENS:
        return ids
    half = MAX_TOKENS // 2
    return ids[:half] + ids[-half:]
