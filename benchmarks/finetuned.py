"""The sentence encoder with its own weights trained too, on a classification of intents."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu import export

_TOKENS = 64  # the longer ones lose their end
_BATCH = 32
_SCALE = 20.0  # from cosines to logits
_SMOOTHING = 0.1
_RATE, _OWN_RATE = 1e-4, 5e-3  # of the encoder, and of the intents' vectors
_WARM_UP = 50  # steps


class FineTuned:
    """All layers are trained for `epochs`, or until `limit` seconds have passed; a softmax over cosines on top."""

    def __init__(self, epochs: int, limit: float, seed: int = 7) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf
        from tokenizers import Tokenizer
        from transformers import TFAutoModel

        folder = export.weights_folder()
        self._tf, self._epochs, self._limit, self._seed = tf, epochs, limit, seed
        tf.random.set_seed(seed)
        self._encoder = TFAutoModel.from_pretrained(str(folder))
        self._tokenizer = Tokenizer.from_file(str(folder / export.TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TOKENS)
        tokens = tf.TensorSpec([None, None], tf.int32)
        self._vectors = tf.function(lambda ids, mask: self._embed(ids, mask, False), input_signature=[tokens, tokens])
        self.steps = 0  # those done, and `planned`
        self.planned = 0

    def fit(self, texts: Sequence[str], vectors: npt.NDArray[np.float32], labels: Sequence[str]) -> FineTuned:
        """Learns; `vectors` are those of the encoder as it is, from which each intent's own vector starts."""
        tf = self._tf
        self.labels = np.array(sorted(set(labels)))
        numbers = np.searchsorted(self.labels, np.array(labels))
        centres = np.stack([vectors[numbers == k].mean(axis=0) for k in range(len(self.labels))])
        self._own = tf.Variable(centres.astype(np.float32))
        step, draw, tokens = self._step(), np.random.default_rng(self._seed), self._tokens(texts)
        self.planned = self._epochs * -(-len(texts) // _BATCH)
        end = time.monotonic() + self._limit
        for _ in range(self._epochs):
            # Of much the same length within a batch, so that it carries little padding; never the same batches.
            order = sorted(range(len(texts)), key=lambda i: len(tokens[i]) + draw.normal(0, 3))
            batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
            draw.shuffle(batches)
            for batch in batches:
                if time.monotonic() > end:
                    return self
                self.steps += 1
                rate = min(1.0, self.steps / _WARM_UP) * max(0.02, 1 - self.steps / self.planned)
                step(*self._padded([tokens[i] for i in batch]), numbers[batch], np.float32(rate))
        return self

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """A vector of length 1 for each text."""
        tokens = self._tokens(texts)
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        found: dict[int, npt.NDArray[np.float32]] = {}
        for start in range(0, len(order), 2 * _BATCH):
            part = order[start : start + 2 * _BATCH]
            rows = self._vectors(*self._padded([tokens[i] for i in part])).numpy()
            found.update(zip(part, rows, strict=True))
        return np.stack([found[i] for i in range(len(tokens))])

    def shares(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The probabilities of `labels` for the vectors of `encode`, a row a text."""
        own = self._own.numpy()
        logits = _SCALE * vectors @ (own / np.linalg.norm(own, axis=1, keepdims=True)).T
        rows = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(rows / rows.sum(axis=1, keepdims=True), dtype=np.float64)

    def _step(self) -> Any:
        tf = self._tf
        trained = [v for v in self._encoder.trainable_variables if "pooler" not in v.name]
        optimizer = tf.keras.optimizers.legacy.Adam(_RATE)
        own_optimizer = tf.keras.optimizers.legacy.Adam(_OWN_RATE)
        tokens = tf.TensorSpec([None, None], tf.int32)
        signature = [tokens, tokens, tf.TensorSpec([None], tf.int64), tf.TensorSpec([], tf.float32)]

        @tf.function(input_signature=signature)
        def step(ids: Any, mask: Any, wanted: Any, rate: Any) -> None:
            with tf.GradientTape() as tape:
                own = tf.math.l2_normalize(self._own, axis=-1)
                logits = _SCALE * tf.matmul(self._embed(ids, mask, True), own, transpose_b=True)
                right = tf.one_hot(wanted, len(self.labels)) * (1 - _SMOOTHING) + _SMOOTHING / len(self.labels)
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(right, logits))
            *gradients, own_gradient = tape.gradient(loss, [*trained, self._own])
            optimizer.learning_rate.assign(_RATE * rate)
            optimizer.apply_gradients(zip(gradients, trained))  # noqa: B905 - TensorFlow's own zip, which takes no strict
            own_optimizer.apply_gradients([(own_gradient, self._own)])

        return step

    def _embed(self, ids: Any, mask: Any, training: bool) -> Any:
        tf = self._tf
        hidden = self._encoder(input_ids=ids, attention_mask=mask, training=training).last_hidden_state
        weights = tf.cast(mask[:, :, None], tf.float32)
        return tf.math.l2_normalize(tf.reduce_sum(hidden * weights, axis=1) / tf.reduce_sum(weights, axis=1), axis=-1)

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def _padded(self, tokens: Sequence[list[int]]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int32)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        return ids, mask
