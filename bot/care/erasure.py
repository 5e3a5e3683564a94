"""Deleting one person's data for good, on request: everything that belongs to a conversation, or to a number.

What belongs to it is found by the tables themselves: rows that refer to a conversation that goes, directly or through
others, and rows that hold the number. A table that is added later is covered without a change here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, and_, delete, exists, false, func, or_, select, union, update
from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.tables import Base, CallerNumber, Conversation, Entry, Escalation, Message, now

# Who wants no texts must get none afterwards either: the number stays in these, without the words (column: new value).
KEPT: Mapping[str, Mapping[str, str]] = {"opt_outs": {"wording": ""}}
_JUST_NOW = dt.timedelta(minutes=10)  # an older message without an answer won't get one any more
_NAMES = {
    "alerts": "alerts",
    "caller_numbers": "callers' numbers",
    "check_in_answers": "check-in answers",
    "check_ins": "check-ins",
    "entries": "things that were said",
    "escalation_events": "steps of escalations",
    "feedback": "ratings of answers",
    "handoff_events": "steps of handoffs",
    "messages": "messages",
    "texts": "text messages",
    "web_consents": "consents on the website",
}
_NOT_TOLD = frozenset({"escalation_messages"})  # they only join others


@dataclass(frozen=True)
class Target:
    """Whose data: conversations by their ids, and a number in E.164 where it is everything of that."""

    conversations: tuple[str, ...]
    number: str | None = None


@dataclass(frozen=True)
class Plan:
    """What deleting a target means. `counts` has rows by their kind in words, most first; `kept` is what stays."""

    target: Target
    counts: Mapping[str, int] = field(default_factory=dict)
    open_escalations: tuple[str, ...] = ()  # the ids of their conversations
    waiting: int = 0  # messages that came just now, and have no answer yet
    kept: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to delete."""
        return not self.counts


class NotYet(ValueError):
    """It can't be deleted now. The message says why, and what to do first."""


def of_conversation(conversation_id: str) -> Target:
    """One conversation."""
    return Target((conversation_id,))


def of_number(session: Session, number: str) -> Target:
    """Everything of a number in E.164: its conversations by SMS, and those of callers who left it."""
    query = union(
        select(Conversation.id).where(Conversation.channel == "sms", Conversation.name == number),
        select(CallerNumber.conversation_id).where(CallerNumber.number == number),
    )
    return Target(tuple(sorted(row[0] for row in session.execute(query))), number)


def plan(session: Session, target: Target, at: dt.datetime | None = None) -> Plan:
    """What would be deleted. Changes nothing."""
    counts = {}
    for table, which in _doomed(target).items():
        count = session.execute(select(func.count()).select_from(table).where(which)).scalar_one()
        if count and table.name not in _NOT_TOLD:
            counts[in_words(table.name)] = count
    escalated = select(Escalation.conversation_id).where(
        Escalation.conversation_id.in_(target.conversations), Escalation.state != "resolved"
    )
    unanswered = select(func.count(Message.id)).where(
        Message.conversation_id.in_(target.conversations),
        Message.answered_at.is_(None),
        Message.received_at > (at or now()) - _JUST_NOW,
    )
    return Plan(
        target,
        dict(sorted(counts.items(), key=lambda item: -item[1])),
        tuple(session.execute(escalated).scalars()),
        session.execute(unanswered).scalar_one(),
        {in_words(table.name): found for table in _kept() if (found := _count_kept(session, table, target))},
    )


def erase(session: Session, target: Target, who: str, at: dt.datetime | None = None) -> Plan:
    """Deletes it, in the caller's transaction; the audit log says who deleted what, without words and numbers.

    Returns what was deleted. Raises `NotYet` where an escalation is open or a message waits for its answer.
    """
    at = at or now()
    # Locked, where the database can: nobody says anything more in it, and no escalation is raised meanwhile.
    session.execute(select(Conversation.id).where(Conversation.id.in_(target.conversations)).with_for_update()).all()
    found = plan(session, target, at)
    if found.open_escalations:
        raise NotYet(
            "A warning sign is open here: somebody must resolve it first. Then delete the data."
            if len(found.open_escalations) == 1
            else f"{len(found.open_escalations)} warning signs are open here: they must be resolved first."
        )
    if found.waiting:
        raise NotYet("A message came in just now and has no answer yet: it may be a warning sign. Try again soon.")
    _delete(session, target)
    for table in _kept():
        session.execute(update(table).where(_kept_by(table, target)).values(KEPT[table.name]))
    what = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
    audit.write(session, who, "deleted data", about=what or "nothing was there", at=at)
    return found


def expired(session: Session, before: dt.datetime, limit: int) -> Target:
    """Conversations without a word since a time, `limit` at most, the oldest first; none with an open escalation."""
    query = (
        select(Conversation.id)
        .where(
            Conversation.created_at < before,
            ~exists().where(Entry.conversation_id == Conversation.id, Entry.at >= before),
            ~exists().where(Escalation.conversation_id == Conversation.id, Escalation.state != "resolved"),
        )
        .order_by(Conversation.created_at)
        .limit(limit)
    )
    followed = Base.metadata.tables.get("patients")
    if followed is not None:  # their next check-in is yet to come
        goes_on = followed.c.state.in_(("active", "paused"))
        query = query.where(~exists().where(followed.c.conversation_id == Conversation.id, goes_on))
    return Target(tuple(session.execute(query).scalars()))


def in_words(table: str) -> str:
    """What a table holds, as a person reads it."""
    return _NAMES.get(table, table.replace("_", " "))


def _doomed(target: Target) -> dict[Table, Any]:
    """The tables in the order in which their rows refer to each other, each with which of its rows go."""
    found: dict[Table, Any] = {}
    for table in Base.metadata.sorted_tables:
        conditions = []
        if table is Conversation.__table__:
            conditions.append(table.c.id.in_(target.conversations))
        if target.number is not None and "number" in table.c and table.name not in KEPT:
            conditions.append(table.c.number == target.number)
        for key in table.foreign_keys:
            parent = key.column.table
            if key.ondelete == "CASCADE" and parent in found and parent is not table:
                conditions.append(key.parent.in_(select(key.column).where(found[parent])))
        if conditions:
            found[table] = or_(false(), *conditions)
    return found


def _delete(session: Session, target: Target) -> None:
    # Children first: what belongs to a row is found through the row.
    for table, which in reversed(_doomed(target).items()):
        session.execute(delete(table).where(which), execution_options={"synchronize_session": False})
    session.expire_all()


def _kept() -> Sequence[Table]:
    return [Base.metadata.tables[name] for name in KEPT if name in Base.metadata.tables]


def _kept_by(table: Table, target: Target) -> Any:
    return and_(table.c.number == target.number, target.number is not None)


def _count_kept(session: Session, table: Table, target: Target) -> int:
    if target.number is None:
        return 0
    count: int = session.execute(select(func.count()).select_from(table).where(_kept_by(table, target))).scalar_one()
    return count
