"""What a contender is to the comparison."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import processes
from benchmarks.client import RequestFailed, Session
from benchmarks.figures import Parsed
from benchmarks.processes import ContenderFailed, Program
from bot.nlu.examples import Example
from bot.run.ports import free_port

_FALLBACK = "nlu_fallback"


class Contender(ABC):
    """One way to understand messages. `folder` is its own; nothing is in it before `prepare`."""

    key: ClassVar[str]
    title: ClassVar[str]
    talks: ClassVar[bool] = True  # whether it keeps conversations, so that whole turns can be measured
    start_limit: ClassVar[float] = 600.0  # seconds: a busy machine takes its time

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def prepare(self, training: Sequence[Example]) -> None:
        """Writes what training needs. Raises `ContenderFailed`."""

    @abstractmethod
    def training(self) -> Program:
        """The program that trains."""

    @abstractmethod
    def model(self) -> list[Path]:
        """The files that hold what was learned."""

    @abstractmethod
    def parsing(self) -> AbstractContextManager[int]:
        """Runs what `parse` asks; gives its process id."""

    @abstractmethod
    def parse(self, session: Session, text: str) -> Parsed:
        """What it makes of a message. Raises `ContenderFailed`."""

    def talking(self) -> AbstractContextManager[int]:
        """Runs what `turn` asks; gives its process id."""
        return self.parsing()

    def turn(self, session: Session, conversation: str, text: str) -> None:
        """One message of a conversation, answered. Raises `ContenderFailed`."""
        raise NotImplementedError

    def threshold(self) -> str:
        """Its threshold, in words."""
        return "–"

    def serve(self, program: Program, ready: str) -> AbstractContextManager[int]:
        """`processes.serving` with the path that answers once it is up."""
        return processes.serving(program, self.url + ready, self.start_limit)

    def post(self, session: Session, path: str, body: dict[str, Any]) -> Any:
        """The answer to a request. Raises `ContenderFailed`."""
        try:
            return session.post(self.url + path, body)
        except RequestFailed as error:
            raise ContenderFailed(f"{path} failed: {error}") from None


def parsed_by_rasa(answer: dict[str, Any]) -> Parsed:
    """From what Rasa's /model/parse says: below its threshold the fallback's name stands first in the ranking."""
    found = answer["intent"]
    ranking: list[dict[str, Any]] = answer.get("intent_ranking") or [found]
    named = [entry for entry in ranking if entry["name"] != _FALLBACK]
    best: dict[str, Any] = named[0] if named else {"name": "", "confidence": 0.0}
    return Parsed(str(best["name"]), float(best["confidence"]), found["name"] == _FALLBACK)
