"""Many open pages on one gateway: `python -m benchmarks.pages http://127.0.0.1:8000 KEY`.

Opens 200 streams of events, one a visitor, and prints how long it takes from a message's sending to its place on its
page, and how long `/api/messages` takes with and without them, in turns. To loopback alone; the Hipline needs
HIPLINE_VISITOR_LIMIT=100000/minute, as all visitors come from one address here.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import numpy as np

from benchmarks.latency import QUESTIONS, show

PAGES = 200
SAID = 100  # messages whose way to the page is timed
ASKED = 60  # over the API, in each of the rounds
ROUNDS = 2
_PATIENCE = 30.0  # seconds


def _now() -> float:
    """In milliseconds."""
    return 1000 * time.perf_counter()


class Page:
    """A visitor's page. `heard` has the time of each entry by its number; `news` is set with each."""

    def __init__(self, client: httpx.AsyncClient, wording: str) -> None:
        self._client, self._wording = client, wording
        self._headers = {"Authorization": f"Visitor {secrets.token_urlsafe(32)}"}
        self.heard: dict[int, float] = {}
        self.news, self.opened = asyncio.Event(), asyncio.Event()

    async def agree(self) -> None:
        """So that it may begin."""
        response = await self._client.post(
            "/widget/consent", json={"wording": self._wording}, headers=self._headers, timeout=_PATIENCE
        )
        response.raise_for_status()

    async def listen(self) -> None:
        """Hears what is said, until it is cancelled."""
        timeout = httpx.Timeout(_PATIENCE, read=60.0)
        async with self._client.stream("GET", "/widget/events", headers=self._headers, timeout=timeout) as response:
            response.raise_for_status()
            self.opened.set()
            async for line in response.aiter_lines():
                if line.startswith("id: "):
                    self.heard[int(line[4:])] = _now()
                    self.news.set()

    async def say(self, text: str) -> tuple[float, float]:
        """Sends a message; the milliseconds until it stands on the page, and until its answer does."""
        first = len(self.heard) + 1
        begun = _now()
        response = await self._client.post(
            "/widget/messages",
            json={"text": text, "message_id": secrets.token_hex(16), "after": first - 1},
            headers=self._headers,
            timeout=_PATIENCE,
        )
        response.raise_for_status()
        while len(self.heard) < first + 1:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), _PATIENCE)
        return self.heard[first] - begun, self.heard[first + 1] - begun


@asynccontextmanager
async def open_pages(client: httpx.AsyncClient, count: int) -> AsyncIterator[list[Page]]:
    """So many pages with a stream each."""
    html = (await client.get("/widget", timeout=_PATIENCE)).text
    [wording] = re.findall(r'name="wording" value="(\w+)"', html)
    pages = [Page(client, wording) for _ in range(count)]
    for page in pages:
        await page.agree()
    streams = [asyncio.create_task(page.listen()) for page in pages]
    try:
        for page in pages:
            await asyncio.wait_for(page.opened.wait(), _PATIENCE)
        yield pages
    finally:
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)


async def over_the_api(client: httpx.AsyncClient, key: str) -> list[float]:
    """The milliseconds that each of `ASKED` messages takes, each in a conversation of its own."""
    taken = []
    for number in range(ASKED):
        body = {"conversation": secrets.token_hex(8), "channel": "web", "text": QUESTIONS[number % len(QUESTIONS)]}
        begun = _now()
        response = await client.post(
            "/api/messages", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=_PATIENCE
        )
        response.raise_for_status()
        taken.append(_now() - begun)
    return taken


async def main(url: str, key: str) -> None:
    """Measures and prints."""
    limits = httpx.Limits(max_connections=PAGES + 20, max_keepalive_connections=20)
    async with httpx.AsyncClient(base_url=url, limits=limits, trust_env=False) as client:
        await over_the_api(client, key)  # nothing is timed before all parts are warm
        without: list[float] = []
        beside: list[float] = []
        own: list[float] = []
        answers: list[float] = []
        for _ in range(ROUNDS):
            without += await over_the_api(client, key)
            async with open_pages(client, PAGES) as pages:
                beside += await over_the_api(client, key)
                for number in range(SAID // ROUNDS):
                    said, answered = await pages[number % len(pages)].say(QUESTIONS[number % len(QUESTIONS)])
                    own.append(said)
                    answers.append(answered)
        show("api, no page is open", without)
        show(f"api, {PAGES} are open", beside)
        show("message to its page", own)
        show("message to its answer", answers)
        print(f"95th percentile of a message to its page: {np.percentile(own, 95):.1f} ms")


if __name__ == "__main__":
    if not sys.argv[2:] or "127.0.0.1" not in sys.argv[1]:
        sys.exit("give the address of a Hipline on this machine (http://127.0.0.1:8000), and a key")
    asyncio.run(main(*sys.argv[1:3]))
