from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.care import database
from bot.care.database import Store
from tests.gateway.conftest import FakeRasa


@pytest.fixture
def rasa() -> FakeRasa:
    """The stand-in for Rasa."""
    return FakeRasa()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database in a file, up to date."""
    engine = database.connect(f"sqlite:///{tmp_path / 'turns.db'}")
    database.migrate(engine)
    made = Store(engine)
    yield made
    made.close()
