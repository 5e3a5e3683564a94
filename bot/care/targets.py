"""How soon somebody on the staff is to be there, by the clinic's own targets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.settings import Settings

Level = Literal["emergency", "urgent", "person"]
LEVELS: tuple[Level, ...] = ("emergency", "urgent", "person")
AT_RISK = 0.75  # of the target

OpenUntil = Callable[[float, dt.datetime], dt.datetime]


def by_the_clock(seconds: float, since: dt.datetime) -> dt.datetime:
    """When so many seconds have passed."""
    return since + dt.timedelta(seconds=seconds)


@dataclass(frozen=True)
class Targets:
    """Seconds that a conversation of each level may wait, and a taken one for an answer.

    `in_opening_hours` says when so many seconds of opening hours have passed since a time: what holds for somebody who
    asks for a person. A warning sign waits by the clock.
    """

    emergency: float
    urgent: float
    person: float
    idle: float
    in_opening_hours: OpenUntil = by_the_clock

    def due(self, level: Level, since: dt.datetime) -> dt.datetime:
        """When somebody should be there at the latest."""
        if level == "person":
            return self.in_opening_hours(self.person, since)
        return by_the_clock(self.emergency if level == "emergency" else self.urgent, since)

    def at_risk(self, level: Level, since: dt.datetime) -> dt.datetime:
        """From when on that is at risk."""
        if level == "person":
            return self.in_opening_hours(self.person * AT_RISK, since)
        return by_the_clock(AT_RISK * (self.emergency if level == "emergency" else self.urgent), since)


def of(settings: Settings) -> Targets:
    """The targets of a clinic's settings."""

    def in_opening_hours(seconds: float, since: dt.datetime) -> dt.datetime:
        # A clinic that is closed for a year: nobody may wait for that.
        return settings.hours.within(seconds, since) or by_the_clock(seconds, since)

    return Targets(
        settings.desk_target_emergency,
        settings.desk_target_urgent,
        settings.desk_target_person,
        settings.desk_idle,
        in_opening_hours,
    )
