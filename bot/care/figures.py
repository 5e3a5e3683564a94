"""What the clinic can learn from what was said: counts by day in its own time zone, over a range of days.

All are counted by the database, from the entries and escalations that it holds; what was deleted is not counted.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, extract, func, select
from sqlalchemy.orm import Session

from bot.care.tables import Conversation, Entry, Escalation, EscalationEvent, Feedback, Message

CHANNELS = ("web", "sms", "desk")
URGENCIES = ("emergency", "urgent")
NOT_UNDERSTOOD = ("clarify", "out_of_scope")  # kinds of replies
LONGEST = 366  # days in one range: a leap year
_QUARTER = 900  # seconds

Counts = Mapping[str, Sequence[int]]  # by what is counted, a number for each day


class RangeError(ValueError):
    """A range of days that can't be shown. The message says why."""


@dataclass(frozen=True)
class Range:
    """Days from the first to the last, both included, by the clinic's clock. Raises `RangeError`."""

    first: dt.date
    last: dt.date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise RangeError("The last day comes before the first one.")
        if (self.last - self.first).days >= LONGEST:
            raise RangeError(f"That is more than {LONGEST} days: please choose fewer.")
        if not dt.date(1970, 1, 3) <= self.first <= self.last <= dt.date(9990, 1, 1):
            raise RangeError("That is too far away.")

    @property
    def days(self) -> list[dt.date]:
        """Its days, in order."""
        return [self.first + dt.timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def begins(self) -> dt.datetime:
        """Its first moment."""
        return self.midnight(self.first)

    @property
    def ends(self) -> dt.datetime:
        """The first moment after it."""
        return self.midnight(self.last + dt.timedelta(days=1))

    def midnight(self, day: dt.date) -> dt.datetime:
        """When a day begins, in UTC."""
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.timezone.utc)


@dataclass(frozen=True)
class Question:
    """Words that were not understood, how often they came, and when last."""

    text: str
    times: int
    last: dt.datetime


@dataclass(frozen=True)
class Waiting:
    """How long escalations waited, in seconds: half of them less than the median, nine of ten less than `p90`."""

    count: int
    median: float | None = None
    p90: float | None = None

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Waiting:
        """Of measured times. A percentile is the least of them that so many do not exceed."""
        if not seconds:
            return cls(0)
        ordered = sorted(seconds)
        return cls(len(ordered), *(ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.9)))


@dataclass(frozen=True)
class Figures:
    """Everything of one range."""

    days: Sequence[dt.date]
    messages: Counts  # by channel
    conversations: int  # in which a person wrote
    topics: Sequence[tuple[str, int]]  # answered, the most asked first
    not_understood: Counts  # messages, by the kind of the reply
    escalations: Counts  # by urgency
    acknowledged: Waiting
    resolved: Waiting
    unacknowledged: int  # of those raised in the range, still now
    answered_by: Sequence[tuple[str, int]]  # messages
    said_by_staff: int  # replies
    helpful: Counts  # ratings of answers: "yes" where one was helpful, "no" where not


def of(session: Session, period: Range) -> Figures:
    """The figures of a range of days."""
    inside = _inside(Entry.at, period)
    talks = select(func.count(Entry.conversation_id.distinct())).where(inside, Entry.who == "patient")
    staff = select(func.count(Entry.id)).where(inside, Entry.who == "staff")
    acknowledged, resolved, unacknowledged = _waiting(session, period)
    return Figures(
        days=period.days,
        messages=_messages(session, period),
        conversations=session.execute(talks).scalar_one(),
        topics=_topics(session, period),
        not_understood=_not_understood(session, period),
        escalations=_escalations(session, period),
        acknowledged=acknowledged,
        resolved=resolved,
        unacknowledged=unacknowledged,
        answered_by=_answered_by(session, period),
        said_by_staff=session.execute(staff).scalar_one(),
        helpful=_helpful(session, period),
    )


def questions_not_understood(session: Session, period: Range, limit: int) -> list[Question]:
    """The words of messages that were not understood: those that came most often first, then the newest."""
    times, last = func.count(Message.id.distinct()), func.max(Message.received_at)
    query = (
        select(Message.text, times, last)
        .join(Entry, Entry.message_id == Message.id)
        .where(_inside(Entry.at, period), _is_not_understood())
        .group_by(Message.text)
        .order_by(times.desc(), last.desc(), Message.text)
        .limit(limit)
    )
    return [Question(row[0], row[1], row[2]) for row in session.execute(query)]


