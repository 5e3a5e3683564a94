"""Rasa's memory of conversations, bounded: the gateway keeps the history and sends what matters along."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.trackers import DialogueStateTracker

CONVERSATIONS = 2000  # the ones longest silent are forgotten first
EVENTS = 16  # of one conversation, its last two turns: Rasa replays them all at every turn


class BoundedTrackerStore(InMemoryTrackerStore):
    """An in-memory store that never grows past `CONVERSATIONS` conversations of `EVENTS` events.

    It keeps the events as they are: Rasa's own writes them as JSON and reads them again at each turn.
    """

    store: OrderedDict[str, Dialogue]

    def __init__(self, domain: Any, event_broker: Any = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)  # Rasa gives the endpoint's address to every store
        super().__init__(domain, event_broker, **kwargs)
        self.store = OrderedDict()

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """An empty tracker, into which the stored events are put: it keeps the last ones."""
        return DialogueStateTracker(sender_id, self.domain.slots, max_event_history=EVENTS)

    def deserialise_tracker(self, sender_id: str, serialised_tracker: Any) -> DialogueStateTracker:
        """The tracker of the stored events."""
        tracker = self.init_tracker(sender_id)
        tracker.recreate_from_dialogue(serialised_tracker)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keeps the events of `tracker`, and forgets the oldest conversation where there are too many."""
        await self.stream_events(tracker)
        self.store[tracker.sender_id] = tracker.as_dialogue()
        self.store.move_to_end(tracker.sender_id)
        while len(self.store) > CONVERSATIONS:
            self.store.popitem(last=False)
