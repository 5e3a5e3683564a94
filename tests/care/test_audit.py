from __future__ import annotations

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError

from bot.care import audit, messages
from bot.care.database import Store
from bot.care.tables import AuditEntry, Conversation


def write(store: Store, *acts: str, who: str = "Nina", **more: str) -> None:
    with store.write() as session:
        for act in acts:
            audit.write(session, who, act, **more)


def read(store: Store, **which: object) -> list[str]:
    with store.read() as session:
        return [row.what for row in audit.listed(session, **which)]  # type: ignore[arg-type]


def test_what_was_done_is_listed_newest_first(store: Store) -> None:
    write(store, "looked", "took")
    assert read(store) == ["took", "looked"]


def test_pages_follow_each_other_without_gap_or_overlap(store: Store) -> None:
    write(store, *(f"act {number}" for number in range(7)))
    seen: list[str] = []
    before = None
    while True:
        with store.read() as session:
            rows = audit.listed(session, before=before, limit=3)
        if not rows:
            break
        seen += [row.what for row in rows]
        before = rows[-1].id
    assert seen == [f"act {number}" for number in reversed(range(7))]


def test_rows_are_found_by_person_act_and_conversation(store: Store) -> None:
    write(store, "looked", conversation_id="c1")
    write(store, "looked", who="Ada", conversation_id="c2")
    write(store, "signed in", who="Ada")
    assert read(store, who="Ada") == ["signed in", "looked"]
    assert read(store, who="Ada", what="looked") == ["looked"]
    assert read(store, conversation_id="c1") == ["looked"]
    assert read(store, conversation_id="c3") == []


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEntry).values(who="nobody"),
        update(AuditEntry).where(AuditEntry.id == 1).values(id=9),
        delete(AuditEntry),
    ],
)
def test_no_row_can_be_changed_or_deleted(store: Store, change: object) -> None:
    write(store, "looked")
    with pytest.raises(SQLAlchemyError, match="only added"), store.write() as session:
        session.execute(change)
    assert read(store, who="Nina") == ["looked"]


def test_no_row_can_be_put_in_another_s_place(store: Store) -> None:
    write(store, "looked")
    with pytest.raises(SQLAlchemyError), store.write() as session:
        session.connection().exec_driver_sql(
            "REPLACE INTO audit (id, at, who, what) VALUES (1, '2026-01-01 00:00:00', 'nobody', 'nothing')"
        )
    assert read(store, who="Nina") == ["looked"]


def test_the_log_outlives_the_conversation(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hello", None)
    write(store, "looked", conversation_id=received.conversation_id)
    with store.write() as session:
        session.execute(delete(Conversation))
    assert read(store, conversation_id=received.conversation_id) == ["looked"]


def test_an_act_that_is_rolled_back_was_not_done(store: Store) -> None:
    def fail_half_way() -> None:
        with store.write() as session:
            audit.write(session, "Nina", "looked")
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert read(store) == []


def test_what_is_too_long_is_cut_and_not_refused(store: Store) -> None:
    write(store, "w" * 999, who="n" * 999, about="a" * 999)
    with store.read() as session:
        [row] = audit.listed(session)
    assert (len(row.who), len(row.what), len(row.about)) == (160, 64, 200)
