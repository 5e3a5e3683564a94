"""Personal medical decisions: never taken here; what the document says in general, and the person's own clinician."""

from __future__ import annotations

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import Speech

# A topic this likely beside the decision is what the person asked about ("may I stop my warfarin": preparation).
RELATED = 0.08


class ActionPersonalDecision(HiplineAction):
    """The boundary, with the general answer of the topic that the question touches."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_personal_decision"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """One reply: the decision is not ours, and what holds in general."""
        related = (intent for intent, share in turn.ranking if say.knows(intent) and share >= RELATED)
        return [say.boundary(next(related, None))]
