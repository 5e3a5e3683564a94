"""When the clinic is open: its opening hours as a setting has them, in its own time zone.

    Mon-Fri 08:00-12:00, 13:00-17:00; Sat 09:00-12:00

A clinic that says nothing of its hours counts as open at all times: no target waits for a morning that nobody has set.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EXAMPLE = "Mon-Fri 08:00-17:00; Sat 09:00-12:00"
_SHORT = tuple(day[:3].lower() for day in DAYS)
_AHEAD = 400  # days that are looked through for the next opening
_DAY = 24 * 60  # minutes

Interval = tuple[int, int]  # minutes from midnight by the clinic's clock
Opening = tuple[dt.datetime, dt.datetime]


class HoursError(ValueError):
    """Opening hours, or closed days, that can't be read. The message says which part, and what it takes."""


@dataclass(frozen=True)
class Hours:
    """The opening hours of each weekday from Monday on, the days without any, and the zone of the clinic's clock."""

    week: tuple[tuple[Interval, ...], ...]
    zone: ZoneInfo
    closed: frozenset[dt.date] = field(default=frozenset())
    closed_each_year: frozenset[tuple[int, int]] = field(default=frozenset())  # month and day

    @property
    def is_set(self) -> bool:
        """Whether the clinic says when it is open."""
        return any(self.week)

    def is_open(self, at: dt.datetime) -> bool:
        """Whether the clinic is open at a time."""
        at = at.astimezone(dt.timezone.utc)  # of an hour that comes twice, no two zones' times are ever equal
        return self.opens_next(at) == at

    def opens_next(self, at: dt.datetime) -> dt.datetime | None:
        """When it opens next, in UTC: `at` itself while it is open; None where it does not within a year."""
        at = at.astimezone(dt.timezone.utc)
        return next((max(at, start) for start, _ in self._openings(at)), None)

    def within(self, seconds: float, since: dt.datetime) -> dt.datetime | None:
        """When so many seconds of open time have passed `since` then, in UTC; None where they don't within a year."""
        left = dt.timedelta(seconds=seconds)
        since = since.astimezone(dt.timezone.utc)
        for start, end in self._openings(since):
            start = max(start, since)
            if left <= end - start:
                return start + left
            left -= end - start
        return None

    def open_for(self, since: dt.datetime, until: dt.datetime) -> float:
        """How many seconds of open time lie between two times."""
        since, until = since.astimezone(dt.timezone.utc), until.astimezone(dt.timezone.utc)
        found = dt.timedelta()
        for start, end in self._openings(since):
            if start >= until:
                break
            found += min(end, until) - max(start, since)
        return found.total_seconds()

    def opening_in_words(self, at: dt.datetime) -> str:
        """When it opens next, as a person says it: "today at 1 pm", "on Monday at 8 am"; empty where nobody knows."""
        opens = self.opens_next(at) if self.is_set else None
        if opens is None:
            return ""
        local, today = opens.astimezone(self.zone), at.astimezone(self.zone).date()
        days = (local.date() - today).days
        if days > 6:
            day = f"on {local:%B} {local.day}"
        else:
            day = {0: "today", 1: "tomorrow"}.get(days, f"on {DAYS[local.weekday()]}")
        return f"{day} at {_clock(local.hour * 60 + local.minute)}"

    def in_words(self) -> str:
        """The week as a person reads it: "Monday to Friday 8 am to 5 pm, Saturday 9 am to 12 noon"."""
        said = []
        first = 0
        for day in range(1, 8):
            if day < 7 and self.week[day] == self.week[first]:
                continue
            if self.week[first]:
                name = DAYS[first] if day - first == 1 else f"{DAYS[first]} to {DAYS[day - 1]}"
                times = " and ".join(f"{_clock(start)} to {_clock(end)}" for start, end in self.week[first])
                said.append(f"{name} {times}")
            first = day
        return ", ".join(said)

    def _openings(self, since: dt.datetime) -> Iterator[Opening]:
        """The times that it is open from `since` on, one after the other, the first perhaps begun before."""
        if not self.is_set:
            yield since, since + dt.timedelta(days=_AHEAD)
            return
        first = since.astimezone(self.zone).date() - dt.timedelta(days=1)
        last: Opening | None = None
        for number in range(_AHEAD):
            for opening in self._of_day(first + dt.timedelta(days=number)):
                if opening[1] <= since:
                    continue
                if last is not None and opening[0] <= last[1]:  # to midnight and from midnight on
                    last = (last[0], max(last[1], opening[1]))
                    continue
                if last is not None:
                    yield last
                last = opening
        if last is not None:
            yield last

    def _of_day(self, day: dt.date) -> list[Opening]:
        if day in self.closed or (day.month, day.day) in self.closed_each_year:
            return []
        return [
            (self._instant(day, start), self._instant(day, end, ends=True)) for start, end in self.week[day.weekday()]
        ]

    def _instant(self, day: dt.date, minutes: int, *, ends: bool = False) -> dt.datetime:
        wall = dt.datetime.combine(day, dt.time(), self.zone) + dt.timedelta(minutes=minutes)
        first, second = (wall.replace(fold=fold).astimezone(dt.timezone.utc) for fold in (0, 1))
        if first > second:  # the clock leaps over it: an hour later by the clock, as if it had not
            return first
        return second if ends else first  # an hour that comes twice is open both times


