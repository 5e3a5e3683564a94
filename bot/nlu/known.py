"""A sentence vector that the gateway has made already, on its way past Rasa to where a vector is needed.

In a message's metadata it would be stored with the conversation, and written out at every turn.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from bot.nlu.encoder import PARTS, WIDTH, Vectors

_known: ContextVar[tuple[str, Vectors] | None] = ContextVar("known_vector", default=None)


def packed(vector: Vectors) -> str:
    """A vector as text, for JSON."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def unpacked(text: object) -> Vectors | None:
    """The vector that `packed` made into `text`; None where it is none: it is then made anew."""
    if not isinstance(text, str):
        return None
    try:
        vector = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
    except (binascii.Error, ValueError):
        return None
    return vector if vector.shape == (PARTS * WIDTH,) and np.isfinite(vector).all() else None


@contextmanager
def knowing(text: str, vector: Vectors | None) -> Iterator[None]:
    """Meanwhile `known_vector(text)` is `vector`, in this task alone."""
    token = _known.set(None if vector is None else (text, vector))
    try:
        yield
    finally:
        _known.reset(token)


def known_vector(text: str) -> Vectors | None:
    """The vector of `text` as the one row of a matrix, where it is known; else None."""
    known = _known.get()
    return known[1][None, :] if known is not None and known[0] == text else None
