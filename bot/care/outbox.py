"""The alerts that are to be sent: rows first. A worker leases a row, tries it, and says how it went.

A worker that is killed leaves a lease that runs out, and the row is tried again under the same id.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.care import rows
from bot.care.contacts import Contacts
from bot.care.tables import Alert, Escalation, EscalationMessage, new_id

LATE = dt.timedelta(minutes=2)  # an alert that should have gone out so long ago is overdue

_OPEN = and_(Alert.delivered_at.is_(None), Alert.closed_at.is_(None))


@dataclass(frozen=True)
class Claim:
    """An alert that this worker may try, until its lease runs out."""

    alert_id: str
    lease: str


@dataclass(frozen=True)
class _Sent:
    round: int
    delivered_at: dt.datetime | None
    closed_at: dt.datetime | None


def plan(session: Session, escalation: Escalation, message_id: str, contacts: Contacts, at: dt.datetime) -> None:
    """Writes the alerts on a message: for everybody who gets the escalation's level, due when their time comes."""
    for contact in contacts.of(escalation.urgency):
        due = max(at, escalation.waiting_since + dt.timedelta(minutes=contact.after))
        for way in range(len(contact.ways)):
            session.add(_alert(escalation.id, message_id, contact.name, way, 0, due, at))


def lacking(session: Session, contacts: Contacts, at: dt.datetime) -> list[Alert]:
    """The alerts that escalations lack which nobody has acknowledged; `complete` adds them.

    That is: one to a contact that has none, since it came into the file later, and another one to those whose last
    one was delivered `resend` minutes ago.
    """
    waiting = Escalation.state.in_(("raised", "notified"))
    query = select(Escalation.id, Escalation.urgency, Escalation.waiting_since).where(waiting)
    open_ones = session.execute(query).all()
    if not open_ones:
        return []
    last_message = _last_messages(session)
    sent: dict[tuple[str, str, int], list[_Sent]] = defaultdict(list)
    columns = (Alert.escalation_id, Alert.contact, Alert.way, Alert.round, Alert.delivered_at, Alert.closed_at)
    alerts = select(*columns).join(Escalation, Escalation.id == Alert.escalation_id).where(waiting)
    for escalation_id, contact, way, number, delivered_at, closed_at in session.execute(alerts):
        sent[escalation_id, contact, way].append(_Sent(number, delivered_at, closed_at))
    found = []
    for escalation_id, urgency, since in open_ones:
        for contact in contacts.of(urgency):
            for way in range(len(contact.ways)):
                before = sent[escalation_id, contact.name, way]
                due = _next(before, contact.after, contacts.resend, since, at)
                if due is not None:
                    number = max((one.round for one in before), default=-1) + 1
                    message_id = last_message[escalation_id]
                    found.append(_alert(escalation_id, message_id, contact.name, way, number, due, at))
    return found


def complete(session: Session, contacts: Contacts, at: dt.datetime) -> int:
    """Adds what is `lacking`; returns how many alerts that were. Ask `lacking` first: it only reads."""
    missing = lacking(session, contacts, at)
    session.add_all(missing)
    session.flush()
    return len(missing)


def is_due(session: Session, at: dt.datetime) -> bool:
    """Whether there is anything to claim."""
    return session.execute(select(Alert.id).where(_free(at)).limit(1)).first() is not None


def claim(session: Session, at: dt.datetime, lease: dt.timedelta, limit: int) -> list[Claim]:
    """Leases up to `limit` alerts that are due. What has never been tried goes first, emergencies before the rest."""
    level = case((Escalation.urgency == "emergency", 0), else_=1)
    due = (
        select(Alert.id)
        .join(Escalation, Escalation.id == Alert.escalation_id)
        .where(_free(at))
        .order_by(case((Alert.attempts == 0, 0), else_=1), level, Alert.due_at)
        .limit(limit)
    )
    claims = []
    for alert_id in session.execute(due).scalars().all():
        mine = Claim(alert_id, new_id())
        # Another worker may have been first: the condition is asked again in the same statement that takes the row.
        free = (Alert.id == alert_id, _free(at))
        if rows.change(session, Alert, *free, lease=mine.lease, leased_until=at + lease):
            claims.append(mine)
    return claims


