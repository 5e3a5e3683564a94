"""Escalations: one open one a conversation, raised with its alerts or not at all, every change an event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.care import database, escalations, heartbeats, messages, outbox
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.tables import Alert, Conversation, Escalation, EscalationEvent, EscalationMessage, Message, now
from bot.replies import Reply, Urgency

NOON = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.timezone.utc)
CONTACTS = Contacts.parse_obj(
    {
        "contacts": [
            {"name": "Nurse", "apprise": ["json://127.0.0.1/1", "json://127.0.0.1/2"]},
            {"name": "Doctor", "apprise": ["json://127.0.0.1/3"], "levels": ["emergency"], "after": 10},
        ]
    }
)


def red(store: Store, urgency: Urgency = "urgent", name: str = "ann", at: dt.datetime = NOON) -> str:
    """A warning sign; the id of its escalation."""
    received = messages.receive(store, "web", name, "it is bad", None)
    with store.write() as session:
        reply = Reply(text="Call.", kind="escalation", urgency=urgency)
        found = messages.answer(session, received.id, [reply], "rasa", CONTACTS, at=at).escalation
    assert found is not None
    return found


def change(store: Store, how: Callable[..., bool], escalation: str, who: str = "Nurse") -> bool:
    with store.write() as session:
        return how(session, escalations.find(session, escalation), who, NOON)


def wanted(session: Session) -> list[tuple[str, int, int]]:
    """The alerts: contact, way, and minutes after noon."""
    rows = session.execute(select(Alert).order_by(Alert.wanted_at, Alert.contact, Alert.way)).scalars()
    return [(row.contact, row.way, int((row.wanted_at - NOON).total_seconds() // 60)) for row in rows]


def count(store: Store, table: object) -> int:
    with store.read() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_an_escalation_is_raised_with_an_alert_for_each_way_due_in_its_time(store: Store) -> None:
    escalation = red(store, "emergency")
    with store.read() as session:
        row = session.get(Escalation, escalation)
        assert (row.state, row.urgency, row.raised_at, row.waiting_since) == ("raised", "emergency", NOON, NOON)
        assert wanted(session) == [("Nurse", 0, 0), ("Nurse", 1, 0), ("Doctor", 0, 10)]
        [event] = escalations.events(session, escalation)
        assert (event.what, event.who, event.at, event.urgency) == ("raised", "Hipline", NOON, "emergency")


@pytest.mark.sqlite
def test_it_is_raised_with_all_its_alerts_and_its_answer_or_not_at_all(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "it is bad", None)
    with store.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER t BEFORE INSERT ON alerts WHEN NEW.way = 1 BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    reply = Reply(text="Call.", kind="escalation", urgency="urgent")
    with pytest.raises(IntegrityError), store.write() as session:
        messages.answer(session, received.id, [reply], "rasa", CONTACTS)
    assert [count(store, table) for table in (Escalation, EscalationMessage, EscalationEvent, Alert)] == [0, 0, 0, 0]
    with store.read() as session:
        assert session.get(Message, received.id).answered_at is None


def test_a_further_sign_belongs_to_the_open_one_and_raises_its_level(store: Store) -> None:
    first = red(store, "urgent")
    assert red(store, "emergency", at=NOON + dt.timedelta(minutes=5)) == first
    assert red(store, "urgent", at=NOON + dt.timedelta(minutes=20)) == first
    with store.read() as session:
        assert session.get(Escalation, first).urgency == "emergency"
        told = [(event.what, event.urgency) for event in escalations.events(session, first)]
        assert told == [("raised", "urgent"), ("further", "emergency"), ("further", "emergency")]
        assert [part.urgency for part, _ in escalations.messages(session, first)] == ["urgent", "emergency", "urgent"]
        assert wanted(session) == [
            *(("Nurse", way, 0) for way in (0, 1)),
            *(("Nurse", way, 5) for way in (0, 1)),
            ("Doctor", 0, 10),  # ten minutes after the first sign, not after the second
            *(("Doctor", 0, 20), ("Nurse", 0, 20), ("Nurse", 1, 20)),
        ]


def test_a_denial_is_kept_with_the_open_escalation_and_closes_nothing(store: Store) -> None:
    first = red(store)
    received = messages.receive(store, "web", "ann", "no fever, I misread it", None)
    with store.write() as session:
        assert escalations.denied(session, received.id, NOON + dt.timedelta(minutes=3))
    with store.read() as session:
        assert session.get(Escalation, first).state == "raised"
        assert escalations.last_denied(session, first) == NOON + dt.timedelta(minutes=3)
        assert wanted(session) != []
    assert change(store, escalations.resolve, first)
    with store.write() as session:
        assert not escalations.denied(session, received.id, NOON)


def test_another_conversation_and_what_comes_after_resolving_are_new_ones(store: Store) -> None:
    first = red(store)
    assert red(store, name="bob") != first
    assert change(store, escalations.resolve, first)
    assert red(store) not in (first, None)
    assert count(store, Escalation) == 3


def test_messages_of_one_conversation_at_once_make_one_escalation(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: red(store), range(16)))
    assert len(found) == 1
    assert count(store, Escalation) == 1
    assert count(store, EscalationMessage) == 16
    assert count(store, Alert) == 32


def test_two_open_ones_of_a_conversation_are_refused_by_the_database_itself(store: Store) -> None:
    red(store)
    other = messages.receive(store, "web", "ann", "again", "m")
    with pytest.raises(IntegrityError, match=r"(?i)unique"), store.write() as session:
        session.add(Escalation(conversation_id=other.conversation_id, message_id=other.id, urgency="urgent"))


def test_self_harm_is_an_emergency_and_stays_the_category(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "it is bad", None)
    with store.write() as session:
        message = session.get(Message, received.id)
        escalation = escalations.report(session, message, "urgent", None, category="self_harm")
        assert (escalation.urgency, escalation.category) == ("emergency", "self_harm")
    later = messages.receive(store, "web", "ann", "and pus", None)
    with store.write() as session:
        again = escalations.report(session, session.get(Message, later.id), "urgent", None, category="infection")
        assert (again.id, again.urgency, again.category) == (escalation.id, "emergency", "self_harm")


def test_the_first_acknowledgement_counts_and_ends_the_alerts(store: Store) -> None:
    escalation = red(store)
    assert change(store, escalations.acknowledge, escalation, "Ann")
    assert not change(store, escalations.acknowledge, escalation, "Bob")
    with store.read() as session:
        row = session.get(Escalation, escalation)
        assert (row.state, row.acknowledged_by, row.acknowledged_at) == ("acknowledged", "Ann", NOON)
        assert not outbox.is_due(session, NOON + dt.timedelta(days=1))
        assert [event.what for event in escalations.events(session, escalation)] == ["raised", "acknowledged"]


def test_what_is_resolved_is_not_acknowledged_any_more(store: Store) -> None:
    escalation = red(store)
    assert change(store, escalations.resolve, escalation)
    assert not change(store, escalations.resolve, escalation)
    assert not change(store, escalations.acknowledge, escalation)
    with store.read() as session:
        assert session.get(Escalation, escalation).state == "resolved"


def test_what_belongs_to_an_escalation_goes_with_its_conversation(store: Store) -> None:
    red(store)
    with store.write() as session:
        session.delete(session.execute(select(Conversation)).scalar_one())
    assert [count(store, table) for table in (Escalation, EscalationMessage, EscalationEvent, Alert)] == [0, 0, 0, 0]


def test_a_process_is_well_for_half_a_minute_after_its_last_sign_of_life(store: Store) -> None:
    with store.read() as session:
        assert not heartbeats.is_well(session, "worker", now())
    for at in (NOON - dt.timedelta(hours=1), NOON):
        with store.write() as session:
            heartbeats.beat(session, "worker", at)
    with store.read() as session:
        assert heartbeats.is_well(session, "worker", NOON + dt.timedelta(seconds=30))
        assert not heartbeats.is_well(session, "worker", NOON + dt.timedelta(seconds=31))
        assert not heartbeats.is_well(session, "another", NOON)


# --- From the first tables


@pytest.fixture
def old(tmp_path: Path) -> Engine:
    """A database of before, with two escalations in one conversation and one in another."""
    engine = database.connect(f"sqlite:///{tmp_path / 'old.db'}")
    config = alembic.config.Config(attributes={"engine": engine})
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    alembic.command.upgrade(config, "0001")
    at = "2026-07-01 12:00:00.000000"
    with engine.begin() as connection:
        for name, positions in (("ann", (1, 2)), ("bob", (1,))):
            connection.exec_driver_sql(f"INSERT INTO conversations VALUES ('{name}', 'web', '{name}', '{at}')")  # noqa: S608
            for position in positions:
                message = f"{name}{position}"
                connection.exec_driver_sql(
                    f"INSERT INTO messages VALUES "  # noqa: S608 - our own words
                    f"('{message}', '{name}', '{message}', {position}, 'it hurts', '{at}', '{at}', 'rasa')"
                )
                connection.exec_driver_sql(
                    f"INSERT INTO escalations VALUES ('e-{message}', '{message}', 'urgent', '{at}')"  # noqa: S608
                )
    return engine


def test_escalations_of_before_are_kept_and_the_last_of_each_conversation_is_open(old: Engine) -> None:
    database.migrate(old)
    store = Store(old)
    with store.read() as session:
        rows = session.execute(select(Escalation).order_by(Escalation.id)).scalars()
        assert [(row.id, row.conversation_id, row.state, row.waiting_since) for row in rows] == [
            ("e-ann1", "ann", "resolved", NOON),
            ("e-ann2", "ann", "raised", NOON),
            ("e-bob1", "bob", "raised", NOON),
        ]
        assert escalations.of_message(session, "ann1") == "e-ann1"
        assert [event.what for event in escalations.events(session, "e-ann1")] == ["raised", "resolved"]
        assert [event.what for event in escalations.events(session, "e-bob1")] == ["raised"]
        # Nobody was told of them: now they are.
        assert len(outbox.lacking(session, CONTACTS, now())) == 4
    assert red(store, name="ann") == "e-ann2"


def test_a_database_that_is_up_to_date_is_looked_at_without_the_lock_on_writing(engine: Engine) -> None:
    with Store(engine).write():
        database.migrate(engine)
