"""The labelled messages that the urgency model learns from, beside the symptoms and questions of data/nlu."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Extra, StrictStr

from bot import datafiles

FOLDER = Path(__file__).parent / "examples"

Label = Literal["none", "routine", "urgent", "emergency", "crisis"]
SELF_HARM = "self_harm"  # the category of a crisis


class _Group(BaseModel, extra=Extra.forbid):
    category: StrictStr
    voice: StrictStr
    messages: list[StrictStr]


class _File(BaseModel, extra=Extra.forbid):
    urgency: Label
    groups: list[_Group]


@dataclass(frozen=True)
class Labelled:
    """One message with its urgency, what it is an example of, and who wrote it."""

    text: str
    urgency: Label
    category: str
    voice: str


def read(folder: Path = FOLDER) -> list[Labelled]:
    """All labelled messages. Raises `DataFileError`."""
    found = []
    for file in sorted(folder.glob("*.yml")):
        content = datafiles.load(file, _File)
        for group in content.groups:
            found += [
                Labelled(text, content.urgency, group.category, f"triage {group.voice}") for text in group.messages
            ]
    return found


def digest(folder: Path = FOLDER) -> str:
    """A hash of the files, which changes with any of them."""
    found = hashlib.sha256()
    for file in sorted(folder.glob("*.yml")):
        found.update(file.read_bytes())
    return found.hexdigest()
