from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, StatementError

from bot.care import database, messages
from bot.care.database import DatabaseError, Store
from bot.care.tables import Base, Conversation, Entry, Message
from bot.replies import Reply


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """The mask of most systems, under which a new file may be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


# --- Tables


def test_the_migrations_make_the_tables_that_the_code_has(engine: Engine) -> None:
    assert differences(engine) == []


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX ix_messages_conversation_position",
        "ALTER TABLE api_keys DROP COLUMN created_at",
        "ALTER TABLE messages ADD COLUMN mood VARCHAR(8)",
        "CREATE TABLE moods (id INTEGER)",
    ],
)
def test_a_table_that_the_code_does_not_have_would_be_noticed(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert differences(engine) != []


def test_a_database_that_is_up_to_date_is_left_as_it_is(engine: Engine, store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hello", "m1")
    database.migrate(engine)
    assert messages.receive(store, "web", "ann", "hello", "m1") == received


def test_what_belongs_to_a_conversation_goes_with_it(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hello", None)
    with store.write() as session:
        messages.answer(session, received.id, [Reply(text="Hello.", kind="smalltalk")], "rasa")
    with store.write() as session:
        session.execute(delete(Conversation))
    with store.read() as session:
        assert session.execute(select(func.count(Message.id))).scalar_one() == 0
        assert session.execute(select(func.count(Entry.id))).scalar_one() == 0


@pytest.mark.sqlite
def test_a_message_without_a_conversation_is_refused(store: Store) -> None:
    row = {"conversation_id": "nobody's", "external_id": "m1", "position": 1, "text": "hello"}
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), store.write() as session:
        session.execute(insert(Message).values(**row))


def test_times_come_back_in_utc_whatever_zone_they_went_in_with(store: Store) -> None:
    noon = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
    with store.write() as session:
        session.add(Conversation(id="c", channel="web", name="ann", created_at=noon))
    with store.read() as session:
        found = session.get(Conversation, "c").created_at
    assert found == noon
    assert found.isoformat() == "2026-07-01T16:00:00+00:00"


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = dt.datetime(2026, 7, 1, 12, 0)
    with pytest.raises(StatementError, match="a time without a zone"), store.write() as session:
        session.add(Conversation(channel="web", name="ann", created_at=naive))


# --- The file


@pytest.mark.usefixtures("usual_umask")
def test_the_database_is_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "hipline.db"
    engine = database.connect(f"sqlite:///{file}")
    database.migrate(engine)
    with Store(engine).write() as session:
        session.add(Conversation(channel="web", name="ann"))
        session.flush()
        found = {path.name: mode(path) for path in file.parent.iterdir()}
    assert found == {"hipline.db": 0o600, "hipline.db-wal": 0o600, "hipline.db-shm": 0o600}
    assert mode(file.parent) == 0o700


def test_a_database_that_is_there_keeps_what_it_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hipline.db'}"
    first = database.connect(url)
    database.migrate(first)
    received = messages.receive(Store(first), "web", "ann", "hello", "m1")
    first.dispose()
    assert messages.receive(Store(database.connect(url)), "web", "ann", "hello", "m1") == received


@pytest.mark.sqlite
def test_the_database_writes_ahead_and_loses_nothing_in_a_power_cut(engine: Engine) -> None:
    with engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]  # 2 is FULL


# --- Transactions


def test_what_is_written_is_seen_by_others_at_the_end_and_not_before(store: Store) -> None:
    with store.write() as writing:
        writing.add(Conversation(channel="web", name="ann"))
        writing.flush()
        with store.read() as reading:  # and it does not wait for the writer
            assert reading.execute(select(func.count(Conversation.id))).scalar_one() == 0
    with store.read() as reading:
        assert reading.execute(select(func.count(Conversation.id))).scalar_one() == 1


@pytest.mark.sqlite
def test_a_reader_sees_one_state_from_beginning_to_end(store: Store) -> None:
    with store.read() as reading:
        assert reading.execute(select(func.count(Conversation.id))).scalar_one() == 0
        messages.receive(store, "web", "ann", "hello", None)
        assert reading.execute(select(func.count(Conversation.id))).scalar_one() == 0


def test_a_write_that_fails_leaves_nothing_behind(store: Store) -> None:
    def fail_half_way() -> None:
        with store.write() as session:
            session.add(Conversation(channel="web", name="ann"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with store.read() as session:
        assert session.execute(select(func.count(Conversation.id))).scalar_one() == 0


@pytest.mark.sqlite
def test_a_writer_keeps_others_from_writing_from_its_first_look_on(engine: Engine, store: Store) -> None:
    with store.write() as session:
        session.execute(select(func.count(Conversation.id))).scalar_one()
        other = sqlite3.connect(engine.url.database, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


# --- What can't be opened


@pytest.mark.parametrize("url", ["", "hipline.db", "/srv/hipline.db"])
def test_what_is_no_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"is no SQLAlchemy URL, such as sqlite:////srv/hipline\.db$"):
        database.connect(url)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(DatabaseError, match=rf"^the database can't be opened: .*{tmp_path}/state"):
        database.connect(f"sqlite:///{tmp_path}/state/hipline.db")


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(DatabaseError, match=r"^the database can't be opened: No module named 'pymssql'"):
        database.connect("mssql+pymssql://desk@db/hipline")


def test_a_password_in_the_url_is_not_told() -> None:
    with pytest.raises(DatabaseError) as caught:
        database.connect("mssql+pymssql://desk:s3cret@db/hipline")
    assert "s3cret" not in str(caught.value)


def test_a_kind_of_database_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DatabaseError):
        database.connect("postgress://db/hipline")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hipline.db").write_text("not a database, but long enough to have a header " * 10)
    with pytest.raises(DatabaseError):
        database.migrate(database.connect(f"sqlite:///{tmp_path / 'hipline.db'}"))


def test_a_database_of_a_newer_hipline_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError):
        database.migrate(engine)
