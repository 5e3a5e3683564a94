"""The stream of a conversation: what it says, in what order, and when it says that it is still there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from bot.care import messages, visitors
from bot.care.database import Store
from bot.care.tables import Conversation
from bot.gateway.live import Hub
from bot.gateway.widget import events
from bot.replies import Reply

HELLO = Reply(text="Hello.", kind="answer", section="Purpose")


def say(store: Store, text: str) -> None:
    received = messages.receive(store, "web", "ann", text, None, "page")
    with store.write() as session:
        messages.answer(session, received.id, [HELLO], "rasa")


async def some(stream: AsyncIterator[str], count: int) -> list[int]:
    """The positions of so many events."""
    found = []
    for _ in range(count):
        part = await asyncio.wait_for(stream.__anext__(), 20)
        found.append(json.loads(part.split("data: ", 1)[1])["position"])
    return found


def test_what_was_said_comes_first_and_then_what_is_said_meanwhile(store: Store) -> None:
    conversation = visitors.agree(store, "ann", "words")
    say(store, "one")

    async def scenario() -> None:
        hub = Hub(store)
        stream = events.stream(hub, store, "ann", conversation, 0)
        assert await some(stream, 2) == [1, 2]
        waiting = asyncio.create_task(some(stream, 2))
        await asyncio.to_thread(say, store, "two")
        hub.wake(conversation)
        assert await waiting == [3, 4]
        later = events.stream(hub, store, "ann", conversation, 3)
        assert await some(later, 1) == [4]
        hub.close()
        assert [part async for part in stream] == []
        await later.aclose()

    asyncio.run(scenario())


def test_news_that_comes_while_a_page_is_read_to_is_not_lost(store: Store) -> None:
    conversation = visitors.agree(store, "ann", "words")
    say(store, "one")

    async def scenario() -> None:
        hub = Hub(store)
        stream = events.stream(hub, store, "ann", conversation, 0)
        assert await some(stream, 1) == [1]
        await asyncio.to_thread(say, store, "two")  # between two events of one look
        hub.wake(conversation)
        assert await some(stream, 3) == [2, 3, 4]
        await stream.aclose()

    asyncio.run(scenario())


def test_a_silent_stream_says_that_it_is_still_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.01)
    conversation = visitors.agree(store, "ann", "words")

    async def scenario() -> None:
        stream = events.stream(Hub(store), store, "ann", conversation, 0)
        for _ in range(2):
            part = await asyncio.wait_for(stream.__anext__(), 20)
            assert part.startswith(":")
            assert part.endswith("\n\n")
        await stream.aclose()

    asyncio.run(scenario())


def test_who_has_gone_is_listened_for_no_more(store: Store) -> None:
    conversation = visitors.agree(store, "ann", "words")
    say(store, "one")

    async def scenario() -> int:
        hub = Hub(store)
        stream = events.stream(hub, store, "ann", conversation, 0)
        await some(stream, 1)
        await stream.aclose()
        return len(hub._waiting)

    assert asyncio.run(scenario()) == 0


def test_a_conversation_under_another_name_by_now_is_not_read_on(store: Store) -> None:
    conversation = visitors.agree(store, "ann", "words")
    say(store, "one")
    with store.write() as session:
        session.get(Conversation, conversation).name = "forgotten-1"

    async def scenario() -> list[str]:
        return [part async for part in events.stream(Hub(store), store, "ann", conversation, 0)]

    assert asyncio.run(scenario()) == [events.GONE]
