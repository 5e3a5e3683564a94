"""Rasa's memory of conversations, bounded: the gateway keeps the history and sends what matters along."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

CONVERSATIONS = 2000  # the ones longest silent are forgotten first
EVENTS = 24  # of one conversation, its last three or four turns: Rasa replays them all at every turn


class BoundedTrackerStore(InMemoryTrackerStore):
    """An in-memory store that never grows past `CONVERSATIONS` conversations of `EVENTS` events."""

    def __init__(self, domain: Any, event_broker: Any = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)  # Rasa gives the endpoint's address to every store
        super().__init__(domain, event_broker, **kwargs)
        self.store: OrderedDict[str, str] = OrderedDict()

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """An empty tracker, into which the stored events are read: it keeps the last ones."""
        return DialogueStateTracker(sender_id, self.domain.slots, max_event_history=EVENTS)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Saves `tracker`, and forgets the oldest where there are too many."""
        await super().save(tracker)
        self.store.move_to_end(tracker.sender_id)
        while len(self.store) > CONVERSATIONS:
            self.store.popitem(last=False)
