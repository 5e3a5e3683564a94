"""The day itself: who, how, with what, and what comes before and straight after."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionProcedure(TopicAction):
    """Preparation, the steps, numbing, medicines, aftercare, onset."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_procedure"
