"""What an action knows of the message that it answers, read from Rasa's tracker once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rasa_sdk import Tracker

FALLBACK_INTENT = "nlu_fallback"
PLAUSIBLE = 0.05  # an intent less likely than this is not worth a button


@dataclass(frozen=True)
class Turn:
    """One message: its intent and the ranking of the others, its door, and what the conversation was about before."""

    intent: str
    ranking: tuple[tuple[str, float], ...]  # intent and probability, the likeliest first, the fallback left out
    channel: str
    text: str = ""
    questions: tuple[str, ...] = ()  # intents that parts of the message clearly have, in their order
    last_topic: str | None = None
    last_kind: str | None = None
    category: str | None = None  # what the symptom is, where one was judged
    asked: Mapping[str, int] = field(default_factory=dict)  # how often each topic was answered of late

    def plausible(self, knows: Callable[[str], bool]) -> list[str]:
        """The intents that `knows` lets through and the message may well have, the likeliest first."""
        return [intent for intent, share in self.ranking if share >= PLAUSIBLE and knows(intent)]

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        """The turn of the latest message. The gateway sends along what was before; in Rasa's shell the slots tell."""
        latest = tracker.latest_message or {}
        metadata = latest.get("metadata") or {}
        context = metadata.get("context") or {
            "topic": tracker.get_slot("topic"),
            "kind": tracker.get_slot("last_kind"),
        }
        return cls(
            intent=(latest.get("intent") or {}).get("name") or FALLBACK_INTENT,
            ranking=tuple(
                (entry["name"], float(entry["confidence"]))
                for entry in latest.get("intent_ranking") or []
                if entry["name"] != FALLBACK_INTENT
            ),
            text=latest.get("text") or "",
            channel=metadata.get("channel") or tracker.get_latest_input_channel() or "",
            questions=tuple(latest.get("questions") or ()),
            last_topic=context.get("topic"),
            last_kind=context.get("kind"),
            category=(metadata.get("triage") or latest.get("triage") or {}).get("category"),
            asked=context.get("asked") or {},
        )
