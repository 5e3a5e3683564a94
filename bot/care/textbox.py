"""The texts that are to be sent: rows first. A worker leases a row, tries it, and says how it went.

Texts to one number go out in their order; only the answer to a warning sign overtakes others. Before an attempt the
row becomes `unsure`: a worker that is killed in it leaves a row whose fate the carrier is asked about first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.care import escalations, optouts, rows
from bot.care.tables import Entry, EscalationEvent, OutgoingText, new_id
from bot.care.texts import DELIVERED, FAILED, QUEUED, SENT, STOPPED, UNDELIVERED, UNSURE

OPTED_OUT = 21610  # the carrier's code for a number that has opted out with it
LATE = dt.timedelta(minutes=2)  # a text that should have gone out so long ago is overdue
_RANK = {QUEUED: 0, UNSURE: 0, SENT: 1, FAILED: 2, UNDELIVERED: 2, STOPPED: 2, DELIVERED: 3}


@dataclass(frozen=True)
class TextClaim:
    """A text that this worker may try, until its lease runs out."""

    text_id: str
    lease: str


@dataclass(frozen=True)
class Attempt:
    """One attempt: what goes to whom. `tried_at` is when the first one began, where one may have succeeded."""

    text_id: str
    lease: str
    number: str
    body: str
    count: int  # of attempts, with this one
    tried_at: dt.datetime | None


def is_due(session: Session, at: dt.datetime) -> bool:
    """Whether there is anything to claim."""
    return session.execute(select(OutgoingText.id).where(_free(at)).limit(1)).first() is not None


def claim(session: Session, at: dt.datetime, lease: dt.timedelta, limit: int) -> list[TextClaim]:
    """Leases up to `limit` texts that are due: the answers to warning signs first, one a number otherwise."""
    before = aliased(OutgoingText)
    overtaken = and_(OutgoingText.urgent.is_(True), before.urgent.is_(False))
    waits = (
        select(before.id)
        .where(
            before.conversation_id == OutgoingText.conversation_id,
            before.position < OutgoingText.position,
            before.state.in_((QUEUED, UNSURE)),
            ~overtaken,
        )
        .exists()
    )
    due = (
        select(OutgoingText.id)
        .where(_free(at), ~waits)
        .order_by(OutgoingText.urgent.desc(), OutgoingText.due_at)
        .limit(limit)
    )
    claims = []
    for text_id in session.execute(due).scalars().all():
        mine = TextClaim(text_id, new_id())
        # Another worker may have been first: the condition is asked again in the same statement that takes the row.
        free = (OutgoingText.id == text_id, _free(at))
        if rows.change(session, OutgoingText, *free, lease=mine.lease, leased_until=at + lease):
            claims.append(mine)
    return claims


def begin(session: Session, mine: TextClaim, at: dt.datetime, lease: dt.timedelta) -> Attempt | None:
    """Begins an attempt: from now on nobody knows whether the text was sent, until `sent`, `again` or `refused`.

    None where it is not to be sent: another worker's, too old, or to somebody who wants no texts by now.
    """
    text = session.execute(
        select(OutgoingText)
        .where(OutgoingText.id == mine.text_id, OutgoingText.lease == mine.lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if text is None or text.state not in (QUEUED, UNSURE):
        return None
    if text.state == QUEUED and not _is_wanted(session, text, at):
        return None
    tried_at = text.tried_at if text.state == UNSURE else None
    if text.state == QUEUED:
        text.state, text.changed_at, text.tried_at = UNSURE, at, at
    text.attempts += 1
    text.leased_until = at + lease
    session.flush()
    return Attempt(text.id, mine.lease, text.number, text.body, text.attempts, tried_at)


def is_wanted(session: Session, attempt: Attempt, at: dt.datetime, lease: dt.timedelta) -> bool:
    """Whether a text that was not sent by an earlier attempt is still ours to send; then the lease begins anew."""
    text = _locked(session, attempt.text_id)
    if text is None or text.state != UNSURE or text.lease != attempt.lease or not _is_wanted(session, text, at):
        return False
    text.leased_until = at + lease
    return True


def sent(session: Session, attempt: Attempt, sid: str, at: dt.datetime) -> None:
    """The carrier has taken it, whoever's lease it is by now."""
    text = _locked(session, attempt.text_id)
    if text is not None:
        text.sid = text.sid or sid
        _settle(text, SENT, at)


def again(session: Session, attempt: Attempt, at: dt.datetime, pause: float, problem: str) -> None:
    """It was surely not sent: due again after `pause` seconds."""
    _release(session, attempt, state=QUEUED, due_at=at + dt.timedelta(seconds=pause), problem=problem[:200])


