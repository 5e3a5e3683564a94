"""Questions that were met with silence: after a time that counts as a yes."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from bot.care import messages, questions
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.tables import now
from bot.speech import Speech

_AT_ONCE = 50  # a sweep

logger = logging.getLogger(__name__)


class Silences:
    """Escalates the messages whose question nobody answered, once each, and tells the person."""

    def __init__(
        self,
        store: Store,
        speech: Speech,
        contacts: Callable[[], Contacts | None],
        clock: Callable[[], dt.datetime] = now,
    ) -> None:
        self._store, self._speech, self._contacts, self._clock = store, speech, contacts, clock

    def sweep(self) -> int:
        """Escalates those that are due; returns how many."""
        with self._store.read() as session:
            due = questions.overdue(session, self._clock(), _AT_ONCE)
        counted = 0
        for message_id in due:
            with self._store.write() as session:
                channel, *_ = messages.stored(session, message_id)
                notice = self._speech.by(channel).no_word()
                counted += questions.count_as_yes(session, message_id, notice, self._contacts(), self._clock())
        if counted:
            logger.warning("%d questions were met with silence, which counts as a yes", counted)
        return counted
