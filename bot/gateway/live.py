"""Who waits for news of a conversation in this process, and how they come to hear of it.

What is said may be written by another process (the worker, a second gateway): a look at the table each second finds
that too. Waking somebody in vain is harmless: they read from the position up to which they have read.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import AsyncIterator

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError

from bot.care import timeline
from bot.care.database import Store
from bot.care.tables import now

EVERY = 1.0  # seconds between two looks
_BACK = dt.timedelta(seconds=20)  # longer than a transaction takes from its entry's time to its end
ALL = "*"  # news of any conversation

logger = logging.getLogger(__name__)


class Hub:
    """Wakes those who wait for a conversation, or for `ALL`. `run` must run for news from other processes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._seen: dict[str, int] = {}
        self.is_closing = False  # those who wait are to end, with what they have

    def close(self) -> None:
        """Wakes everybody for good: the gateway ends. Call it in the event loop."""
        self.is_closing = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    def wake(self, conversation_id: str) -> None:
        """Something happened in a conversation. Call it in the event loop."""
        for name in (conversation_id, ALL):
            for event in self._waiting.get(name, ()):
                event.set()

    @contextlib.asynccontextmanager
    async def listening(self, name: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set with each piece of news; clear it before you read what is new."""
        event = asyncio.Event()
        self._waiting[name].add(event)
        try:
            yield event
        finally:
            self._waiting[name].discard(event)
            if not self._waiting[name]:
                del self._waiting[name]

    async def run(self) -> None:
        """Looks for what other processes wrote, until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if not self._waiting:
                continue
            try:
                found = await to_thread.run_sync(self._look)
            except SQLAlchemyError as error:
                logger.error("news can't be looked for: %s", type(error).__name__)
                continue
            for conversation_id, position in found.items():
                if self._seen.get(conversation_id) != position:
                    self.wake(conversation_id)
            self._seen = found

    def _look(self) -> dict[str, int]:
        with self._store.read() as session:
            return timeline.touched(session, now() - _BACK)
