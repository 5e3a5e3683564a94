"""How often things happened that leave no row of their own."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.tables import Counter

REFUSED_SIGNATURE, REFUSED_ACCOUNT = "texts_refused_signature", "texts_refused_account"
REFUSED_FORM, CONFLICTS = "texts_refused_form", "texts_conflicts"
UNKNOWN_TEXTS = "texts_unknown"  # reports on texts that are none of ours


def add(session: Session, name: str, count: int, at: dt.datetime) -> None:
    """Something happened `count` times more, the last time at `at`."""
    query = select(Counter).where(Counter.name == name).with_for_update()
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        session.add(Counter(name=name, count=count, at=at))
    else:
        found.count, found.at = found.count + count, at
    session.flush()


def all_of(session: Session) -> dict[str, int]:
    """Every counter by its name."""
    return {row.name: row.count for row in session.execute(select(Counter)).scalars()}