def unsure(session: Session, attempt: Attempt, at: dt.datetime, pause: float, problem: str) -> None:
    """It may have been sent: the carrier is asked after `pause` seconds."""
    _release(session, attempt, state=UNSURE, due_at=at + dt.timedelta(seconds=pause), problem=problem[:200])


def refused(session: Session, attempt: Attempt, at: dt.datetime, code: int | None, problem: str) -> None:
    """The carrier refuses it for good. `OPTED_OUT` is kept as an opt-out; a warning sign's answer alerts anew."""
    text = _locked(session, attempt.text_id)
    if text is None:
        return
    _settle(text, STOPPED if code == OPTED_OUT else FAILED, at, code=code, problem=problem)
    _lost(session, text, at)


def reported(session: Session, text_id: str, sid: str, state: str, code: int | None, at: dt.datetime) -> bool:
    """The carrier says what became of a text. Never backwards; False where that is no text of ours.

    An answer to a warning sign that was not delivered alerts the clinic's contacts anew.
    """
    text = _locked(session, text_id)
    if text is None or (text.sid is not None and text.sid != sid):
        return False
    text.sid = sid
    if _RANK[state] > _RANK[text.state]:
        _settle(text, state, at, code=code)
        if state in (UNDELIVERED, FAILED):
            _lost(session, text, at)
    session.flush()
    return True


def known_sids(session: Session, number: str) -> set[str]:
    """The carrier's ids of the texts to a number that it has taken."""
    query = select(OutgoingText.sid).where(OutgoingText.number == number, OutgoingText.sid.isnot(None))
    return set(session.execute(query).scalars())


def stuck(session: Session, at: dt.datetime) -> list[str]:
    """The messages whose warning sign's answer should have gone out `LATE` ago, and nobody was told that it has not."""
    told = (
        select(EscalationEvent.id)
        .where(EscalationEvent.message_id == Entry.message_id, EscalationEvent.what == escalations.UNREACHED)
        .exists()
    )
    query = (
        select(Entry.message_id)
        .join(OutgoingText, OutgoingText.entry_id == Entry.id)
        .where(
            OutgoingText.state.in_((QUEUED, UNSURE)),
            OutgoingText.urgent.is_(True),
            OutgoingText.created_at <= at - LATE,
            Entry.message_id.isnot(None),
            ~told,
        )
    )
    return list(session.execute(query).scalars())


def overdue(session: Session, at: dt.datetime) -> int:
    """How many texts should have gone out `LATE` ago, and have not."""
    query = select(func.count(OutgoingText.id)).where(
        OutgoingText.state.in_((QUEUED, UNSURE)), OutgoingText.created_at <= at - LATE
    )
    return int(session.execute(query).scalar_one())


def _free(at: dt.datetime):  # type: ignore[no-untyped-def]
    return and_(
        OutgoingText.state.in_((QUEUED, UNSURE)),
        OutgoingText.due_at <= at,
        or_(OutgoingText.leased_until.is_(None), OutgoingText.leased_until <= at),
    )


def _locked(session: Session, text_id: str) -> OutgoingText | None:
    query = select(OutgoingText).where(OutgoingText.id == text_id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def _is_wanted(session: Session, text: OutgoingText, at: dt.datetime) -> bool:
    if not text.regardless and optouts.is_out(session, text.number):
        _settle(text, STOPPED, at)
        return False
    if text.expires_at is not None and text.expires_at <= at:
        _settle(text, FAILED, at, problem="too old to be sent")
        return False
    return True


def _settle(
    text: OutgoingText, state: str, at: dt.datetime, *, code: int | None = None, problem: str | None = None
) -> None:
    """Puts a text into a state from which there is no way back."""
    if _RANK[state] > _RANK[text.state]:
        text.state, text.changed_at, text.code = state, at, code
        text.problem = None if problem is None else problem[:200]
    text.lease = text.leased_until = None


def _lost(session: Session, text: OutgoingText, at: dt.datetime) -> None:
    """A text will not arrive: what follows from that."""
    if text.code == OPTED_OUT and not optouts.is_out(session, text.number):
        optouts.record(session, text.number, out=True, wording=f"code {OPTED_OUT}", by="carrier", at=at)
    message_id = session.get(Entry, text.entry_id).message_id
    if text.urgent and message_id is not None:
        escalations.unreached(session, message_id, at)


def _release(session: Session, attempt: Attempt, **values: object) -> None:
    mine = (
        OutgoingText.id == attempt.text_id,
        OutgoingText.lease == attempt.lease,
        OutgoingText.state.in_((QUEUED, UNSURE)),
    )
    rows.change(session, OutgoingText, *mine, lease=None, leased_until=None, **values)
