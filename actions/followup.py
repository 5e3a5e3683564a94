"""One aspect of the topic that was talked of before: why, how common, how long."""

from __future__ import annotations

from actions.base import HiplineAction
from actions.turn import Turn
from bot.knowledge import Aspect
from bot.replies import Reply
from bot.speech import STARTERS, Speech

ASPECTS: dict[str, Aspect] = {
    "followup_why": "why",
    "followup_how_common": "how_common",
    "followup_how_long": "how_long",
    "followup_how_serious": "how_serious",
    "followup_what_to_do": "what_to_do",
    "followup_more": "rephrased",
}


class ActionFollowup(HiplineAction):
    """An aspect of the last topic; without a topic it asks which one is meant."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_followup"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The aspect's line."""
        if turn.last_topic is None or not say.knows(turn.last_topic):
            return [say.say("followup_nothing", "clarify", offer=STARTERS)]
        return [say.aspect(turn.last_topic, ASPECTS[turn.intent])]
