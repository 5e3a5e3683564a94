"""Hipline itself: a copy of the project with the comparison's training data in place of its own."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from benchmarks.client import Session
from benchmarks.contenders.base import Contender, parsed_by_rasa
from benchmarks.data import nlu_file
from benchmarks.figures import Parsed
from benchmarks.processes import ContenderFailed, Program
from bot import datafiles
from bot.nlu import export
from bot.nlu.examples import Example
from bot.run.model import ONE_THREAD, rasa_environment
from bot.settings import ROOT

_FOLDERS = ("bot", "actions", "data/stories", "web")
_FILES = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "requirements.lock")
# The head of urgency would otherwise learn from messages that the others never see.
_OWN_EXAMPLES = "bot/triage/examples"


class Hipline(Contender):
    """Its pipeline by Rasa's own API for parsing; the whole of it, as `hipline up` starts it, for turns."""

    key = "hipline"
    title = "Hipline"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._tree, self._models = folder / "project", folder / "models"
        self._key = secrets.token_hex(16)

    def prepare(self, training: Sequence[Example]) -> None:
        for name in _FOLDERS:
            shutil.copytree(
                ROOT / name, self._tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
            )
        for name in _FILES:
            shutil.copy(ROOT / name, self._tree / name)
        for file in (self._tree / _OWN_EXAMPLES).glob("*.yml"):
            file.unlink()
        nlu = self._tree / "data" / "nlu" / "training.yml"
        nlu.parent.mkdir(parents=True)
        nlu.write_text(nlu_file(training), encoding="utf-8")
        # Exported once a machine, so it is no part of a training's time.
        encoder = ROOT / "models" / "encoder"
        export.encoder_files(encoder)
        (self._tree / "models").mkdir()
        (self._tree / "models" / "encoder").symlink_to(encoder.resolve())

    def training(self) -> Program:
        return self._program("train", "-m", "bot", "train")

    def model(self) -> list[Path]:
        return sorted(self._models.glob("hipline-*.tar.gz"))

    def parsing(self) -> AbstractContextManager[int]:
        serve = ["-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(self.port)]
        program = self._program("rasa", *serve, "--model", str(self.model()[0]))
        return self.serve(replace(program, environment={**program.environment, **ONE_THREAD}), "/status")

    def parse(self, session: Session, text: str) -> Parsed:
        return parsed_by_rasa(self.post(session, "/model/parse", {"text": text}))

    def talking(self) -> AbstractContextManager[int]:
        return self.serve(self._program("up", "-m", "bot", "up"), "/readyz")

    def turn(self, session: Session, conversation: str, text: str) -> None:
        session.headers["Authorization"] = f"Bearer {self._key}"
        body = {"conversation": conversation, "channel": "web", "text": text}
        if not self.post(session, "/api/messages", body)["replies"]:
            raise ContenderFailed("a message got no answer")

    def threshold(self) -> str:
        config = datafiles.read(ROOT / "config.yml")
        part = next(part for part in config["pipeline"] if part["name"] == "FallbackClassifier")
        return f"{part['threshold']}, ambiguity {part['ambiguity_threshold']}"

    def _program(self, name: str, *arguments: str) -> Program:
        environment = {
            **rasa_environment(),
            "PYTHONPATH": str(self._tree),
            "HIPLINE_CONFIG": "",
            "HIPLINE_STATE": str(self.folder / "state"),
            "HIPLINE_MODELS": str(self._models),
            "HIPLINE_PORT": str(self.port),
            "HIPLINE_API_KEY": self._key,
            "HIPLINE_CLINIC_PHONE": "(202) 555-0142",
        }
        command = [sys.executable, "-W", "ignore", *arguments]
        return Program(command, self._tree, self.folder / "log" / f"{name}.log", environment)
