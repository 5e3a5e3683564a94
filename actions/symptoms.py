"""Symptoms that somebody has now, as the pipeline judged them (`bot.nlu.components.UrgencyJudge`)."""

from __future__ import annotations

from typing import cast

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import Speech
from bot.triage.examples import Label


class ActionSymptoms(HiplineAction):
    """Tells how urgent it is and whom to call. The gateway records what is urgent."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_symptoms"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """The text of the level, with what is known of the symptom's category."""
        return [say.symptom(cast(Label, turn.intent.removeprefix("symptom_")), turn.category)]
