"""The desk's events: at once, in order, and no longer than the session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.care import database
from bot.care.database import Store
from bot.gateway.desk import live
from bot.gateway.live import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    engine = database.connect(f"sqlite:///{tmp_path / 'live.db'}")
    return Hub(Store(engine))


async def always() -> bool:
    return True


async def first(parts: AsyncIterator[str]) -> str:
    return await asyncio.wait_for(parts.__anext__(), 10)


def test_an_event_has_a_line_for_each_line_of_its_data() -> None:
    assert live.event("entry", "<li>\n</li>", 7) == "id: 7\nevent: entry\ndata: <li>\ndata: </li>\n\n"
    assert live.event("ended", "") == "event: ended\ndata: \n\n"


def test_it_tells_at_once_and_with_each_piece_of_news(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.0)
    told: list[bool] = []

    async def tell(is_news: bool) -> str:
        told.append(is_news)
        return f"{len(told)}"

    async def scenario() -> list[str]:
        parts = live.stream(hub, "ann", tell, always)
        found = [await first(parts)]
        hub.wake("bob")
        hub.wake("ann")
        found.append(await first(parts))
        await parts.aclose()  # type: ignore[attr-defined]
        return found

    assert asyncio.run(scenario()) == ["1", "2"]
    assert told == [True, True]
    assert not hub._waiting


def test_without_news_it_gives_a_sign_of_life(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.0)
    monkeypatch.setattr(live, "EVERY", 0.01)

    async def tell(is_news: bool) -> str:
        return "news" if is_news else ""

    async def scenario() -> list[str]:
        parts = live.stream(hub, "ann", tell, always)
        return [await first(parts), await first(parts)]

    assert asyncio.run(scenario()) == ["news", live.BEAT]


def test_it_ends_with_the_session_before_anything_more_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.0)

    async def tell(_: bool) -> str:
        return "secret"

    async def ended() -> bool:
        return False

    async def scenario() -> list[str]:
        parts = live.stream(hub, "ann", tell, ended)
        found = [await first(parts)]
        hub.wake("ann")
        return [*found, *[part async for part in parts]]

    assert asyncio.run(scenario()) == ["secret", "event: ended\ndata: \n\n"]
