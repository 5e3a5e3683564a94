"""What the clinic no longer wants to keep: conversations in which nobody has said a word for long are deleted."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from bot.care import erasure
from bot.care.database import Store
from bot.care.escalations import HIPLINE
from bot.care.tables import now

EVERY = dt.timedelta(hours=1)  # between two looks, unless the last one found more than it could delete
AT_ONCE = 25  # conversations in one transaction: others must be able to write soon

logger = logging.getLogger(__name__)


class Retention:
    """Deletes what nobody has touched for `keep_days`; nothing at all where that is 0."""

    def __init__(self, store: Store, keep_days: int, clock: Callable[[], dt.datetime] = now) -> None:
        self._store, self._keep, self._clock = store, dt.timedelta(days=keep_days), clock
        self._next: dt.datetime | None = None

    def sweep(self) -> int:
        """Deletes some of what is past its date, if it is time to look; returns how many conversations that were."""
        at = self._clock()
        if not self._keep or (self._next is not None and at < self._next):
            return 0
        before = at - self._keep
        with self._store.read() as session:  # most looks find nothing, and need keep nobody from writing
            if not erasure.expired(session, before, 1).conversations:
                self._next = at + EVERY
                return 0
        with self._store.write() as session:
            target = erasure.expired(session, before, AT_ONCE)
            erasure.erase(session, target, HIPLINE, at)
        count = len(target.conversations)
        logger.info("deleted %d conversations without a word for %d days", count, self._keep.days)
        if count < AT_ONCE:
            self._next = at + EVERY
            self._store.wipe()
        return count
