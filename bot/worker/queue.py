"""The task queue: Huey over an SQLite file of its own. It may be lost: the sweep fills it again from the tables."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from huey import SqliteHuey
from huey.consumer import Consumer

from bot.care.outbox import Claim

THREADS = 8
_LONGEST_LOOK = 0.5  # seconds between two looks into an empty queue

logger = logging.getLogger(__name__)


class Queue:
    """Runs `deliver` for each claim put in, in one of `THREADS` threads."""

    def __init__(self, file: Path, deliver: Callable[[Claim], object]) -> None:
        self._huey = _open(file)

        def attempt(alert_id: str, lease: str) -> None:
            try:
                deliver(Claim(alert_id, lease))
            except Exception as error:  # its lease runs out, and it is tried again
                logger.error("the attempt at alert %s broke off: %s", alert_id, type(error).__name__)

        self._task = self._huey.task(name="attempt")(attempt)

    def put(self, claim: Claim) -> None:
        """Puts a claim in."""
        self._task(claim.alert_id, claim.lease)

    def waiting(self) -> int:
        """How many claims wait to be begun."""
        return int(self._huey.pending_count())

    def consumer(self) -> Consumer:
        """What runs the threads; its `run` returns on SIGTERM."""
        return self._huey.create_consumer(
            workers=THREADS,
            periodic=False,
            max_delay=_LONGEST_LOOK,
            graceful_signal="TERM",
            shutdown_timeout=8,
        )


def _open(file: Path) -> SqliteHuey:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for again in (True, False):
        file.touch(mode=0o600, exist_ok=True)
        try:
            return SqliteHuey("hipline", filename=str(file), results=False, fsync=False)
        except sqlite3.OperationalError:  # locked, or no space: the supervisor tries again
            raise
        except sqlite3.DatabaseError:
            if not again:
                raise
            logger.error("the queue's file is broken, and made anew; the tables hold all that is due")
            for part in file.parent.glob(f"{file.name}*"):
                part.unlink()
    raise AssertionError("unreachable")
