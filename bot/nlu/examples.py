"""The training examples of data/nlu with who wrote them, read without Rasa."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot import datafiles


@dataclass(frozen=True)
class Example:
    """One labelled message. `voice` says which writer it comes from."""

    text: str
    intent: str
    voice: str


def read(folder: Path) -> list[Example]:
    """All examples of the folder's files. Raises `DataFileError`."""
    found = []
    for file in sorted(folder.glob("*.yml")):
        for block in datafiles.read(file)["nlu"]:
            lines = (line.strip() for line in block["examples"].splitlines())
            voice = str((block.get("metadata") or {}).get("voice", ""))
            found += [Example(line[2:].strip(), str(block["intent"]), voice) for line in lines if line.startswith("- ")]
    return found
