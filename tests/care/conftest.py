from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.care import database
from bot.care.database import Store
from tests import ready


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database in a file, up to date."""
    made = database.connect(ready.new_database(tmp_path / "state" / "hipline.db"))
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)
