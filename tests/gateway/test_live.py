from __future__ import annotations

import asyncio

import pytest

from bot.care import messages
from bot.care.database import Store
from bot.gateway import live
from bot.gateway.live import ALL, Hub


def test_news_wakes_those_who_wait_for_it_and_nobody_else(store: Store) -> None:
    async def scenario() -> list[bool]:
        hub = Hub(store)
        async with hub.listening("ann") as ann, hub.listening("bob") as bob, hub.listening(ALL) as desk:
            hub.wake("ann")
            return [event.is_set() for event in (ann, bob, desk)]

    assert asyncio.run(scenario()) == [True, False, True]


def test_what_another_process_wrote_is_news_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY", 0.01)

    async def scenario() -> None:
        hub = Hub(store)
        looking = asyncio.create_task(hub.run())
        received = await asyncio.to_thread(messages.receive, store, "web", "ann", "hi", None)
        async with hub.listening(received.conversation_id) as event:
            await asyncio.wait_for(event.wait(), 10)
            event.clear()
            await asyncio.sleep(0.1)
            assert not event.is_set()  # the same news once
        looking.cancel()

    asyncio.run(scenario())


def test_nobody_is_kept_who_has_gone(store: Store) -> None:
    async def scenario() -> int:
        hub = Hub(store)
        async with hub.listening("ann"):
            pass
        return len(hub._waiting)

    assert asyncio.run(scenario()) == 0


def test_at_the_end_all_who_wait_are_woken_for_good(store: Store) -> None:
    async def scenario() -> list[bool]:
        hub = Hub(store)
        async with hub.listening("ann") as ann, hub.listening(ALL) as desk:
            assert not hub.is_closing
            hub.close()
            return [ann.is_set(), desk.is_set(), hub.is_closing]

    assert asyncio.run(scenario()) == [True, True, True]
