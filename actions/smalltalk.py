"""Greetings, thanks, and what people say to a machine."""

from __future__ import annotations

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import STARTERS, Speech

_OFFERS_STARTERS = {"greet", "what_can_you_do"}


class ActionSmalltalk(HiplineAction):
    """Answers small talk with the text of the intent's own name."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_smalltalk"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The text; whoever greets in the middle of a conversation is not greeted as a stranger."""
        text = "greet_again" if turn.intent == "greet" and turn.last_kind else turn.intent
        offer = STARTERS if turn.intent in _OFFERS_STARTERS else ()
        return [say.say(text, "smalltalk", offer=offer)]


class ActionAcknowledge(HiplineAction):
    """A bare yes, no or ok that no story knows what to do with."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_acknowledge"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """Acknowledged, and the way on."""
        text = "declined" if turn.intent == "deny" else "acknowledged"
        return [say.say(text, "smalltalk")]
