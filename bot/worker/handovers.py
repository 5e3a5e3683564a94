"""Conversations that wait for the staff too long: the patient is told so, once; and a holder who does not answer."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from bot.care import escalations, handoffs, queue, timeline
from bot.care.database import Store
from bot.care.queue import Waiting
from bot.care.tables import now
from bot.care.targets import Targets
from bot.speech import Speech
from bot.triage.examples import SELF_HARM

logger = logging.getLogger(__name__)


class Handovers:
    """`speech` says what the patient hears. A worker that is killed has told them, and written so, or neither."""

    def __init__(self, store: Store, speech: Speech, targets: Targets, clock: Callable[[], dt.datetime] = now) -> None:
        self._store, self._speech, self._targets, self._clock = store, speech, targets, clock

    def sweep(self) -> int:
        """Tells those who wait in vain, and has the contacts told anew of those left alone; returns how many."""
        at = self._clock()
        with self._store.read() as session:
            late = [row.conversation_id for row in queue.overdue(session, self._targets, at)]
            left = [row.conversation_id for row in queue.idle(session, self._targets, at)]
        told = sum([self._time_out(conversation_id, at) for conversation_id in late])
        raised = sum([self._raise(conversation_id, at) for conversation_id in left])
        if told:
            logger.warning("%d conversations waited for the staff longer than they should", told)
        if raised:
            logger.warning("%d taken conversations with a warning sign were not answered: alerted anew", raised)
        return told + raised

    def _time_out(self, conversation_id: str, at: dt.datetime) -> bool:
        with self._store.write() as session:
            conversation = timeline.lock(session, conversation_id)
            # Asked again within the transaction: somebody may have come meanwhile.
            row = queue.row(session, conversation_id, self._targets)
            if row is None or row.handoff is None or row.due is None or row.due > at:
                return False
            if not handoffs.time_out(session, row.handoff.id, at):
                return False
            reply = self._speech.by(conversation.channel).say(_text(row), "handoff")
            timeline.say(session, conversation_id, reply, who="system", at=at)
            return True

    def _raise(self, conversation_id: str, at: dt.datetime) -> bool:
        with self._store.write() as session:
            timeline.lock(session, conversation_id)
            if conversation_id not in {row.conversation_id for row in queue.idle(session, self._targets, at)}:
                return False
            escalation = escalations.open_of(session, conversation_id)
            return escalation is not None and escalations.unattended(session, escalation, at)


def _text(row: Waiting) -> str:
    return f"nobody_yet_{'crisis' if row.category == SELF_HARM else row.level}"