def hold(
    session: Session,
    mine: Claim,
    at: dt.datetime,
    lease: dt.timedelta,
    token_hash: str,
    link: dt.timedelta,
) -> Alert | None:
    """Begins an attempt: the lease anew, the attempt counted, its link valid. None where the alert is not ours."""
    held = rows.change(
        session,
        Alert,
        Alert.id == mine.alert_id,
        Alert.lease == mine.lease,
        _OPEN,
        leased_until=at + lease,
        attempts=Alert.attempts + 1,
        token_hash=token_hash,
        expires_at=at + link,
    )
    return session.get(Alert, mine.alert_id, populate_existing=True) if held else None


def delivered(session: Session, alert_id: str, at: dt.datetime) -> bool:
    """It has arrived, whoever's lease it is by now. False where that was known before."""
    return rows.change(
        session,
        Alert,
        Alert.id == alert_id,
        Alert.delivered_at.is_(None),
        delivered_at=at,
        lease=None,
        leased_until=None,
        problem=None,
    )


def failed(session: Session, mine: Claim, at: dt.datetime, pause: float, problem: str) -> None:
    """It has not arrived: due again after `pause` seconds."""
    rows.change(
        session,
        Alert,
        Alert.id == mine.alert_id,
        Alert.lease == mine.lease,
        _OPEN,
        due_at=at + dt.timedelta(seconds=pause),
        lease=None,
        leased_until=None,
        problem=problem[:200],
    )


def close(session: Session, escalation_id: str, at: dt.datetime) -> None:
    """Nobody need be told any more."""
    session.flush()
    rows.change(session, Alert, Alert.escalation_id == escalation_id, _OPEN, closed_at=at)


def withdraw(session: Session, alert_id: str, at: dt.datetime) -> None:
    """The contact, or this way to it, is no longer in the file."""
    rows.change(session, Alert, Alert.id == alert_id, _OPEN, closed_at=at, problem="no longer in the contacts")


def overdue(session: Session, at: dt.datetime) -> int:
    """How many alerts should have gone out `LATE` ago, and have not."""
    query = select(func.count(Alert.id)).where(_OPEN, Alert.wanted_at <= at - LATE)
    return int(session.execute(query).scalar_one())


def by_token_hash(session: Session, token_hash: str) -> Alert | None:
    """The alert whose link holds that token."""
    return session.execute(select(Alert).where(Alert.token_hash == token_hash)).scalar_one_or_none()


def _free(at: dt.datetime):  # type: ignore[no-untyped-def]
    return and_(_OPEN, Alert.due_at <= at, or_(Alert.leased_until.is_(None), Alert.leased_until <= at))


def _alert(
    escalation_id: str, message_id: str, contact: str, way: int, number: int, due: dt.datetime, at: dt.datetime
) -> Alert:
    return Alert(
        id=new_id(),
        escalation_id=escalation_id,
        message_id=message_id,
        contact=contact,
        way=way,
        round=number,
        created_at=at,
        wanted_at=due,
        due_at=due,
        attempts=0,
    )


def _next(before: list[_Sent], after: float, resend: float, since: dt.datetime, at: dt.datetime) -> dt.datetime | None:
    """When another alert by this way is due; None where one is under way, or was sent lately."""
    if any(one.delivered_at is None and one.closed_at is None for one in before):
        return None
    last = max((one.delivered_at for one in before if one.delivered_at), default=None)
    if last is None or last < since:
        return max(at, since + dt.timedelta(minutes=after))
    return at if last + dt.timedelta(minutes=resend) <= at else None


def _last_messages(session: Session) -> dict[str, str]:
    query = (
        select(EscalationMessage.escalation_id, EscalationMessage.message_id)
        .join(Escalation, Escalation.id == EscalationMessage.escalation_id)
        .where(Escalation.state.in_(("raised", "notified")))
        .order_by(EscalationMessage.added_at)
    )
    return {row[0]: row[1] for row in session.execute(query)}
