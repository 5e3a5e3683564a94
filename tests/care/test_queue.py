"""The queue: what nobody looks after first, by urgency, then by age; and how long each has waited."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.care import desk, escalations, messages, queue
from bot.care.database import Store
from bot.care.handoffs import Colleague
from bot.care.queue import Waiting
from bot.care.tables import Entry, OutgoingText
from bot.care.targets import Targets
from bot.replies import Reply

NOON = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.timezone.utc)
TARGETS = Targets(emergency=300, urgent=1800, person=14400, idle=900)
KIM = Colleague("1", "Kim")
NOTICE = Reply(text="Kim is here.", kind="handoff")


def minutes(number: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=number)


def come(store: Store, name: str, level: str = "urgent", at: float = 0, channel: str = "web") -> str:
    """Somebody who waits; the conversation's id."""
    received = messages.receive(store, channel, name, "it is bad", None)
    kind, urgency = ("handoff", "none") if level == "person" else ("escalation", level)
    with store.write() as session:
        session.query(Entry).filter_by(message_id=received.id).one().at = minutes(at)
        reply = Reply.parse_obj({"text": "Well.", "kind": kind, "urgency": urgency})
        found = {"category": "infection"} if level != "person" else {}
        messages.answer(session, received.id, [reply], "rasa", at=minutes(at), **found)
    return received.conversation_id


def take(store: Store, conversation: str, at: float = 0) -> None:
    with store.write() as session:
        desk.take(session, conversation, KIM, NOTICE, minutes(at))


def rows(store: Store, at: float = 0) -> list[Waiting]:
    with store.read() as session:
        return queue.rows(session, TARGETS, minutes(at))


def test_nothing_waits_where_nobody_asked(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hello", None)
    with store.write() as session:
        messages.answer(session, received.id, [Reply(text="Hello.", kind="smalltalk")], "rasa")
    assert rows(store) == []


def test_it_goes_by_urgency_then_by_age_and_a_request_for_a_person_comes_below(store: Store) -> None:
    come(store, "request", "person", 0)
    come(store, "young", "urgent", 2)
    come(store, "old", "urgent", 1)
    come(store, "emergency", "emergency", 3)
    assert [row.level for row in rows(store, 4)] == ["emergency", "urgent", "urgent", "person"]
    assert [row.since for row in rows(store, 4)] == [minutes(3), minutes(1), minutes(2), minutes(0)]


def test_what_somebody_looks_after_comes_after_what_nobody_does(store: Store) -> None:
    emergency = come(store, "emergency", "emergency")
    take(store, emergency)
    come(store, "request", "person")
    assert [(row.level, row.state) for row in rows(store)] == [("person", "waiting"), ("emergency", "taken")]


@pytest.mark.parametrize(
    ("level", "at_risk", "due"), [("emergency", 3.75, 5), ("urgent", 22.5, 30), ("person", 180, 240)]
)
def test_the_time_that_is_left_is_known_and_when_it_is_at_risk(
    store: Store, level: str, at_risk: float, due: float
) -> None:
    come(store, "ann", level)
    [row] = rows(store)
    assert (row.at_risk, row.due) == (minutes(at_risk), minutes(due))
    with store.read() as session:
        assert queue.overdue(session, TARGETS, minutes(due) - dt.timedelta(seconds=1)) == []
        assert len(queue.overdue(session, TARGETS, minutes(due))) == 1


def test_a_sign_acknowledged_by_its_alert_waits_for_nobody_and_stays_until_it_is_resolved(store: Store) -> None:
    conversation = come(store, "ann")
    with store.write() as session:
        escalations.acknowledge(session, escalations.open_of(session, conversation), "Nurse", NOON)
    [row] = rows(store, 60)
    assert (row.due, row.needs_somebody(minutes(60))) == (None, False)
    with store.write() as session:
        escalations.resolve(session, escalations.open_of(session, conversation), "Nurse", NOON)
    assert rows(store) == []


def test_what_was_handed_back_stays_until_its_sign_is_resolved(store: Store) -> None:
    conversation = come(store, "ann")
    take(store, conversation)
    with store.write() as session:
        desk.hand_back(session, conversation, KIM, NOTICE, NOON)
    [row] = rows(store)
    assert (row.state, row.due) == ("assistant", None)
    with store.write() as session:
        desk.resolve(session, conversation, KIM, "called", "", NOTICE, NOON)
    assert rows(store) == []


def test_a_taken_one_that_is_not_answered_shows_as_such(store: Store) -> None:
    conversation = come(store, "ann", "person")
    take(store, conversation, at=1)
    [row] = rows(store, 1)
    assert (row.unanswered_since, row.is_idle(minutes(15))) == (minutes(1), False)
    assert row.is_idle(minutes(16))
    with store.write() as session:
        desk.reply(session, conversation, KIM, "Hello.", minutes(17))
    [row] = rows(store, 60)
    assert (row.unanswered_since, row.is_idle(minutes(60))) == (None, False)


@pytest.mark.parametrize(("state", "flagged"), [("undelivered", True), ("failed", True), ("delivered", False)])
def test_a_text_that_did_not_arrive_is_flagged(store: Store, state: str, flagged: bool) -> None:
    conversation = come(store, "+12025550123", channel="sms")
    take(store, conversation)
    with store.write() as session:
        session.query(OutgoingText).one().state = state
    assert [row.undelivered for row in rows(store)] == [flagged]
