from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import HiplineAction
from bot import speech
from bot.settings import PREFIX

TRACKERS = Path(__file__).parent / "trackers"
CLINIC = {"NAME": "Lakeside Hip Clinic", "PHONE": "(202) 555-0142", "HOURS": "weekdays from 8 to 5"}

Run = Callable[..., "Said"]


class Said:
    """What an action said and did."""

    def __init__(self, dispatcher: CollectingDispatcher, events: list[dict[str, Any]]) -> None:
        self.messages, self.events = dispatcher.messages, events

    @property
    def replies(self) -> list[dict[str, Any]]:
        return [message["custom"] for message in self.messages]

    @property
    def topics(self) -> list[str]:
        return [reply["topic"] for reply in self.replies]


def tracker(name: str, **latest: Any) -> Tracker:
    """The tracker of a fixture file, with parts of its latest message replaced."""
    state = json.loads((TRACKERS / f"{name}.json").read_text(encoding="utf-8"))
    state["latest_message"].update(latest)
    return Tracker.from_dict(state)


@pytest.fixture(autouse=True)
def clinic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A clinic of our own: neither the developer's environment nor a clinic.yml in the checkout is read."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    (tmp_path / "clinic.yml").write_text("", encoding="utf-8")
    monkeypatch.setenv("HIPLINE_CONFIG", str(tmp_path / "clinic.yml"))
    for name, value in CLINIC.items():
        monkeypatch.setenv(f"HIPLINE_CLINIC_{name}", value)
    speech.current.cache_clear()
    yield
    speech.current.cache_clear()


@pytest.fixture
def run() -> Run:
    def _run(action: HiplineAction, fixture: str = "asked", intent: str = "onset", **latest: Any) -> Said:
        dispatcher = CollectingDispatcher()
        ranking = latest.pop("ranking", [(intent, 0.9)])
        told = tracker(
            fixture,
            intent={"name": intent, "confidence": ranking[0][1]},
            intent_ranking=[{"name": name, "confidence": share} for name, share in ranking],
            **latest,
        )
        return Said(dispatcher, action.run(dispatcher, told, {}))

    return _run
