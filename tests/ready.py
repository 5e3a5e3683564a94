"""What is slow to make and never changed by a test: made once, and given to all that ask."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from bot.care import database
from bot.care.database import Store
from bot.triage import assessment
from bot.triage.assessment import Triage
from bot.triage.rules import Rules, load


@cache
def rules() -> Rules:
    """The shipped rules of words."""
    return load()


@cache
def triage() -> Triage:
    """The triage by words alone."""
    return assessment.of_words()


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        engine = database.connect(f"sqlite:///{file}")
        database.migrate(engine)
        engine.dispose()  # the last one writes its log into the file
        assert not file.with_name("empty.db-wal").exists()
        return file.read_bytes()


def new_database(file: Path) -> str:
    """Makes a database, up to date and empty, in `file`; gives its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_template())
    return f"sqlite:///{file}"


def new_store(file: Path) -> Store:
    """A store over a new database in `file`."""
    return Store(database.connect(new_database(file)))
