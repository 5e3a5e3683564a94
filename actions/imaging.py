"""Why pictures guide the needle, and what the dye is for."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionImaging(TopicAction):
    """X-ray and ultrasound guidance, contrast dye."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_imaging"
