"""What is said in a conversation, sent to its pages as it is said: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from anyio import to_thread

from bot.care import timeline, visitors
from bot.care.database import Store
from bot.care.timeline import Said
from bot.gateway.live import Hub

HEARTBEAT = 15.0  # seconds between two signs of life, so that a page notices a dead connection
GONE = "event: gone\ndata: {}\n\n"


def as_json(said: Said, helpful: bool | None = None) -> dict[str, Any]:
    """An entry as the page reads it."""
    return {
        "position": said.position,
        "at": said.at.isoformat(),
        "who": said.who,
        "name": said.name,
        "text": said.text,
        "reply": None if said.reply is None else said.reply.dict(exclude={"text"}),
        "message_id": said.external_id,
        "helpful": helpful,
    }


def entries(store: Store, name: str, after: int) -> list[dict[str, Any]] | None:
    """What was said after entry number `after` in a visitor's conversation; None where there is none."""
    with store.read() as session:
        conversation_id = visitors.conversation_id(session, name)
        if conversation_id is None:
            return None
        said = timeline.since(session, conversation_id, after)
        helpful = visitors.ratings(session, conversation_id) if said else {}
    return [as_json(one, helpful.get(one.position)) for one in said]


async def stream(hub: Hub, store: Store, name: str, conversation_id: str, after: int) -> AsyncIterator[str]:
    """Events for each entry after number `after`, with its number as the id; until the conversation is forgotten,
    Hipline ends, or nobody listens any more.
    """
    async with hub.listening(conversation_id) as news:
        while True:
            news.clear()
            found = await to_thread.run_sync(_new, store, name, conversation_id, after)
            if found is None:
                yield GONE
                return
            for entry in found:
                after = entry["position"]
                yield event(entry)
            if hub.is_closing:
                return
            if not news.is_set():
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                if not news.is_set():
                    yield ": still here\n\n"


def event(entry: dict[str, Any]) -> str:
    """One entry as an event."""
    return f"id: {entry['position']}\nevent: entry\ndata: {json.dumps(entry, ensure_ascii=False)}\n\n"


def _new(store: Store, name: str, conversation_id: str, after: int) -> list[dict[str, Any]] | None:
    with store.read() as session:
        if visitors.conversation_id(session, name) != conversation_id:
            return None
    return entries(store, name, after)
