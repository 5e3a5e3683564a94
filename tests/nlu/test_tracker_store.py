"""Rasa's memory of conversations, with Rasa's own trackers and events."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import datafiles
from bot.nlu.tracker_store import CONVERSATIONS, EVENTS, BoundedTrackerStore
from bot.settings import ROOT

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet]
actions: [action_smalltalk]
slots:
  topic:
    type: any
    influence_conversation: false
    mappings: [{type: custom}]
"""
)


@pytest.fixture
def store() -> BoundedTrackerStore:
    return BoundedTrackerStore(DOMAIN)


async def talk(store: BoundedTrackerStore, name: str, *texts: str) -> None:
    """What Rasa does in a turn: three events for each text."""
    tracker = await store.get_or_create_tracker(name, append_action_listen=False)
    for text in texts:
        tracker.update(UserUttered(text, intent={"name": "greet", "confidence": 1.0}), DOMAIN)
        tracker.update(ActionExecuted("action_smalltalk"), DOMAIN)
        tracker.update(ActionExecuted("action_listen"), DOMAIN)
    await store.save(tracker)


def texts(tracker: DialogueStateTracker | None) -> list[str]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_what_was_said_is_remembered_by_conversation(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        await talk(store, "anna", "hello", "again")
        await talk(store, "bert", "good morning")
        assert texts(await store.retrieve("anna")) == ["hello", "again"]
        assert texts(await store.retrieve("bert")) == ["good morning"]
        assert await store.retrieve("carla") is None

    asyncio.run(scenario())


def test_slots_are_remembered(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        tracker = await store.get_or_create_tracker("anna")
        tracker.update(SlotSet("topic", "onset"), DOMAIN)
        await store.save(tracker)
        again = await store.retrieve("anna")
        assert again is not None
        assert again.get_slot("topic") == "onset"

    asyncio.run(scenario())


def test_of_a_long_conversation_the_last_events_are_kept_and_no_more(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        for number in range(40):
            await talk(store, "anna", f"message {number}")
        tracker = await store.retrieve("anna")
        assert tracker is not None
        assert len(tracker.events) == EVENTS
        assert texts(tracker) == [f"message {number}" for number in range(40 - EVENTS // 3, 40)]

    asyncio.run(scenario())


def test_what_is_kept_of_a_long_conversation_does_not_grow(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        sizes = []
        for number in range(40):
            await talk(store, "anna", f"message {number:03}")
            sizes.append(len(store.store["anna"].events))
        assert sizes[-1] < 1.1 * sizes[EVENTS // 3]

    asyncio.run(scenario())


def test_a_turn_that_fails_half_way_leaves_what_was_kept_before(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        await talk(store, "anna", "hello")
        tracker = await store.get_or_create_tracker("anna")
        tracker.update(UserUttered("never stored", intent={"name": "greet", "confidence": 1.0}), DOMAIN)
        assert texts(await store.retrieve("anna")) == ["hello"]

    asyncio.run(scenario())


def test_a_session_that_has_begun_anew_is_told_from_the_one_before(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        await talk(store, "anna", "before")
        tracker = await store.get_or_create_tracker("anna", append_action_listen=False)
        tracker.update(ActionExecuted("action_session_start"), DOMAIN)
        tracker.update(SessionStarted(), DOMAIN)
        tracker.update(ActionExecuted("action_listen"), DOMAIN)
        await store.save(tracker)
        await talk(store, "anna", "after")
        assert texts(await store.retrieve("anna")) == ["after"]

    asyncio.run(scenario())


def test_the_conversations_longest_silent_are_forgotten_first(store: BoundedTrackerStore) -> None:
    async def scenario() -> None:
        await talk(store, "anna", "hello")
        await talk(store, "bert", "hello")
        tracker = DialogueStateTracker("none", DOMAIN.slots)
        for number in range(CONVERSATIONS - 2):
            tracker.sender_id = f"visitor {number}"
            await store.save(tracker)
        assert len(store.store) == CONVERSATIONS
        await talk(store, "anna", "I am still here")
        tracker.sender_id = "one more"
        await store.save(tracker)
        assert len(store.store) == CONVERSATIONS
        assert "bert" not in store.store
        assert "visitor 0" in store.store
        assert texts(await store.retrieve("anna")) == ["hello", "I am still here"]

    asyncio.run(scenario())


def test_endpoints_yml_gives_rasa_this_store() -> None:
    endpoints = datafiles.read(ROOT / "endpoints.yml")
    config = EndpointConfig.from_dict(dict(endpoints["tracker_store"]))
    made = TrackerStore.create(config, domain=DOMAIN)
    # Rasa wraps it in one that survives failures.
    assert isinstance(getattr(made, "_tracker_store", made), BoundedTrackerStore)
