"""The hip joint and what lies around it."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionAnatomy(TopicAction):
    """Joint and surrounding structures."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_anatomy"
