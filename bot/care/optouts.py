"""Who wants no texts: each change with its time and wording; the newest counts."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.tables import OptOut, now

By = Literal["patient", "carrier", "staff"]


def record(
    session: Session,
    number: str,
    *,
    out: bool,
    wording: str,
    by: By = "patient",
    message_id: str | None = None,
    at: dt.datetime | None = None,
) -> OptOut:
    """Keeps that a number wants no more texts, or wants them again; `wording` is what was said."""
    row = OptOut(number=number, out=out, wording=wording, by=by, message_id=message_id, at=at or now())
    session.add(row)
    session.flush()
    return row


def is_out(session: Session, number: str) -> bool:
    """Whether a number wants no texts."""
    query = select(OptOut.out).where(OptOut.number == number).order_by(OptOut.id.desc()).limit(1)
    return bool(session.execute(query).scalar_one_or_none())


def of_number(session: Session, number: str) -> list[OptOut]:
    """All changes of a number, the oldest first."""
    query = select(OptOut).where(OptOut.number == number).order_by(OptOut.id)
    return list(session.execute(query).scalars())
