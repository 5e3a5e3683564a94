"""The check-ins' turn in the worker's sweep: what is due is asked, what is over is ended."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable

from bot.care import due_checkins
from bot.care.database import Store
from bot.care.due_checkins import IsOut
from bot.care.tables import now
from bot.followup.programme import Programme
from bot.followup.wording import Wording
from bot.speech import Speech

AT_ONCE = 100  # check-ins a sweep: the next one comes at once

logger = logging.getLogger(__name__)


class FollowUps:
    """Asks what is due, each in a transaction of its own. Two workers, or one that is killed, ask nothing twice."""

    def __init__(
        self,
        store: Store,
        programme: Programme,
        speech: Speech,
        is_out: IsOut,
        clock: Callable[[], dt.datetime] = now,
    ) -> None:
        self._store, self._programme, self._is_out, self._clock = store, programme, is_out, clock
        self._wording = Wording(programme, speech)

    def sweep(self) -> int:
        """Does what is due now, `AT_ONCE` of a kind at most; returns how many there were."""
        at = self._clock()
        with self._store.read() as session:
            overdue = due_checkins.overdue(session, at, AT_ONCE)
            due = due_checkins.due(session, at, AT_ONCE)
            again = due_checkins.to_repeat(session, at, AT_ONCE)
            over = due_checkins.is_over(session, self._programme, at)
        done: Counter[str] = Counter()
        for check_in_id in due:  # before those that are overdue: a new one settles the one before it
            with self._store.write() as session:
                done[due_checkins.take(session, check_in_id, *self._how(at))] += 1
        for check_in_id in overdue:
            with self._store.write() as session:
                done[due_checkins.close(session, check_in_id, *self._how(at)) or "closed"] += 1
        for check_in_id in again:
            with self._store.write() as session:
                done["repeated" if due_checkins.repeat(session, check_in_id, *self._how(at)) else "let be"] += 1
        if over:
            with self._store.write() as session:
                done["done"] += due_checkins.finish(session, self._programme, at, AT_ONCE)
        for outcome in ("missed", "lost"):
            if done[outcome]:
                logger.warning("check-ins: %d %s", done[outcome], outcome)
        return sum(done.values()) - done["taken"]

    def _how(self, at: dt.datetime) -> tuple[Programme, Wording, IsOut, dt.datetime]:
        return self._programme, self._wording, self._is_out, at