def read(hours: str, closed_days: str = "", zone: str = "UTC") -> Hours:
    """The hours of a clinic; `closed_days` are dates (2026-12-24) and days of each year (12-25), with commas between.

    Raises `HoursError`.
    """
    return _read(hours, closed_days, zone)


@lru_cache(maxsize=32)
def _read(hours: str, closed_days: str, zone: str) -> Hours:
    week: list[list[Interval]] = [[] for _ in DAYS]
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", hours))):
        found = re.fullmatch(r"([A-Za-z][A-Za-z,\s-]*?)\s+(\d.*)", part)
        if found is None:
            raise HoursError(f"{part!r} is no days and times, such as {EXAMPLE}")
        intervals = [_interval(one.strip()) for one in found[2].split(",")]
        for day in _days(found[1]):
            week[day] += intervals
    for day, intervals in enumerate(week):
        intervals.sort()
        for one, other in pairwise(intervals):
            if other[0] < one[1]:
                raise HoursError(f"two times of {DAYS[day]} overlap")
    dates, yearly = _closed(closed_days)
    return Hours(tuple(map(tuple, week)), ZoneInfo(zone), dates, yearly)


def _days(said: str) -> list[int]:
    found: list[int] = []
    for part in re.split(r"[,\s]+", re.sub(r"\s*-\s*", "-", said.strip())):
        ends = [_day(name) for name in part.split("-")]
        if len(ends) > 2:
            raise HoursError(f"{part!r} is no days, such as Mon-Fri")
        first, last = ends[0], ends[-1]
        found += [(first + number) % 7 for number in range((last - first) % 7 + 1)]
    return found


def _day(name: str) -> int:
    lower = name.lower()
    for day, whole in enumerate(DAYS):
        if len(lower) >= 3 and whole.lower().startswith(lower):
            return day
    raise HoursError(f"{name!r} is no day: write {', '.join(day[:3] for day in DAYS)}")


def _interval(said: str) -> Interval:
    found = re.fullmatch(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", said)
    if found is None:
        raise HoursError(f"{said!r} is no time from and to, such as 08:00-17:00")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if minute > 59 or last_minute > 59 or start >= _DAY or end > _DAY:
        raise HoursError(f"{said!r} is no time of a day: from 00:00 to 24:00")
    if end <= start:
        raise HoursError(f"{said!r} ends before it begins: hours past midnight are two, up to 24:00 and from 00:00")
    return start, end


def _closed(said: str) -> tuple[frozenset[dt.date], frozenset[tuple[int, int]]]:
    dates, yearly = set(), set()
    for part in filter(None, re.split(r"[,;\s]+", said)):
        try:
            if re.fullmatch(r"\d\d-\d\d", part):
                day = dt.date.fromisoformat(f"2000-{part}")  # a leap year: 02-29 is a day
                yearly.add((day.month, day.day))
            else:
                dates.add(dt.date.fromisoformat(part))
        except ValueError:
            raise HoursError(f"{part!r} is no date, such as 2026-12-24, or 12-25 for each year") from None
    return frozenset(dates), frozenset(yearly)


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes % _DAY, 60)
    if minute == 0 and hour in (0, 12):
        return "12 noon" if hour else "midnight"
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''} {'pm' if hour >= 12 else 'am'}"
