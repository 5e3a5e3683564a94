"""Statements run, and rows that change only while they are still as somebody saw them: of two at once, one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from bot.care.tables import Base


def run(
    session: Session, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> CursorResult:
    """Runs a statement on tables in the session's transaction, as each message needs some: what the session itself
    adds takes longer than they do. It sends nothing that the session still keeps to itself.
    """
    return session.connection().execute(statement, values)


def change(session: Session, table: type[Base], /, *where: object, **values: object) -> bool:
    """Sets `values` in the rows of `table` that `where` holds for, in one statement; whether there were any.

    Rows that the session has loaded are not told.
    """
    statement = update(table).where(*where).values(**values).execution_options(synchronize_session=False)
    done: Any = session.execute(statement)
    return bool(done.rowcount)


def alone(session: Session, what: str) -> None:
    """Keeps others out of what has that name until the transaction ends: for what is counted before it is written.

    With SQLite nobody else writes meanwhile anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))
