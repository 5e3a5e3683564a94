from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from bot.care import database
from bot.care.database import Store


@pytest.fixture
def engine(new_database: str) -> Iterator[Engine]:
    """A database, up to date and empty."""
    made = database.connect(new_database)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)
