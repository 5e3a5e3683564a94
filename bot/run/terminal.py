"""`hipline ask` and `hipline chat`: the same way as any other message takes, through the gateway."""

from __future__ import annotations

import asyncio
import secrets
import textwrap
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bot.run import up
from bot.settings import Settings

_WIDTH = 88


class TalkError(RuntimeError):
    """The gateway refused a message, or did not answer."""


class Line:
    """One conversation with a running gateway."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client, self._name = client, f"terminal-{secrets.token_hex(8)}"

    async def say(self, text: str) -> str:
        """The replies to `text`, ready to print. Raises `TalkError`."""
        body = {"conversation": self._name, "channel": "desk", "text": text}
        try:
            response = await self._client.post("/api/messages", json=body)
        except httpx.HTTPError as error:
            raise TalkError(
                f"Hipline does not answer ({type(error).__name__}): see the logs in its state folder"
            ) from None
        answer = response.json()
        if response.is_error:
            raise TalkError(answer["error"]["message"])
        return "\n\n".join(_shown(reply) for reply in answer["replies"])


async def with_hipline(settings: Settings, say: up.Say, talk: Callable[..., Awaitable[None]], *arguments: str) -> None:
    """Calls `talk` with a line to the Hipline that runs here, or to one started for it. Raises as `up` does."""
    try:
        async with _client(settings, settings.gateway_url) as client:
            if (await client.get("/healthz")).is_success:
                await talk(Line(client), *arguments)
                return
    except (httpx.HTTPError, up.UpError):
        pass
    say("No Hipline runs here, so one is started for this (about half a minute); ./hipline up keeps one running.")
    with up.only_one(settings):
        trained = await asyncio.to_thread(up.prepare, settings, say)
        async with up.running(settings, trained, say) as url, _client(settings, url) as client:
            await talk(Line(client), *arguments)


async def ask(line: Line, question: str) -> None:
    """One question, one answer."""
    print(await line.say(question))  # noqa: T201 - the answer is the output


async def chat(line: Line) -> None:
    """Questions until an empty line or the end of the input."""
    print("Ask about hip injections. An empty line ends it.")  # noqa: T201
    while True:
        try:
            text = await asyncio.to_thread(input, "\nyou> ")
        except EOFError:
            return
        if not text.strip():
            return
        try:
            print("\n" + await line.say(text))  # noqa: T201
        except TalkError as error:
            print(f"({error})")  # noqa: T201


def _client(settings: Settings, url: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {up.local_key(settings)}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=15.0, trust_env=False)


def _shown(reply: dict[str, Any]) -> str:
    lines = [textwrap.fill(line, _WIDTH) for line in reply["text"].split("\n")]
    if reply["section"]:
        lines.append(f"[{reply['section']}]")
    lines += [f"  {number}. {button['title']}" for number, button in enumerate(reply["buttons"], 1)]
    return "\n".join(lines)
