"""What comes after: physical therapy, exercise, and why an injection is no cure."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionRehabilitation(TopicAction):
    """The bridge to rehabilitation, exercise, permanence, repeated injections."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_rehabilitation"
