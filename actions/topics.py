"""The base of the actions that answer topics of one subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import Speech

MOST = 2  # answers to one message
_DOUBTS = 2  # other topics that are offered first, where the question may have been about them
_SAID_OFTEN = 2  # who asks a third time was not helped by the answer as it stands


class TopicAction(HiplineAction):
    """Answers the topic that the intent names. `offers`: what an overview offers in place of its next topics."""

    offers: Mapping[str, Sequence[str]] = {}

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The topic's answer; where the message clearly asks a second thing, that one's too, in the order asked."""
        asked = list(dict.fromkeys(intent for intent in turn.questions if say.knows(intent)))
        if turn.intent not in asked:
            asked = [turn.intent]
        return [self._reply(topic, turn, say) for topic in asked[:MOST]]

    def _reply(self, topic: str, turn: Turn, say: Speech) -> Reply:
        if turn.asked.get(topic, 0) >= _SAID_OFTEN:
            return say.again(topic)
        doubts = [other for other in turn.plausible(say.knows) if other != topic] if topic == turn.intent else []
        return say.topic(topic, offer=self.offers.get(topic, ()), before=doubts[:_DOUBTS])
