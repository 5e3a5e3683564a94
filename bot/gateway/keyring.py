"""Which API keys are let in."""

from __future__ import annotations

import hmac

from anyio import to_thread

from bot.care import keys
from bot.care.database import Store


class Keyring:
    """The key of the settings, and those of the database. Keys are never taken back, so a known one is remembered."""

    def __init__(self, store: Store, given: str) -> None:
        self._store, self._given = store, given
        self._known: set[str] = set()

    async def accept(self, key: str) -> bool:
        """Whether `key` is a known one."""
        if self._given and hmac.compare_digest(key.encode(), self._given.encode()):
            return True
        digest = keys.digest(key)
        if digest not in self._known and await to_thread.run_sync(self._look_up, key):
            self._known.add(digest)
        return digest in self._known

    def _look_up(self, key: str) -> bool:
        with self._store.read() as session:
            return keys.is_known(session, key)
