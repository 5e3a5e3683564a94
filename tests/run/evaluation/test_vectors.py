"""The store of vectors: what was encoded once is not encoded again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.encoder import Vectors
from bot.run.evaluation import vectors
from bot.run.evaluation.vectors import VectorStore


class Counting:
    """An encoder whose vector is a text's length, and which says what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


def store(folder: Path, encoder: Counting, said: list[str] | None = None) -> VectorStore:
    return VectorStore(encoder, folder / "vectors.npz", (said if said is not None else []).append)


def test_each_text_is_encoded_once_and_has_its_own_vector(tmp_path: Path) -> None:
    encoder = Counting()
    found = store(tmp_path, encoder).examples(["a", "bb", "a"])
    assert found[:, 0].tolist() == [1, 2, 1]
    assert encoder.asked == ["a", "bb"]
    again = store(tmp_path, encoder).examples(["ccc", "bb"])
    assert again[:, 0].tolist() == [3, 2]
    assert encoder.asked == ["a", "bb", "ccc"]


def test_nothing_of_a_clinic_s_own_messages_is_kept(tmp_path: Path) -> None:
    encoder = Counting()
    own = store(tmp_path, encoder)
    assert own.private(["secret"])[:, 0].tolist() == [6]
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_made_again(tmp_path: Path) -> None:
    encoder = Counting()
    store(tmp_path, encoder).examples(["a"])
    whole = (tmp_path / "vectors.npz").read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"no such thing"):
        (tmp_path / "vectors.npz").write_bytes(broken)
        assert store(tmp_path, encoder).examples(["a"])[:, 0].tolist() == [1]
    assert encoder.asked == ["a"] * 4
    assert [file.name for file in tmp_path.iterdir()] == ["vectors.npz"]


def test_beyond_the_most_only_those_of_this_run_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_MOST", 3)
    encoder = Counting()
    store(tmp_path, encoder).examples(["a", "bb"])
    store(tmp_path, encoder).examples(["ccc", "dddd"])
    store(tmp_path, encoder).examples(["ccc"])
    assert encoder.asked == ["a", "bb", "ccc", "dddd"]
    store(tmp_path, encoder).examples(["a"])
    assert encoder.asked[-1] == "a"


def test_progress_is_told_where_it_takes_long(tmp_path: Path) -> None:
    said: list[str] = []
    store(tmp_path, Counting(), said).examples([str(number) for number in range(1025)])
    assert [line.split("  ")[-1] for line in said] == [
        "1,024 of 1,025 messages encoded",
        "1,025 of 1,025 messages encoded",
    ]
    store(tmp_path, Counting(), said).examples(["few"])
    assert len(said) == 2
