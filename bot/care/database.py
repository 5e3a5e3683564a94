"""The database: SQLite in WAL mode by default, whatever SQLAlchemy knows by a setting."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import alembic.command
import alembic.config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

_READS_ONLY = "hipline_reads_only"
_BUSY = 5.0  # seconds that a writer waits for another before it gives up
_AGAIN = 0.001  # seconds between its tries; SQLite's own pauses grow to 0.1 s, and others get in before it meanwhile
_GAP = 0.002  # seconds that a writer who is in no hurry leaves to others: longer than the pause between their tries


class DatabaseError(RuntimeError):
    """The database can't be opened or brought up to date. The message says which, and what to do."""


def connect(url: str) -> Engine:
    """An engine for `url`; the folder of an SQLite file is made, for its owner only. Raises `DatabaseError`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("the setting database is no SQLAlchemy URL, such as sqlite:////srv/hipline.db") from None
    try:
        if parsed.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        pool: dict[str, object] = {}
        if parsed.database:
            file = Path(parsed.database)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600, exist_ok=True)
            # SQLAlchemy would close the file after each transaction, and SQLite then writes its log into it each time.
            pool = {"poolclass": QueuePool, "pool_size": 16, "max_overflow": 48, "pool_timeout": _BUSY}
        engine = create_engine(url, connect_args={"timeout": _BUSY, "check_same_thread": False}, **pool)
    except (ImportError, OSError, ArgumentError) as error:
        raise DatabaseError(f"the database can't be opened: {error}") from None
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def migrate(engine: Engine) -> None:
    """Brings the tables up to date. Safe to run at every start. Raises `DatabaseError`."""
    config = alembic.config.Config(attributes={"engine": engine})
    config.set_main_option("script_location", os.fspath(Path(__file__).parent / "migrations"))
    try:
        if _is_up_to_date(engine, config):  # without the lock on writing, which others need meanwhile
            return
        alembic.command.upgrade(config, "head")
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseError(f"the database can't be brought up to date: {cause}") from None
    except CommandError:
        raise DatabaseError(
            "the database belongs to a newer Hipline: update this one, or use another database"
        ) from None


def _is_up_to_date(engine: Engine, config: alembic.config.Config) -> bool:
    heads = set(ScriptDirectory.from_config(config).get_heads())
    with engine.execution_options(**{_READS_ONLY: True}).connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads


class Store:
    """The database as the rest of Hipline uses it: transactions for writing, and cheaper ones for reading alone.

    With `gives_way` each write lets those of other processes go first: SQLite itself keeps no queue.
    """

    def __init__(self, engine: Engine, *, gives_way: bool = False) -> None:
        self._engine, self._gap = engine, _GAP if gives_way else 0.0
        self._writers = sessionmaker(engine, class_=Session, expire_on_commit=False, future=True)
        reading = engine.execution_options(**{_READS_ONLY: True})
        self._readers = sessionmaker(reading, class_=Session, expire_on_commit=False, future=True)
        self._turn = Lock()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in a transaction that is committed at its end, or rolled back by an exception."""
        # SQLite's writers try their luck again and again; those of one process stand in line instead. Who has waited
        # too long tries it all the same, and gets the database's own error.
        mine = self._engine.dialect.name == "sqlite" and self._turn.acquire(timeout=_BUSY)
        try:
            if mine and self._gap:
                time.sleep(self._gap)
            with self._writers.begin() as session:
                yield session
        finally:
            if mine:
                self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database, and waits for no writer."""
        with self._readers() as session:
            yield session

    def wipe(self) -> None:
        """SQLite: what was deleted is taken out of the log of writes too, as far as nobody is reading that just now."""
        if self._engine.dialect.name != "sqlite":
            return
        connection = self._engine.raw_connection()
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()


def up_to_date(url: str, *, gives_way: bool = False) -> Store:
    """The database at `url`, its tables brought up to date; whoever asks closes it. Raises `DatabaseError`."""
    engine = connect(url)
    try:
        migrate(engine)
    except DatabaseError:
        engine.dispose()
        raise
    return Store(engine, gives_way=gives_way)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The same, closed at the end."""
    store = up_to_date(url)
    try:
        yield store
    finally:
        store.close()


def _set_up_sqlite(connection, _record):  # type: ignore[no-untyped-def]
    connection.isolation_level = None  # the driver's own BEGIN comes too late, and never for reads
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a message that was acknowledged survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not only let go of
    cursor.close()


def _begin(connection):  # type: ignore[no-untyped-def]
    # A transaction that reads first and then writes would fail at once, busy or not, where another wrote between.
    reads_only = connection.get_execution_options().get(_READS_ONLY)
    if reads_only:
        connection.exec_driver_sql("BEGIN")
    elif not _begin_to_write(connection.connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # for the database's own error


def _begin_to_write(connection) -> bool:  # type: ignore[no-untyped-def]
    """Whether the transaction has begun: nothing is wrong, and nobody else wrote for `_BUSY` seconds."""
    end = time.monotonic() + _BUSY
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.Error as error:
                if "locked" not in str(error) or time.monotonic() >= end:
                    return False
            time.sleep(_AGAIN)
    finally:
        connection.execute(f"PRAGMA busy_timeout={_BUSY * 1000:.0f}")
