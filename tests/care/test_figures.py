from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.care import escalations, figures, messages, timeline
from bot.care.database import Store
from bot.care.figures import Figures, Question, Range, RangeError, Waiting
from bot.care.tables import Conversation, Entry, Feedback, Message
from bot.replies import Kind, Reply, Urgency

NEW_YORK = ZoneInfo("America/New_York")
NOVEMBER = Range(dt.date(2026, 10, 30), dt.date(2026, 11, 3), NEW_YORK)  # the clock is put back on the first


def at(text: str) -> dt.datetime:
    """A time by the clock in New York."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def reply(kind: Kind = "answer", urgency: Urgency = "none", topic: str | None = None) -> Reply:
    return Reply(text="A reply.", kind=kind, urgency=urgency, topic=topic)


def said(
    store: Store,
    when: dt.datetime,
    *replies: Reply,
    text: str = "hello",
    channel: str = "web",
    name: str = "ann",
    by: str = "rasa",
) -> str:
    """A message at a time, answered at once; returns its conversation."""
    received = messages.receive(store, channel, name, text, None)
    with store.write() as session:
        session.query(Message).filter_by(id=received.id).update({"received_at": when})
        session.query(Entry).filter_by(message_id=received.id).update({"at": when})
        messages.answer(session, received.id, replies, by, at=when)
    return received.conversation_id


def shown(store: Store, period: Range = NOVEMBER) -> Figures:
    with store.read() as session:
        return figures.of(session, period)


def test_without_any_message_every_figure_is_there_and_nothing_is_counted(store: Store) -> None:
    found = shown(store)
    assert found.days == [dt.date(2026, 10, 30), dt.date(2026, 10, 31), *(dt.date(2026, 11, day) for day in (1, 2, 3))]
    assert found.messages == {"web": [0] * 5, "sms": [0] * 5, "desk": [0] * 5}
    assert found.escalations == {"emergency": [0] * 5, "urgent": [0] * 5}
    assert found.not_understood == {"clarify": [0] * 5, "out_of_scope": [0] * 5}
    assert (found.conversations, found.topics, found.answered_by, found.said_by_staff) == (0, [], [], 0)
    assert found.acknowledged == found.resolved == Waiting(0)
    assert found.helpful == {"yes": [0] * 5, "no": [0] * 5}


def test_messages_are_counted_on_the_clinic_s_own_days_whatever_the_clock_does(store: Store) -> None:
    said(store, at("2026-10-29T23:59:59"), name="the day before")
    for time in ("2026-10-30T00:00", "2026-10-31T23:59:59", "2026-11-01T00:00", "2026-11-01T01:30"):
        said(store, at(time))
    said(store, at("2026-11-01T23:59:59"), channel="sms", name="+12025550123")
    said(store, at("2026-11-03T23:59:59"), channel="desk")
    said(store, at("2026-11-04T00:00"), name="the day after")
    found = shown(store)
    assert found.messages == {"web": [1, 1, 2, 0, 0], "sms": [0, 0, 1, 0, 0], "desk": [0, 0, 0, 0, 1]}
    assert found.conversations == 3


def test_topics_are_counted_by_their_answers_the_most_asked_first(store: Store) -> None:
    noon = at("2026-11-01T12:00")
    for topic in ("risk_infection", "anesthesia", "anesthesia"):
        said(store, noon, reply(topic=topic))
    said(store, noon, reply("advice_boundary", topic="preparation"), reply("smalltalk"))
    assert shown(store).topics == [("anesthesia", 2), ("risk_infection", 1)]


def test_what_was_not_understood_is_counted_by_message_and_listed_with_its_words(store: Store) -> None:
    noon, later = at("2026-11-01T12:00"), at("2026-11-02T09:00")
    said(store, noon, reply("clarify"), reply("clarify"), text="hip hop?")
    said(store, later, reply("clarify"), text="hip hop?")
    said(store, later, reply("out_of_scope"), text="my knee")
    said(store, later, reply(), text="how long does it last")
    said(store, at("2026-11-09T09:00"), reply("clarify"), text="next week's")
    assert shown(store).not_understood == {"clarify": [0, 0, 1, 1, 0], "out_of_scope": [0, 0, 0, 1, 0]}
    with store.read() as session:
        assert figures.questions_not_understood(session, NOVEMBER, 10) == [
            Question("hip hop?", 2, later),
            Question("my knee", 1, later),
        ]
        assert len(figures.questions_not_understood(session, NOVEMBER, 1)) == 1


def test_escalations_are_counted_by_urgency_on_the_day_on_which_they_were_raised(store: Store) -> None:
    said(store, at("2026-11-01T23:00"), reply("escalation", "urgent"), name="ann")
    said(store, at("2026-11-02T23:00"), reply("escalation", "emergency"), name="bob")
    said(store, at("2026-11-02T23:30"), reply("escalation", "urgent"), name="bob")  # the same one
    said(store, at("2026-11-02T23:45"), reply("self_care", "routine"), name="cid")
    assert shown(store).escalations == {"emergency": [0, 0, 0, 1, 0], "urgent": [0, 0, 1, 0, 0]}


def test_the_time_to_acknowledge_is_that_to_the_first_one_and_to_resolve_that_to_the_end(store: Store) -> None:
    raised = at("2026-11-01T12:00")
    for number, (acknowledged, resolved) in enumerate([(60, 600), (120, None), (None, 900), (None, None)]):
        conversation = said(store, raised, reply("escalation", "urgent"), name=f"{number}")
        with store.write() as session:
            [found] = [one for one in escalations.listed(session, escalations.STATES, 9)
                       if one.conversation_id == conversation]  # fmt: skip
            if acknowledged:
                escalations.acknowledge(session, found, "Kim", raised + dt.timedelta(seconds=acknowledged))
            if resolved:
                escalations.resolve(session, found, "Kim", raised + dt.timedelta(seconds=resolved))
    said(store, raised + dt.timedelta(seconds=300), reply("escalation", "urgent"), name="1")  # waits again
    found = shown(store)
    assert found.acknowledged == Waiting(3, median=120, p90=900)
    assert found.resolved == Waiting(2, median=600, p90=900)
    assert found.unacknowledged == 1


def test_who_answered_is_counted_by_message_and_the_staff_s_replies_by_themselves(store: Store) -> None:
    noon = at("2026-11-01T12:00")
    for by in ("rasa", "rasa", "worker"):
        conversation = said(store, noon, reply(), reply(), by=by)
    with store.write() as session:
        timeline.say(session, conversation, reply("handoff"), who="staff", name="Kim", at=noon)
    found = shown(store)
    assert found.answered_by == [("rasa", 2), ("worker", 1)]
    assert found.said_by_staff == 1


def test_ratings_are_counted_on_the_day_on_which_they_were_given(store: Store) -> None:
    conversation = said(store, at("2026-11-01T12:00"), reply(), reply(), reply())
    with store.write() as session:
        entries = session.query(Entry).filter_by(conversation_id=conversation, who="assistant").all()
        for entry, helpful, time in zip(entries, (True, True, False), ("2026-11-01T13:00", "2026-11-02T13:00",
                                                                       "2026-11-02T13:00"), strict=True):  # fmt: skip
            session.add(Feedback(entry_id=entry.id, helpful=helpful, at=at(time)))
    assert shown(store).helpful == {"yes": [0, 0, 1, 1, 0], "no": [0, 0, 0, 1, 0]}


def test_a_message_that_waits_for_its_answer_counts_as_a_message_alone(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "anyone?", None)
    today = dt.datetime.now(NEW_YORK).date()
    found = shown(store, Range(today - dt.timedelta(days=1), today + dt.timedelta(days=1), NEW_YORK))
    assert sum(found.messages["web"]) == 1
    assert found.answered_by == []
    assert received.replies is None


@pytest.mark.parametrize(
    ("seconds", "waiting"),
    [
        ([], Waiting(0)),
        ([5], Waiting(1, 5, 5)),
        ([4, 1, 3, 2], Waiting(4, 2, 4)),
        (list(range(1, 11)), Waiting(10, 5, 9)),
        (list(range(1, 101)), Waiting(100, 50, 90)),
    ],
)
def test_percentiles_are_times_that_were_measured(seconds: list[float], waiting: Waiting) -> None:
    assert Waiting.of(seconds) == waiting


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2026-11-02", "2026-11-01", "before the first"),
        ("2025-01-01", "2026-11-01", "more than 366 days"),
        ("0001-01-01", "0001-01-02", "too far away"),
        ("9999-12-30", "9999-12-31", "too far away"),
    ],
)
def test_a_range_that_cannot_be_shown_is_refused(first: str, last: str, problem: str) -> None:
    with pytest.raises(RangeError, match=problem):
        Range(dt.date.fromisoformat(first), dt.date.fromisoformat(last), NEW_YORK)


def test_the_longest_range_can_be_counted(store: Store) -> None:
    leap_year = Range(dt.date(2028, 1, 1), dt.date(2028, 12, 31), NEW_YORK)
    said(store, at("2028-12-31T12:00"))
    assert shown(store, leap_year).messages["web"] == [0] * 365 + [1]
    with store.read() as session:
        assert session.query(Conversation).count() == 1
