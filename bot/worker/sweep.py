"""The periodic look at the tables: what is due goes to the queue, what is missing is added, what is wrong is logged."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence

from bot.care import heartbeats, outbox
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.outbox import Claim
from bot.care.tables import now
from bot.worker.delivery import QUEUED

EVERY = 1.0  # seconds between two looks for what is due
SLOWER = 5.0  # seconds between two looks for what is missing, and between two heartbeats
TOLD_AGAIN = 600.0  # seconds after which a problem that stays is logged again
BUSY = 0.1  # the same where there was something, and may be more
AHEAD = 32  # alerts in the queue at once: what is leased must be begun before its lease runs out

logger = logging.getLogger(__name__)


Chore = tuple[str, Callable[[], object]]  # what is logged where it fails, and what is done


class Sweeper:
    """`enqueue` hands a claim to the queue, `queued` says how many wait there, `problems` what else is wrong.

    `chores` are done before missing alerts are added, and `tidying` after that, each whatever becomes of the others.
    """

    def __init__(
        self,
        store: Store,
        contacts: Callable[[], Contacts | None],
        enqueue: Callable[[Claim], object],
        queued: Callable[[], int],
        problems: Callable[[], Sequence[str]] = lambda: (),
        clock: Callable[[], dt.datetime] = now,
        chores: Sequence[Chore] = (),
        tidying: Sequence[Chore] = (),
    ) -> None:
        self._store, self._contacts, self._enqueue, self._queued = store, contacts, enqueue, queued
        self._problems, self._clock = problems, clock
        self._chores: list[Chore] = [
            *chores,
            ("missing alerts can't be added", self._complete),
            ("problems can't be looked for", self._tell),
            *tidying,
        ]
        self._told: dict[str, float] = {}
        self._handed_out = 0  # alerts, by the last dispatch

    def run(self, stop: threading.Event, ready: Callable[[], object]) -> None:
        """Sweeps until `stop`; calls `ready` after the first sweep that went well."""
        slower, was_ready = 0.0, False
        while not stop.is_set():
            well = self.dispatch()
            if time.monotonic() >= slower:
                well = self.look_after() and well
                slower = time.monotonic() + SLOWER
                if well and not was_ready:
                    was_ready = True
                    ready()
            stop.wait(BUSY if self._handed_out else EVERY)

    def dispatch(self) -> bool:
        """Leases what is due, and hands it to the queue. Returns whether that went well."""
        return self._guarded("alerts can't be handed out", self._dispatch)

    def look_after(self) -> bool:
        """Does all chores, adds missing alerts, logs problems. Gives a sign of life if all went well."""
        steps = [self._guarded(what, step) for what, step in self._chores]
        return all(steps) and self._guarded("no sign of life can be given", self._beat)

    def _dispatch(self) -> None:
        self._handed_out = 0
        free = AHEAD - self._queued()
        if free <= 0:
            return
        with self._store.read() as session:
            if not outbox.is_due(session, self._clock()):
                return
        with self._store.write() as session:
            claims = outbox.claim(session, self._clock(), QUEUED, free)
        for claim in claims:
            self._enqueue(claim)
        self._handed_out = len(claims)

    def _complete(self) -> None:
        contacts = self._contacts()
        if contacts is None:
            return
        with self._store.read() as session:
            if not outbox.lacking(session, contacts, self._clock()):
                return
        with self._store.write() as session:
            outbox.complete(session, contacts, self._clock())

    def _tell(self) -> None:
        with self._store.read() as session:
            late = outbox.overdue(session, self._clock())
        found = list(self._problems())
        if late:
            found.append("alerts are overdue")
        for problem in found:
            if time.monotonic() - self._told.get(problem, -TOLD_AGAIN) >= TOLD_AGAIN:
                self._told[problem] = time.monotonic()
                logger.error("%s%s", problem, f": {late}" if problem == "alerts are overdue" else "")
        for problem in set(self._told) - set(found):
            del self._told[problem]
            logger.warning("no longer so: %s", problem)

    def _beat(self) -> None:
        with self._store.write() as session:
            heartbeats.beat(session, heartbeats.WORKER, self._clock())

    def _guarded(self, what: str, step: Callable[[], object]) -> bool:
        try:
            step()
        except Exception as error:  # its text may hold a statement's values
            logger.error("%s: %s", what, type(error).__name__)
            return False
        return True
