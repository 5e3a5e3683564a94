"""Text messages that go out: rows first, in the transaction of what they say."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from bot.care import optouts
from bot.care.tables import Entry, OutgoingText
from bot.replies import LEVELS, Reply
from bot.sms import body
from bot.sms.inbound import is_number

QUEUED, UNSURE, SENT = "queued", "unsure", "sent"
DELIVERED, UNDELIVERED, FAILED, STOPPED = "delivered", "undelivered", "failed", "stopped"

_ANSWERS = dt.timedelta(hours=24)  # how long an answer is worth sending
_CHECK_INS = dt.timedelta(hours=1)  # a question sent by us, which must not come in the night


def queue(session: Session, entry: Entry, number: str, reply: Reply) -> OutgoingText:
    """The text message that takes an entry to a telephone, to be sent by the worker.

    To somebody who wants no texts only the answer to their own warning sign goes, and what answers STOP and START;
    anything else is kept as `stopped`.
    """
    urgent = LEVELS.index(reply.urgency) >= LEVELS.index("urgent")
    regardless = entry.message_id is not None and (urgent or reply.kind == "consent")
    state, problem = QUEUED, None
    if not is_number(number):
        state, problem = FAILED, "its sender is no number that can be texted"
    elif not regardless and optouts.is_out(session, number):
        state = STOPPED
    good_for = _CHECK_INS if reply.kind == "check_in" and entry.message_id is None else _ANSWERS
    text = OutgoingText(
        entry_id=entry.id,
        conversation_id=entry.conversation_id,
        position=entry.position,
        number=number[:16],
        body=body.of_reply(reply),
        urgent=urgent,
        regardless=regardless,
        created_at=entry.at,
        due_at=entry.at,
        expires_at=None if urgent else entry.at + good_for,
        state=state,
        changed_at=entry.at,
        problem=problem,
    )
    session.add(text)
    session.flush()
    return text
