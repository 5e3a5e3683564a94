"""Symptoms that somebody has now. What counts as which is `shared` triage guidance, for a clinician to review."""

from __future__ import annotations

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Kind, Reply, Urgency
from bot.speech import Speech

_LEVELS: dict[str, tuple[Kind, Urgency]] = {
    "symptom_emergency": ("escalation", "emergency"),
    "symptom_crisis": ("crisis", "emergency"),
    "symptom_urgent": ("escalation", "urgent"),
    "symptom_routine": ("self_care", "routine"),
}


class ActionSymptoms(HiplineAction):
    """Tells how urgent it is and whom to call. The gateway records what is urgent."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_symptoms"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The text of the level."""
        kind, urgency = _LEVELS[turn.intent]
        return [say.say(turn.intent.removeprefix("symptom_"), kind, urgency=urgency)]
