"""A sentence in, a vector out: MiniLM by ONNX Runtime. Knows nothing of Rasa.

A vector has three parts of `WIDTH`: the sentence vector proper, of length 1; the mean of the fourth layer; the maximum
of the fifth. What learns from it takes as many of them as it needs (`head.LinearHead`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

MAX_TOKENS = 160  # longer messages lose their middle, not their end: the question often stands there
WIDTH = 384
PARTS = 3
_BATCH = 64

Vectors = npt.NDArray[np.float32]


class Encoder:
    """The encoder of the two files that `export.encoder_files` names, or of their contents."""

    def __init__(self, model: Path | bytes, tokenizer: Path | bytes, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it never gives back what one batch of long texts took
        graph = model if isinstance(model, bytes) else str(model)
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        words = tokenizer if isinstance(tokenizer, bytes) else tokenizer.read_bytes()
        self._tokenizer = Tokenizer.from_buffer(words)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """One row a text. Sorted by length inside, so that a batch carries little padding."""
        tokens = [_shorten(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        rows: dict[int, Vectors] = {}
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            width = max(len(tokens[i]) for i in part)
            ids = np.zeros((len(part), width), dtype=np.int32)
            mask = np.zeros_like(ids)
            for row, i in enumerate(part):
                ids[row, : len(tokens[i])] = tokens[i]
                mask[row, : len(tokens[i])] = 1
            vectors = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            rows.update(zip(part, vectors, strict=True))
        return (
            np.stack([rows[i] for i in range(len(tokens))])
            if tokens
            else np.zeros((0, WIDTH * PARTS), dtype=np.float32)
        )


def _shorten(ids: list[int]) -> list[int]:
    if len(ids) <= MAX_TOKENS:
        return ids
    half = MAX_TOKENS // 2
    return ids[:half] + ids[-half:]
