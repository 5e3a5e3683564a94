"""The training examples of data/nlu with who wrote them, read without Rasa."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot import datafiles
from bot.datafiles import DataFileError


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
        data = datafiles.read(file)
        blocks = data.get("nlu") if isinstance(data, dict) else None
        if not isinstance(blocks, list):
            raise DataFileError(file, "holds no list of examples", field="nlu")
        for number, block in enumerate(blocks):
            if not (isinstance(block, dict) and block.get("intent") and isinstance(block.get("examples"), str)):
                raise DataFileError(
                    file, "must have an intent and examples", datafiles.line_of(data, ("nlu", number)), "nlu"
                )
            lines = (line.strip() for line in block["examples"].splitlines())
            voice = str((block.get("metadata") or {}).get("voice", ""))
            found += [Example(line[2:].strip(), str(block["intent"]), voice) for line in lines if line.startswith("- ")]
    return found
