"""Server-sent events of the desk: a page hears of news at once, and no longer than its session lasts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import Request
from fastapi.responses import StreamingResponse

from bot.gateway.desk.access import member_of
from bot.gateway.desk.pages import HEADERS
from bot.gateway.live import Hub
from bot.gateway.state import State

EVERY = 10.0  # seconds: so often a page is told how things stand, and its session is looked at, news or not
PAUSE = 0.2  # seconds between two tellings: a burst of news is told once
BEAT = ": well\n\n"  # keeps proxies from closing the line

Tell = Callable[[bool], Awaitable[str]]
Allowed = Callable[[], Awaitable[bool]]


def event(name: str, data: str, position: int | None = None) -> str:
    """One event as it goes over the wire; `position` is where a page that lost its line goes on."""
    number = [] if position is None else [f"id: {position}"]
    lines = [*number, f"event: {name}", *(f"data: {part}" for part in data.splitlines() or [""])]
    return "\n".join(lines) + "\n\n"


async def stream(hub: Hub, topic: str, tell: Tell, allowed: Allowed) -> AsyncIterator[str]:
    """What `tell` gives at once, with each piece of news of `topic` (as in `Hub.listening`), and every `EVERY` seconds.

    `tell` is told whether there were news. Ends, saying so, as soon as a look says that this browser is not allowed.
    """
    async with hub.listening(topic) as news:
        is_news = True
        while True:
            news.clear()
            yield await tell(is_news) or BEAT
            await asyncio.sleep(PAUSE)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(news.wait(), EVERY)
            is_news = news.is_set()
            if not await allowed():
                yield event("ended", "")
                return


def response(request: Request, state: State, topic: str, tell: Tell) -> StreamingResponse:
    """The same as an answer to a request, for as long as its session lasts."""

    async def allowed() -> bool:
        return await member_of(request, state) is not None

    headers = {**HEADERS, "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(state.hub, topic, tell, allowed), media_type="text/event-stream", headers=headers)
