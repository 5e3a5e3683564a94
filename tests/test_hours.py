from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot import hours
from bot.hours import HoursError

NEW_YORK = "America/New_York"
USUAL = hours.read("Mon-Fri 08:00-12:00, 13:00-17:00; Sat 09:00-12:00", "2026-11-26, 12-25", NEW_YORK)
HOUR = 3600.0


def at(text: str, *, fold: int = 0) -> dt.datetime:
    """A time by the clock in New York."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK), fold=fold)


@pytest.mark.parametrize(
    ("time", "is_open"),
    [
        ("2026-11-23T07:59:59", False),  # a Monday
        ("2026-11-23T08:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00", False),
        ("2026-11-23T13:00", True),
        ("2026-11-23T17:00", False),
        ("2026-11-28T11:00", True),  # a Saturday
        ("2026-11-29T11:00", False),
        ("2026-11-26T11:00", False),  # a Thursday, and Thanksgiving
        ("2026-12-25T11:00", False),
        ("2028-12-25T11:00", False),  # a Monday
        ("2027-11-26T11:00", True),  # a date is closed in its own year alone
    ],
)
def test_it_is_open_from_the_first_to_the_last_minute_of_its_hours(time: str, is_open: bool) -> None:
    assert USUAL.is_open(at(time)) is is_open


@pytest.mark.parametrize(
    ("time", "opens", "words"),
    [
        ("2026-11-23T06:00", "2026-11-23T08:00", "today at 8 am"),
        ("2026-11-23T12:30", "2026-11-23T13:00", "today at 1 pm"),
        ("2026-11-23T20:00", "2026-11-24T08:00", "tomorrow at 8 am"),
        ("2026-11-25T20:00", "2026-11-27T08:00", "on Friday at 8 am"),
        ("2026-11-28T12:00", "2026-11-30T08:00", "on Monday at 8 am"),
    ],
)
def test_the_next_opening_is_found_and_said(time: str, opens: str, words: str) -> None:
    assert USUAL.opens_next(at(time)) == at(opens)
    assert USUAL.opening_in_words(at(time)) == words


def test_while_it_is_open_the_next_opening_is_now() -> None:
    assert USUAL.opens_next(at("2026-11-23T09:30")) == at("2026-11-23T09:30")


def test_an_opening_more_than_a_week_off_is_said_with_its_date() -> None:
    closed = ", ".join(f"2026-12-{day}" for day in range(14, 32))
    holidays = hours.read("Mon 08:30-12:00", closed, NEW_YORK)
    assert holidays.opening_in_words(at("2026-12-12T10:00")) == "on January 4 at 8:30 am"


def test_a_target_runs_while_the_clinic_is_open() -> None:
    assert USUAL.within(4 * HOUR, at("2026-11-23T11:00")) == at("2026-11-23T16:00")
    assert USUAL.within(4 * HOUR, at("2026-11-23T16:00")) == at("2026-11-24T11:00")
    assert USUAL.within(4 * HOUR, at("2026-11-28T11:00")) == at("2026-11-30T11:00")
    assert USUAL.within(0, at("2026-11-28T20:00")) == at("2026-11-30T08:00")
    assert USUAL.within(8 * HOUR, at("2026-11-25T08:00")) == at("2026-11-25T17:00")


def test_open_time_between_two_times_is_what_a_target_counts() -> None:
    start = at("2026-11-25T16:00")
    end = USUAL.within(5 * HOUR, start)
    assert end == at("2026-11-27T12:00")
    assert USUAL.open_for(start, end) == 5 * HOUR
    assert USUAL.open_for(at("2026-11-29T00:00"), at("2026-11-29T23:00")) == 0
    assert USUAL.open_for(at("2026-11-23T09:00"), at("2026-11-23T09:10")) == 600


def test_the_hours_follow_the_clock_when_it_is_put_forward_and_back() -> None:
    daily = hours.read("Mon-Sun 08:00-17:00", zone=NEW_YORK)
    spring, autumn = at("2026-03-07T20:00"), at("2026-10-31T20:00")
    assert daily.opens_next(spring) == dt.datetime(2026, 3, 8, 12, tzinfo=dt.timezone.utc)
    assert daily.opens_next(autumn) == dt.datetime(2026, 11, 1, 13, tzinfo=dt.timezone.utc)
    assert daily.opening_in_words(spring) == daily.opening_in_words(autumn) == "tomorrow at 8 am"


def test_a_night_is_an_hour_shorter_in_spring_and_an_hour_longer_in_autumn() -> None:
    nights = hours.read("Mon-Sun 00:00-06:00", zone=NEW_YORK)
    assert nights.open_for(at("2026-03-08T00:00"), at("2026-03-08T06:00")) == 5 * HOUR
    assert nights.open_for(at("2026-11-01T00:00"), at("2026-11-01T06:00")) == 7 * HOUR
    assert nights.within(3 * HOUR, at("2026-03-08T00:00")) == at("2026-03-08T04:00")
    assert nights.within(3 * HOUR, at("2026-11-01T00:00")) == at("2026-11-01T02:00")


def test_an_hour_that_comes_twice_is_open_both_times_and_one_that_is_leapt_over_comes_after_the_leap() -> None:
    at_night = hours.read("Sun 01:00-02:00", zone=NEW_YORK)
    assert at_night.is_open(at("2026-11-01T01:30"))
    assert at_night.is_open(at("2026-11-01T01:30", fold=1))
    assert not at_night.is_open(at("2026-11-01T02:00"))
    leapt_over = hours.read("Sun 02:00-03:00", zone=NEW_YORK)
    assert leapt_over.opens_next(at("2026-03-08T00:00")) == at("2026-03-08T03:00")


def test_hours_past_midnight_are_one_opening() -> None:
    late = hours.read("Fri 20:00-24:00; Sat 00:00-02:00", zone=NEW_YORK)
    assert late.is_open(at("2026-11-27T23:59:59"))
    assert late.is_open(at("2026-11-28T00:00"))
    assert late.within(5 * HOUR, at("2026-11-27T20:00")) == at("2026-11-28T01:00")


def test_a_clinic_that_does_not_say_its_hours_is_always_open_and_says_nothing_of_them() -> None:
    unknown = hours.read("")
    assert not unknown.is_set
    assert unknown.is_open(at("2026-11-29T03:00"))
    assert unknown.within(60, at("2026-11-29T03:00")) == at("2026-11-29T03:01")
    assert unknown.opening_in_words(at("2026-11-29T03:00")) == unknown.in_words() == ""


def test_a_clinic_that_never_opens_has_no_next_opening() -> None:
    every_day = ", ".join(f"{dt.date(2028, 1, 1) + dt.timedelta(days=number):%m-%d}" for number in range(366))
    closed = hours.read("Thu 08:00-09:00", every_day)
    assert closed.opens_next(at("2026-11-23T09:00")) is None
    assert closed.within(1, at("2026-11-23T09:00")) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mon-Fri 08:00-17:00", "Monday to Friday 8 am to 5 pm"),
        ("mon - fri 8:00-17:30; SAT 09:00-12:00", "Monday to Friday 8 am to 5:30 pm, Saturday 9 am to 12 noon"),
        ("Monday, Wed 08:00-12:00, 13:00-15:00\nSunday 00:00-24:00",
         "Monday 8 am to 12 noon and 1 pm to 3 pm, Wednesday 8 am to 12 noon and 1 pm to 3 pm, "
         "Sunday midnight to midnight"),
        ("Sat-Mon 10:00-11:00", "Monday 10 am to 11 am, Saturday to Sunday 10 am to 11 am"),
        ("Mon 13:00-14:00; Mon 08:00-09:00", "Monday 8 am to 9 am and 1 pm to 2 pm"),
    ],
)  # fmt: skip
def test_hours_are_read_however_they_are_spaced_and_said_in_words(text: str, words: str) -> None:
    assert hours.read(text).in_words() == words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("always", "'always' is no days and times, such as Mon-Fri 08:00-17:00; Sat 09:00-12:00"),
        ("08:00-17:00", "'08:00-17:00' is no days and times"),
        ("Mon-Fri 8-5", "'8-5' is no time from and to, such as 08:00-17:00"),
        ("Mon-Fri 08:00-17:00 and later", "is no time from and to"),
        ("Mo 08:00-17:00", "'Mo' is no day: write Mon, Tue"),
        ("Mon-Wed-Fri 08:00-17:00", "'Mon-Wed-Fri' is no days, such as Mon-Fri"),
        ("Mon-Montag 08:00-17:00", "'Montag' is no day"),
        ("Mon 25:00-26:00", "is no time of a day: from 00:00 to 24:00"),
        ("Mon 08:60-17:00", "is no time of a day"),
        ("Mon 20:00-02:00", "ends before it begins: hours past midnight are two"),
        ("Mon 08:00-08:00", "ends before it begins"),
        ("Mon-Fri 08:00-17:00; Wed 16:00-20:00", "two times of Wednesday overlap"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_the_part_that_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(HoursError) as refused:
        hours.read(text)
    assert problem in str(refused.value)


@pytest.mark.parametrize("text", ["Christmas", "2026-13-01", "02-30", "24.12.2026"])
def test_a_closed_day_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(HoursError, match="is no date, such as 2026-12-24, or 12-25 for each year"):
        hours.read("Mon 08:00-09:00", text)
