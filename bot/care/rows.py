"""Rows that change only while they are still as somebody saw them: of two at the same moment, one changes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.care.tables import Base


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
