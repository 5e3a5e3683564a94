from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.care import audit, escalations, messages
from bot.care.database import Store
from bot.care.tables import Conversation, Entry
from bot.replies import Reply
from bot.worker.retention import AT_ONCE, Retention
from tests.worker.conftest import Clock, House

DAYS = 30


@pytest.fixture
def retention(store: Store, clock: Clock) -> Retention:
    return Retention(store, DAYS, clock)


def said(store: Store, clock: Clock, name: str) -> str:
    """A conversation with a message and its answer, by the test's clock."""
    received = messages.receive(store, "web", name, "hello", None)
    with store.write() as session:
        messages.answer(session, received.id, [Reply(text="Hello.", kind="smalltalk")], "rasa", at=clock())
        session.query(Conversation).filter_by(id=received.conversation_id).update({"created_at": clock()})
        session.query(Entry).filter_by(conversation_id=received.conversation_id).update({"at": clock()})
    return received.conversation_id


def left(store: Store) -> set[str]:
    with store.read() as session:
        return set(session.execute(select(Conversation.name)).scalars())


def test_a_conversation_is_deleted_when_nobody_has_said_a_word_for_so_long(
    store: Store, clock: Clock, retention: Retention
) -> None:
    said(store, clock, "ann")
    clock.go(days=DAYS - 1)
    said(store, clock, "bob")
    assert retention.sweep() == 0
    clock.go(days=1, hours=1)
    assert retention.sweep() == 1
    assert left(store) == {"bob"}
    with store.read() as session:
        [row] = audit.listed(session, what="deleted data")
    assert (row.who, row.conversation_id) == ("Hipline", None)
    assert "1 conversations" in row.about


def test_one_with_an_open_escalation_is_kept_until_that_is_resolved(
    store: Store, clock: Clock, house: House, retention: Retention
) -> None:
    escalation = house.red()
    clock.go(days=DAYS + 1)
    assert retention.sweep() == 0
    with store.write() as session:
        found = escalations.find(session, escalation)
        assert found is not None
        escalations.resolve(session, found, "Kim", clock())
    clock.go(hours=1)
    assert retention.sweep() == 1
    assert left(store) == set()


def test_it_looks_once_an_hour_and_goes_on_at_once_while_there_is_more(
    store: Store, clock: Clock, retention: Retention
) -> None:
    for number in range(AT_ONCE + 1):
        said(store, clock, f"{number}")
    clock.go(days=DAYS + 1)
    assert [retention.sweep() for _ in range(3)] == [AT_ONCE, 1, 0]
    late = said(store, clock, "late")
    with store.write() as session:
        long_ago = clock() - dt.timedelta(days=DAYS + 1)
        session.query(Conversation).filter_by(id=late).update({"created_at": long_ago})
        session.query(Entry).filter_by(conversation_id=late).update({"at": long_ago})
    clock.go(minutes=59)
    assert retention.sweep() == 0
    clock.go(minutes=1)
    assert retention.sweep() == 1


def test_a_clinic_that_keeps_everything_deletes_nothing(store: Store, clock: Clock) -> None:
    said(store, clock, "ann")
    clock.go(days=9999)
    assert Retention(store, 0, clock).sweep() == 0
    with store.read() as session:
        assert session.execute(select(func.count(Conversation.id))).scalar_one() == 1


def test_the_worker_s_sweep_looks_for_it_and_a_failure_is_told(store: Store, clock: Clock, house: House) -> None:
    asked = []

    def fails() -> None:
        asked.append(1)
        raise RuntimeError("the disk is full")

    sweeper = house.sweeper.__class__(
        store, lambda: None, lambda _: None, lambda: 0, clock=clock, tidying=[("it can't be deleted", fails)]
    )
    assert not sweeper.look_after()
    assert asked == [1]
