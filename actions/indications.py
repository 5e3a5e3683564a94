"""What a hip injection is for: to find the source of pain, to treat, and each condition."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionIndications(TopicAction):
    """Indications and purposes. The overview offers the conditions that people ask for most."""

    offers = {"indications_overview": ("osteoarthritis", "bursitis", "labral_tear")}

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_indications"
