"""What waits for the staff, and what they have: the rows of the desk's queue, and what is overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from bot.care import callers, escalations, handoffs
from bot.care.tables import Conversation, Entry, Escalation, Handoff, OutgoingText
from bot.care.targets import LEVELS, Level, Targets

NOT_DELIVERED = ("undelivered", "failed", "stopped")  # states of a text message that has not reached the patient


@dataclass(frozen=True)
class Waiting:
    """One conversation in the queue. `due` is when somebody should be there, None where somebody is.

    `unanswered_since`: the holder owes the patient an answer since then. `handoff` is None where the assistant has
    it: the escalation is acknowledged, not resolved.
    """

    conversation_id: str
    channel: str
    level: Level
    category: str | None
    handoff: Handoff | None
    escalation: Escalation | None
    since: dt.datetime
    last_at: dt.datetime
    at_risk: dt.datetime | None
    due: dt.datetime | None
    unanswered_since: dt.datetime | None
    idle_at: dt.datetime | None  # when that is too long
    undelivered: bool
    has_number: bool = False  # left by the patient, or taken down

    @property
    def state(self) -> handoffs.State:
        """Who answers it."""
        return "assistant" if self.handoff is None else self.handoff.state

    @property
    def sign_waits(self) -> bool:
        """Whether a warning sign in it was acknowledged by nobody."""
        return self.escalation is not None and self.escalation.state in escalations.WAITING

    def is_idle(self, at: dt.datetime) -> bool:
        """Whether the holder has owed an answer for too long."""
        return self.idle_at is not None and self.idle_at <= at

    def needs_somebody(self, at: dt.datetime) -> bool:
        """Whether nobody looks after it."""
        return self.due is not None or self.sign_waits or self.is_idle(at)


def rows(session: Session, targets: Targets, at: dt.datetime) -> list[Waiting]:
    """The queue: what nobody looks after first, each part by urgency, then by age."""
    found = [_waiting(session, targets, *row) for row in _open(session)]
    return sorted(
        found, key=lambda row: (not row.needs_somebody(at), LEVELS.index(row.level), row.since, row.conversation_id)
    )


def row(session: Session, conversation_id: str, targets: Targets) -> Waiting | None:
    """One conversation's row; None where it is not in the queue."""
    found = next(iter(_open(session, conversation_id)), None)
    return None if found is None else _waiting(session, targets, *found)


def overdue(session: Session, targets: Targets, at: dt.datetime) -> list[Waiting]:
    """Those that wait for somebody longer than they should, of which the patient does not know yet."""
    found = [row for row in rows(session, targets, at) if row.state == "waiting"]
    return [row for row in found if row.due is not None and row.due <= at]


def idle(session: Session, targets: Targets, at: dt.datetime) -> list[Waiting]:
    """Those with an acknowledged warning sign whose holder has owed the patient an answer for too long."""
    return [row for row in rows(session, targets, at) if _is_left_alone(row, targets, at)]


def _is_left_alone(row: Waiting, targets: Targets, at: dt.datetime) -> bool:
    escalation = row.escalation
    if escalation is None or escalation.state != "acknowledged" or not row.is_idle(at):
        return False
    # Somebody else may have acknowledged it by a link meanwhile: they get their time too.
    return bool(escalation.acknowledged_at + dt.timedelta(seconds=targets.idle) <= at)


def _open(
    session: Session, conversation_id: str | None = None
) -> Sequence[tuple[Conversation, Handoff | None, Escalation | None]]:
    query = (
        select(Conversation, Handoff, Escalation)
        .outerjoin(Handoff, and_(Handoff.conversation_id == Conversation.id, Handoff.ended_at.is_(None)))
        .outerjoin(Escalation, and_(Escalation.conversation_id == Conversation.id, Escalation.state != "resolved"))
        .where(or_(Handoff.id.isnot(None), Escalation.id.isnot(None)))
    )
    if conversation_id is not None:
        query = query.where(Conversation.id == conversation_id)
    return [(line[0], line[1], line[2]) for line in session.execute(query)]


def _waiting(
    session: Session,
    targets: Targets,
    conversation: Conversation,
    handoff: Handoff | None,
    escalation: Escalation | None,
) -> Waiting:
    level: Level = escalation.urgency if escalation is not None else "person"
    since = escalation.raised_at if escalation is not None else handoff.began_at  # type: ignore[union-attr]
    # Where it was acknowledged by the link in an alert, somebody takes care of it, though nobody has taken it.
    seen = escalation is not None and escalation.state not in escalations.WAITING
    waits = not seen and (handoff is None or handoff.state in handoffs.FREE)
    from_ = escalation.waiting_since if escalation is not None else since
    owed = _unanswered_since(session, handoff) if handoff is not None and handoff.state == "taken" else None
    last_at = session.execute(select(func.max(Entry.at)).where(Entry.conversation_id == conversation.id)).scalar_one()
    return Waiting(
        conversation_id=conversation.id,
        channel=conversation.channel,
        level=level,
        category=None if escalation is None else escalation.category,
        handoff=handoff,
        escalation=escalation,
        since=since,
        last_at=last_at or conversation.created_at,
        at_risk=targets.at_risk(level, from_) if waits else None,
        due=targets.due(level, from_) if waits else None,
        unanswered_since=owed,
        idle_at=None if owed is None else owed + dt.timedelta(seconds=targets.idle),
        undelivered=_undelivered(session, conversation.id),
        has_number=callers.of_conversation(session, conversation.id) is not None,
    )


def _unanswered_since(session: Session, handoff: Handoff) -> dt.datetime | None:
    """Since when the holder owes an answer: the first message after the staff's last, or their own last act."""
    in_it = Entry.conversation_id == handoff.conversation_id
    last_staff = select(func.max(Entry.position)).where(in_it, Entry.who == "staff").scalar_subquery()
    first = select(func.min(Entry.at)).where(
        in_it, Entry.who == "patient", Entry.position > func.coalesce(last_staff, 0)
    )
    asked: dt.datetime | None = session.execute(first).scalar_one()
    return None if asked is None else max(asked, handoff.active_at)


def _undelivered(session: Session, conversation_id: str) -> bool:
    """Whether a text message to the patient has not arrived."""
    query = select(OutgoingText.id).where(
        OutgoingText.conversation_id == conversation_id, OutgoingText.state.in_(NOT_DELIVERED)
    )
    return session.execute(query.limit(1)).first() is not None
