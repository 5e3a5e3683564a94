"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.care.database import Store
from tests import ready

pytest_plugins = ["tests.conftest_processes"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database in a file, up to date and empty."""
    made = ready.new_store(tmp_path / "hipline.db")
    yield made
    made.close()
