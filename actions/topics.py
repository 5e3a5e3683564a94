"""The base of the actions that answer topics of one subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import Speech


class TopicAction(HiplineAction):
    """Answers the topic that the intent names. `offers`: what an overview offers in place of its next topics."""

    offers: Mapping[str, Sequence[str]] = {}

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The topic's answer."""
        return [say.topic(turn.intent, offer=self.offers.get(turn.intent, ()))]
