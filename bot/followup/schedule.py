"""When each check-in of a programme is due: by the patient's own clock, whatever daylight saving does to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.followup.programme import Programme, Step


@dataclass(frozen=True)
class Planned:
    """A check-in to come. It is sent from `due_at` on, and not from `late_at` on."""

    step: Step
    due_at: dt.datetime
    late_at: dt.datetime


def plan(programme: Programme, injected_on: dt.date, zone: str, at: dt.datetime) -> list[Planned]:
    """The check-ins after an injection that can still be sent at a time, in their order. Times are in UTC."""
    found = []
    for step in programme.steps:
        day = injected_on + dt.timedelta(days=step.day)
        due = _utc(day, step.time, zone)
        # Within its own day: so there is never a second one on the next, and none at night.
        late = min(due + dt.timedelta(hours=programme.late_hours), _utc(day, _time(programme.latest), zone))
        if late > at:
            found.append(Planned(step, due, late))
    return found


def is_day(programme: Programme, zone: str, at: dt.datetime) -> bool:
    """Whether texts may be sent at a time, by the clock of a zone."""
    return _time(programme.earliest) <= at.astimezone(ZoneInfo(zone)).time() < _time(programme.latest)


def next_morning(programme: Programme, zone: str, at: dt.datetime) -> dt.datetime:
    """When texts may be sent next after a time at which they may not."""
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() + dt.timedelta(days=local.time() >= _time(programme.latest))
    return _utc(day, _time(programme.earliest), zone)


def evening(programme: Programme, zone: str, at: dt.datetime) -> dt.datetime:
    """Until when texts may be sent on the day that a time falls into, in UTC."""
    return _utc(at.astimezone(ZoneInfo(zone)).date(), _time(programme.latest), zone)


def local_day(zone: str, at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The beginning and the end of the day of a zone that a time falls into, in UTC."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return _utc(day, dt.time(), zone), _utc(day + dt.timedelta(days=1), dt.time(), zone)


def _utc(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, time, ZoneInfo(zone)).astimezone(dt.timezone.utc)


def _time(text: str) -> dt.time:
    return dt.time.fromisoformat(text)
