"""The base of all actions: whatever happens inside, the person gets a reply."""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ACTION_LISTEN_NAME

from actions.turn import Turn
from bot import speech
from bot.replies import Reply
from bot.settings import PREFIX
from bot.speech import Speech

logger = logging.getLogger(__name__)

# The gateway's channel reads payloads; everything else (Rasa's shell, say) reads text and buttons.
PAYLOAD_CHANNEL = "hipline"

# Said when not even the texts can be read. Everything else that is said stands in bot/knowledge/.
LAST_RESORT = "I'm sorry, I can't answer right now. Please call the clinic. In an emergency, call 911."


class HiplineAction(Action, ABC):
    """An action that says replies. A subclass gives `name` and `replies`."""

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain. Abstract, so that rasa-sdk does not register the bases themselves."""

    @abstractmethod
    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """What to answer."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Says the replies; remembers topic and kind. An error is logged without anybody's words, and said honestly."""
        try:
            turn = Turn.of(tracker)
            replies = self.replies(turn, speech.current().by(turn.channel))
        except Exception as error:  # whatever it is, the turn must not fail
            at = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s failed: %s at %s:%s", self.name(), type(error).__name__, at.filename, at.lineno)
            replies = [_failure()]
        for reply in replies:
            _send(dispatcher, tracker, reply)
        if tracker.get_latest_input_channel() == PAYLOAD_CHANNEL:
            # The gateway remembers what was said. Rasa's policies need not be asked whether the turn ends here.
            return [FollowupAction(ACTION_LISTEN_NAME)]
        topic = next((reply.topic for reply in reversed(replies) if reply.topic), None)
        events = [_slot("last_kind", replies[-1].kind)] if replies else []
        return events + ([_slot("topic", topic)] if topic else [])


def _failure() -> Reply:
    try:
        return speech.current().say("failed", "clarify")
    except Exception as error:
        logger.error("no texts: %s (run ./hipline check; settings start with %s)", type(error).__name__, PREFIX)
        return Reply(text=LAST_RESORT, kind="clarify")


def _send(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply) -> None:
    if tracker.get_latest_input_channel() == PAYLOAD_CHANNEL:
        dispatcher.utter_message(json_message=reply.dict())
        return
    buttons = [{"title": b.title, "payload": f"/{b.topic}" if b.topic else b.text} for b in reply.buttons]
    source = f"\n({reply.section})" if reply.section and reply.kind == "answer" else ""
    dispatcher.utter_message(text=reply.text + source, buttons=buttons)


def _slot(name: str, value: str) -> dict[str, Any]:
    return {"event": "slot", "timestamp": None, "name": name, "value": value}
