"""How the queue and a conversation say what is so: levels, states, times, for the staff to read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.care import escalations
from bot.care.queue import Waiting

LEVELS = {"emergency": "Emergency", "urgent": "Urgent", "person": "Asks for a person"}
CHANNELS = {"web": "website", "sms": "text messages", "desk": "desk"}


@dataclass(frozen=True)
class Line:
    """One row of the queue as it is read. `timer_class` and `level_class` are of desk.css's badges."""

    id: str
    level: str
    level_class: str
    category: str
    state: str
    state_class: str
    timer: str
    timer_class: str
    channel: str
    holder: str
    since: dt.datetime
    last_at: dt.datetime
    undelivered: bool
    has_number: bool  # to ring, besides that of text messages
    is_open: bool  # nobody looks after it
    alarm: str  # changes with each new emergency; empty where it is none, or somebody looks after it


def line(row: Waiting, at: dt.datetime) -> Line:
    """A row of the queue in words, at a time."""
    state, state_class = state_of(row, at)
    timer, timer_class = timer_of(row, at)
    is_open = row.needs_somebody(at)
    escalation = row.escalation
    joined = escalation is None and row.handoff is not None and row.handoff.reason == "staff"
    rings = is_open and row.level == "emergency" and escalation is not None
    return Line(
        id=row.conversation_id,
        level="Joined by the staff" if joined else LEVELS[row.level],
        level_class="" if row.level == "person" else row.level,
        category=escalations.in_words(row.category).capitalize() if row.category else "",
        state=state,
        state_class=state_class,
        timer=timer,
        timer_class=timer_class,
        channel=CHANNELS.get(row.channel, row.channel),
        holder=holder_of(row),
        since=row.since,
        last_at=row.last_at,
        undelivered=row.undelivered,
        has_number=row.has_number,
        is_open=is_open,
        alarm=f"{row.conversation_id} {escalation.waiting_since.timestamp():.0f}" if rings and escalation else "",
    )


def state_of(row: Waiting, at: dt.datetime) -> tuple[str, str]:
    """Who answers it, in words, and a badge's class."""
    if row.state == "taken":
        if row.sign_waits:
            return "Taken; a new warning sign, not seen yet", "breached"
        if row.is_idle(at):
            return "Taken; the patient waits for an answer", "breached"
        return "Taken", "fine"
    if row.escalation is not None and not row.sign_waits:
        return "Acknowledged, not resolved", "fine"
    if row.state == "timed_out":
        return "Nobody came in time; the patient was told", "breached"
    return "Waiting", "urgent"


def holder_of(row: Waiting) -> str:
    """Who looks after it; empty where nobody does."""
    if row.state == "taken" and row.handoff is not None:
        return str(row.handoff.holder)
    acknowledged = row.escalation.acknowledged_by if row.escalation is not None else None
    return str(acknowledged or "")


def timer_of(row: Waiting, at: dt.datetime) -> tuple[str, str]:
    """How it stands with the clinic's target, and a badge's class; empty where nothing is to be counted."""
    if row.due is not None and row.at_risk is not None:
        left = span(abs(row.due - at))
        if row.due <= at:
            return f"Late by {left}", "breached"
        return (f"At risk: {left} left", "at-risk") if row.at_risk <= at else (f"{left} left", "fine")
    if row.unanswered_since is not None:
        waited = f"No answer for {span(at - row.unanswered_since)}"
        return waited, "breached" if row.is_idle(at) else "fine"
    return "", ""


def span(time: dt.timedelta) -> str:
    """A time in its largest unit: "40 s", "12 min", "3 h 5 min", "2 days"."""
    seconds = max(0, int(time.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    hours = seconds // 3600
    if hours < 48:
        return f"{hours} h {seconds % 3600 // 60} min"
    return f"{hours // 24} days"
