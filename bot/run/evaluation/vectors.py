"""Sentence vectors of the examples, made once: those of the last run are kept by the digest of their text."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bot.nlu import export
from bot.nlu.encoder import Encoder, Vectors
from bot.run.evaluation.judged import Say
from bot.settings import ROOT, Settings

_PART = 1024  # texts between two lines of progress
_MOST = 100_000  # vectors kept (160 MB); beyond it, only those of the present run


class VectorStore:
    """Encodes texts. What is in `file` is not encoded again; nothing of a clinic's own messages gets there."""

    def __init__(self, encoder: Callable[[Sequence[str]], Vectors], file: Path, say: Say) -> None:
        self._encoder, self._file, self._say = encoder, file, say

    @classmethod
    def of(cls, settings: Settings, say: Say) -> VectorStore:
        """The project's own, in results/, for its own encoder."""
        files = export.encoder_files(settings.models / "encoder")
        file = ROOT / "results" / f"vectors-{files[0].parent.name}.npz"
        return cls(Encoder(*files), file, say)

    def examples(self, texts: Sequence[str]) -> Vectors:
        """One row a text, out of the store where it is there; the others are encoded, and kept."""
        keys = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
        known = self._read()
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            found = self._encode(list(missing.values()))
            known.update(zip(missing, found, strict=True))
            self._write(known if len(known) <= _MOST else {key: known[key] for key in keys})
        return np.stack([known[key] for key in keys])

    def private(self, texts: Sequence[str]) -> Vectors:
        """One row a text; nothing is kept."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        start, rows = time.monotonic(), []
        for number in range(0, len(texts), _PART):
            rows.append(self._encoder(texts[number : number + _PART]))
            done = min(number + _PART, len(texts))
            if len(texts) > _PART:
                self._say(f"  {time.monotonic() - start:4.0f} s  {done:,} of {len(texts):,} messages encoded")
        return np.concatenate(rows)

    def _read(self) -> dict[bytes, Vectors]:
        try:
            with self._file.open("rb") as file, np.load(file) as kept:
                return {key.tobytes(): row for key, row in zip(kept["keys"], kept["vectors"], strict=True)}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}  # there is none yet, or it is broken: it can be made again

    def _write(self, vectors: dict[bytes, Vectors]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._file.parent, suffix=".npz", delete=False) as scratch:
            keys = np.frombuffer(b"".join(vectors), dtype=np.uint8).reshape(len(vectors), -1)
            np.savez(scratch, keys=keys, vectors=np.stack(list(vectors.values())))
        os.replace(scratch.name, self._file)