def _messages(session: Session, period: Range) -> Counts:
    query = select(Conversation.channel).join(Entry, Entry.conversation_id == Conversation.id)
    return _by_day(session, period, query.where(Entry.who == "patient"), Entry.at, Conversation.channel, CHANNELS)


def _topics(session: Session, period: Range) -> list[tuple[str, int]]:
    topic = Entry.payload["topic"].as_string()
    query = (
        select(topic, func.count(Entry.id))
        .where(_inside(Entry.at, period), Entry.who == "assistant", _kind() == "answer", topic.isnot(None))
        .group_by(topic)
        .order_by(func.count(Entry.id).desc(), topic)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _not_understood(session: Session, period: Range) -> Counts:
    counted = Entry.message_id.distinct()
    query = select(_kind()).where(_is_not_understood(), Entry.message_id.isnot(None))
    return _by_day(session, period, query, Entry.at, _kind(), NOT_UNDERSTOOD, counted)


def _escalations(session: Session, period: Range) -> Counts:
    return _by_day(session, period, select(Escalation.urgency), Escalation.raised_at, Escalation.urgency, URGENCIES)


def _waiting(session: Session, period: Range) -> tuple[Waiting, Waiting, int]:
    """From an escalation's beginning to its first acknowledgement, and to its end; and how many have none yet.

    An escalation that was resolved at once is acknowledged by that.
    """
    first = (
        select(EscalationEvent.escalation_id, func.min(EscalationEvent.at).label("at"))
        .where(EscalationEvent.what.in_(("acknowledged", "resolved")))
        .group_by(EscalationEvent.escalation_id)
        .subquery()
    )
    query = (
        select(Escalation.raised_at, first.c.at, Escalation.resolved_at)
        .outerjoin(first, first.c.escalation_id == Escalation.id)
        .where(_inside(Escalation.raised_at, period))
    )
    rows = session.execute(query).all()
    return (
        Waiting.of([(row[1] - row[0]).total_seconds() for row in rows if row[1] is not None]),
        Waiting.of([(row[2] - row[0]).total_seconds() for row in rows if row[2] is not None]),
        sum(row[1] is None for row in rows),
    )


def _answered_by(session: Session, period: Range) -> list[tuple[str, int]]:
    query = (
        select(Message.answered_by, func.count(Message.id))
        .join(Entry, and_(Entry.message_id == Message.id, Entry.who == "patient"))
        .where(_inside(Entry.at, period), Message.answered_by.isnot(None))
        .group_by(Message.answered_by)
        .order_by(func.count(Message.id).desc(), Message.answered_by)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _helpful(session: Session, period: Range) -> Counts:
    found = _by_day(session, period, select(Feedback.helpful), Feedback.at, Feedback.helpful, (True, False))
    return {"yes": found[True], "no": found[False]}


def _by_day(
    session: Session, period: Range, query: Any, at: Any, what: Any, names: Sequence[Any], counted: Any = None
) -> dict[Any, list[int]]:
    """The rows of `query` for each day and each value of `what`; `names` are there even where nothing is counted.

    The database counts by quarters of an hour, of which every zone's days are made: no two know zones alike.
    """
    second = extract("epoch", at)
    quarter = (second - second % _QUARTER).label("quarter")
    found: dict[Any, list[int]] = defaultdict(lambda: [0] * len(period.days))
    for name in names:
        found[name]
    begins = [period.midnight(day).timestamp() for day in period.days]
    number = func.count() if counted is None else func.count(counted)
    query = query.with_only_columns(quarter, what, number).where(_inside(at, period)).group_by(quarter, what)
    for start, name, count in session.execute(query):
        found[name][bisect_right(begins, int(start)) - 1] += count
    return dict(found)


def _inside(at: Any, period: Range) -> Any:
    return and_(at >= period.begins, at < period.ends)


def _kind() -> Any:
    return Entry.payload["kind"].as_string()


def _is_not_understood() -> Any:
    return and_(Entry.who == "assistant", _kind().in_(NOT_UNDERSTOOD))
