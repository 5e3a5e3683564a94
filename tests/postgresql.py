"""A PostgreSQL of the tests' own, for `pytest --database postgresql`: a cluster in a folder that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy

from bot.care import database

_OWNER = "postgres"  # whom Debian's package makes: the server refuses to run as root
_OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"


def programs() -> Path | None:
    """Where the server's programs are; None where it is not installed."""
    found = shutil.which("initdb") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    return Path(found).parent if found else None


class Cluster:
    """A server that runs. Its first database is brought up to date once, and copied for each test."""

    def __init__(self, address: str) -> None:
        self._address, self._made = address, 0
        self._run(f"CREATE DATABASE {self._named(0)}")
        engine = database.connect(f"{address}/{self._named(0)}")
        database.migrate(engine)
        engine.dispose()

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """A database, up to date and empty: its address. It is gone afterwards."""
        self._made += 1
        name = self._named(self._made)
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._named(0)}")
        yield f"{self._address}/{name}"
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = sqlalchemy.create_engine(f"{self._address}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    @staticmethod
    def _named(number: int) -> str:
        return f"hipline_{number}"


@contextmanager
def running() -> Iterator[Cluster]:
    """The server, for as long as the block lasts. It must be installed: see `programs`."""
    where = programs()
    assert where is not None
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder of our own in it
    with tempfile.TemporaryDirectory(prefix="hipline-postgresql-", dir=memory) as folder:
        as_root = os.geteuid() == 0
        if as_root:
            shutil.chown(folder, _OWNER)
        prefix = ["setpriv", f"--reuid={_OWNER}", f"--regid={_OWNER}", "--init-groups"] if as_root else []
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        data = f"{folder}/data"

        def run(program: str, *arguments: str) -> None:
            command = [*prefix, os.fspath(where / program), "-D", data, *arguments]
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

        run("initdb", "--username=hipline", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-p {port} -c unix_socket_directories={folder} {_OPTIONS}"
        run("pg_ctl", "start", "--wait", "-o", options, "-l", f"{folder}/log")
        try:
            yield Cluster(f"postgresql://hipline@127.0.0.1:{port}")
        finally:
            run("pg_ctl", "stop", "--mode=immediate")
