"""What a hip injection is, and why some call it an infusion."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionTerminology(TopicAction):
    """Infusion against injection, and the procedure in a few words."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_terminology"
