"""The trained model: is it there, does it belong to these files, and training it if not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.run.supervisor import die_with_parent
from bot.settings import ROOT, Settings

# What a model depends on, from the project's root.
_INPUTS = (
    "config.yml",
    "domain.yml",
    "data/**/*.yml",
    *(f"bot/nlu/{part}.py" for part in ("components", "encoder", "examples", "export", "graph", "head", "terms")),
    "bot/triage/examples/*.yml",
    "bot/triage/cues.*",
    "bot/triage/model.py",
    "requirements.lock",
)
# Where messages are answered: the matrices of one are small, and a second thread, which gains nothing, waits for work
# where other processes need the time.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_KEPT = 2  # this one and the one before


class TrainingError(RuntimeError):
    """Training failed. The message says where its log is."""


def fingerprint() -> str:
    """A short hash of everything that the model is made from."""
    digest = hashlib.sha256()
    for pattern in _INPUTS:
        for file in sorted(file for file in ROOT.glob(pattern) if file.is_file() and file.suffix != ".pyc"):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()[:12]


def path(settings: Settings) -> Path:
    """Where the model of the present files is, or will be once trained."""
    return settings.models / f"hipline-{fingerprint()}.tar.gz"


def train(settings: Settings, say: Callable[[str], None]) -> Path:
    """Trains the model of the present files, telling the steps. Raises `TrainingError`.

    The model appears under its name only when it is whole.
    """
    target = path(settings)
    settings.models.mkdir(parents=True, exist_ok=True)
    logs = settings.state / "log"
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = logs / "train.log"
    unfinished = f"unfinished-{os.getpid()}"
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "--out", str(settings.models)]
    say(f"training the model (4 to 9 minutes the first time; details in {log})")
    start = time.monotonic()
    with (
        open(log, "w", encoding="utf-8") as output,
        subprocess.Popen(
            [*command, "--fixed-model-name", unfinished],
            cwd=ROOT,
            env=rasa_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=die_with_parent,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                output.write(line)
                if (step := _step(line)) is not None:
                    say(f"  {time.monotonic() - start:4.0f} s  {step}")
        except BaseException:
            process.terminate()
            raise
    made = settings.models / f"{unfinished}.tar.gz"
    if process.returncode != 0 or not made.is_file():
        made.unlink(missing_ok=True)
        raise TrainingError(f"training failed with status {process.returncode}: see {log}")
    made.replace(target)
    say(f"  {time.monotonic() - start:4.0f} s  done: {target.name}")
    for old in sorted(settings.models.glob("hipline-*.tar.gz"), key=lambda file: file.stat().st_mtime)[:-_KEPT]:
        old.unlink()
    return target


def rasa_environment() -> dict[str, str]:
    """The environment for Rasa: no telemetry, no chatter of TensorFlow's, our own modules within reach."""
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return {**os.environ, **quiet, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _step(line: str) -> str | None:
    if "Starting to train component" in line:
        return "training " + line.split("'")[1]
    if "Restored component" in line:
        return "kept from before: " + line.split("'")[1]
    return None
