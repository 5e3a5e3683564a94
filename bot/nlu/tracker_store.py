"""Rasa's memory of conversations, bounded: the gateway keeps the history and sends what matters along."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

KEPT = 2000  # conversations; the ones longest silent are forgotten first


class BoundedTrackerStore(InMemoryTrackerStore):
    """An in-memory store that never grows past `KEPT` conversations."""

    def __init__(self, domain: Any, event_broker: Any = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)  # Rasa gives the endpoint's address to every store
        super().__init__(domain, event_broker, **kwargs)
        self.store: OrderedDict[str, str] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Saves `tracker`, and forgets the oldest where there are too many."""
        await super().save(tracker)
        self.store.move_to_end(tracker.sender_id)
        while len(self.store) > KEPT:
            self.store.popitem(last=False)
