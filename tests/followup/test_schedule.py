"""When check-ins are sent, and when not."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.care import handoffs, patients
from bot.care.handoffs import Colleague
from bot.care.patients import PatientConflict
from bot.care.tables import OutgoingText, Patient
from bot.followup import programme, schedule
from tests.followup.conftest import CHICAGO, Line, utc

SHIPPED = programme.load()
ZONES = [
    "America/Chicago",
    "America/New_York",
    "Pacific/Honolulu",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
]


def test_check_ins_are_sent_by_the_patient_s_clock_through_daylight_saving(line: Line) -> None:
    line.enrol()
    line.at("2026-03-02T23:59")
    assert line.said() == []
    line.at("2026-03-03T00:00")  # 18:00 in Chicago
    assert [when for when, _ in line.said()] == ["03-03 00:00"]
    line.say("hello")
    line.at("2026-03-03T16:00")
    line.say("hello")
    line.at("2026-03-09T14:59")  # the clocks went forward the day before
    line.at("2026-03-09T15:00")
    assert [when for when, _ in line.said()] == ["03-03 00:00", "03-03 16:00", "03-09 15:00"]


def test_the_first_check_in_says_who_asks_and_how_to_stop(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T00:00")
    line.at("2026-03-03T16:00")
    first, second = (text for _, text in line.said())
    assert "Lakeside Hip Clinic" in first
    assert "automated" in first
    assert "STOP" in first
    assert first != second


def test_a_check_in_that_is_due_is_sent_once_by_however_many_workers(line: Line) -> None:
    line.enrol()
    other = line.another()
    line.at("2026-03-03T00:05")
    other.sweep()
    line.worker.sweep()
    assert len(line.said()) == 1


def test_a_late_one_is_sent_within_its_window_and_an_older_one_is_missed(line: Line) -> None:
    line.enrol()
    line.at("2026-03-06T01:30")  # a machine that slept: 19:30 on day 3
    assert line.states()["day0"] == line.states()["day1"] == line.states()["day2"] == "missed"
    assert line.states()["day3"] == "asked"
    assert len(line.said()) == 1


def test_nothing_is_sent_at_night_and_what_was_due_then_is_missed(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T03:00")  # 21:00
    line.at("2026-03-03T09:00")
    assert line.states()["day0"] == "missed"
    assert line.said() == []


def test_a_clock_that_is_set_back_sends_nothing_twice(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T00:00")
    line.at("2026-03-02T20:00")
    line.at("2026-03-03T00:00")
    assert len(line.said()) == 1


def test_after_three_silences_there_is_one_last_message_and_then_no_more(line: Line) -> None:
    line.enrol()
    for day in range(3, 32):
        for hour in range(0, 24, 8):
            line.at(f"2026-03-{day:02}T{hour:02}:00")
    texts = [text for _, text in line.said()]
    assert len(texts) == 4
    assert "these texts stop" in texts[-1]
    assert line.state() == "lost"
    assert set(line.states().values()) == {"silent", "cancelled"}


def test_whoever_says_something_is_not_silent(line: Line) -> None:
    line.enrol()
    for time in ("2026-03-03T00:00", "2026-03-03T16:00", "2026-03-04T16:00", "2026-03-05T16:00"):
        line.at(time)
        line.say("thanks for asking")
    line.at("2026-03-07T16:00")
    assert line.state() == "active"
    assert [line.states()[f"day{day}"] for day in (0, 1, 2)] == ["unanswered"] * 3


def test_the_last_message_is_not_said_at_night(line: Line) -> None:
    line.programme = SHIPPED.copy(update={"answer_hours": 10.0, "silences": 1})
    line.worker = line.another()
    line.enrol()
    line.at("2026-03-03T02:30")  # 20:30
    line.at("2026-03-03T12:30")  # 6:30: ten hours later
    assert len(line.said()) == 1
    line.at("2026-03-03T14:00")
    assert [text.startswith("Lakeside Hip Clinic: we have not heard") for _, text in line.said()] == [False, True]
    assert line.state() == "lost"


def test_while_somebody_is_paused_nothing_is_sent_and_afterwards_nothing_in_a_burst(line: Line) -> None:
    line.enrol()
    line.change(patients.pause)
    for day in (3, 4, 5):
        line.at(f"2026-03-{day:02}T17:00")
    assert line.said() == []
    line.change(patients.resume)
    line.at("2026-03-05T17:01")
    assert [when for when, _ in line.said()] == ["03-05 17:01"]
    line.change(patients.end)
    line.at("2026-03-07T16:00")
    assert len(line.said()) == 1
    assert line.state() == "ended"


def test_while_the_staff_talk_with_somebody_no_check_in_comes_in_between(line: Line) -> None:
    line.enrol()
    kim = Colleague("kim", "Kim Lee")
    with line.store.write() as session:
        conversation = session.execute(select(Patient.conversation_id)).scalar_one()
        handoffs.take(session, conversation, kim, line.now)
    line.at("2026-03-03T16:00")
    assert line.said() == []
    assert line.states()["day1"] == "planned"
    with line.store.write() as session:
        handoffs.hand_back(session, conversation, kim, line.now)
    line.at("2026-03-03T16:30")
    assert [when for when, _ in line.said()] == ["03-03 16:30"]


def test_whoever_has_stopped_texts_gets_none_and_it_is_marked(line: Line) -> None:
    line.enrol()
    line.out.add("+12025550123")
    line.at("2026-03-03T00:00")
    line.at("2026-03-03T16:00")
    assert line.said() == []
    assert [line.states()[f"day{day}"] for day in (0, 1)] == ["stopped", "stopped"]
    line.out.clear()
    line.at("2026-03-04T16:00")
    assert len(line.said()) == 1


def test_a_text_that_cannot_be_sent_that_evening_is_not_sent_at_night(line: Line) -> None:
    line.enrol()
    line.at("2026-03-03T02:45")  # 20:45
    with line.store.read() as session:
        [text] = session.execute(select(OutgoingText)).scalars()
    assert text.expires_at == utc("2026-03-03T03:00")


def test_a_follow_up_is_done_after_its_last_day(line: Line) -> None:
    line.enrol()
    line.out.add("+12025550123")
    line.at("2026-04-07T04:00")  # still the sixth in Chicago, day 35
    assert line.state() == "active"
    line.at("2026-04-07T06:00")
    assert line.state() == "done"


def test_who_is_enrolled_late_is_asked_only_what_is_still_to_come(line: Line) -> None:
    line.now = utc("2026-03-05T18:00")
    line.enrol()
    assert list(line.states()) == ["day3", "day5", "day7", "day14", "day28"]


def test_one_number_has_one_follow_up_at_a_time_and_the_clinic_s_id_makes_a_repeat_harmless(line: Line) -> None:
    first = line.enrol(external_id="A-1")
    assert line.enrol(external_id="A-1") == first
    with pytest.raises(PatientConflict, match="external_id"):
        line.enrol(external_id="A-1", hip="right")
    with pytest.raises(PatientConflict, match="followed up already"):
        line.enrol(external_id="A-2")
    line.change(patients.end)
    assert line.enrol(external_id="A-2") != first


@given(
    st.dates(dt.date(2025, 1, 1), dt.date(2030, 1, 1)),
    st.sampled_from(ZONES),
)
def test_every_check_in_is_sent_on_its_own_day_within_the_hours(day: dt.date, zone: str) -> None:
    early = dt.datetime.combine(day, dt.time(), dt.timezone.utc) - dt.timedelta(days=2)
    planned = schedule.plan(SHIPPED, day, zone, early)
    assert [one.step for one in planned] == list(SHIPPED.steps)
    for one in planned:
        due, late = (time.astimezone(ZoneInfo(zone)) for time in (one.due_at, one.late_at))
        assert due.date() == late.date() == day + dt.timedelta(days=one.step.day)
        assert due.time() == one.step.time
        assert late.time() <= dt.time(21)
        assert due < late
        assert schedule.is_day(SHIPPED, zone, one.due_at)
        assert not schedule.is_day(SHIPPED, zone, one.due_at + dt.timedelta(hours=12))


def test_the_morning_after_a_time_at_night_is_the_next_one() -> None:
    assert schedule.next_morning(SHIPPED, CHICAGO, utc("2026-03-03T04:00")) == utc("2026-03-03T14:00")
    assert schedule.next_morning(SHIPPED, CHICAGO, utc("2026-03-03T09:00")) == utc("2026-03-03T14:00")
