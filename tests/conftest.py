"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.care import database
from bot.care.database import Store
from tests import postgresql, ready
from tests.postgresql import Cluster

pytest_plugins = ["tests.conftest_processes"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """With `--database postgresql` the fixture `store` is one of a real PostgreSQL."""
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="what `store` is over")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another database than SQLite: leaves out what needs none, and what is true of SQLite alone."""
    if config.getoption("--database") == "sqlite":
        return
    needs_none = [item for item in items if "new_database" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=needs_none)
    items[:] = [item for item in items if item not in needs_none]
    skip = pytest.mark.skip(reason="true of SQLite alone")
    for item in items:
        if item.get_closest_marker("sqlite") is not None:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster | None]:
    """The PostgreSQL that was asked for, if one was."""
    if request.config.getoption("--database") == "sqlite":
        yield None
        return
    if postgresql.programs() is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    with postgresql.running() as made:
        yield made


@pytest.fixture
def new_database(cluster: Cluster | None, tmp_path: Path) -> Iterator[str]:
    """The address of a database, up to date and empty."""
    if cluster is None:
        yield ready.new_database(tmp_path / "state" / "hipline.db")
        return
    with cluster.new_database() as address:
        yield address


@pytest.fixture
def store(new_database: str) -> Iterator[Store]:
    """That database."""
    made = Store(database.connect(new_database))
    yield made
    made.close()
