"""What people asked to be forgotten, and somebody had to look at first: deleted here, as soon as they have."""

from __future__ import annotations

import logging

from bot.care import forgetting
from bot.care.database import Store

logger = logging.getLogger(__name__)


class Forgotten:
    """Deletes the conversations of `forgetting` that nobody needs any more."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sweep(self) -> int:
        """Returns how many were deleted. Looks first without keeping others from writing."""
        with self._store.read() as session:
            if not forgetting.due(session):
                return 0
        with self._store.write() as session:
            deleted = forgetting.complete(session)
        logger.info("deleted %d conversations that were to be forgotten", deleted)
        return deleted
