"""The base of the actions that answer topics of one subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import Speech

MOST = 2  # answers to one message


class TopicAction(HiplineAction):
    """Answers the topic that the intent names. `offers`: what an overview offers in place of its next topics."""

    offers: Mapping[str, Sequence[str]] = {}

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The topic's answer; where the message clearly asks a second thing, that one's too, in the order asked."""
        asked = list(dict.fromkeys(intent for intent in turn.questions if say.knows(intent)))
        if turn.intent not in asked:
            asked = [turn.intent]
        return [say.topic(topic, offer=self.offers.get(topic, ())) for topic in asked[:MOST]]
