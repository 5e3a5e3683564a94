"""A person, an appointment, and what the clinic tells about itself."""

from __future__ import annotations

from actions.base import HiplineAction
from actions.turn import Turn
from bot.replies import Reply
from bot.speech import Speech


class ActionHandoff(HiplineAction):
    """The person wants a human, or an appointment."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_handoff"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """Where to reach one."""
        return [say.say("appointment" if turn.intent == "appointment" else "handoff", "handoff")]


class ActionClinicInfo(HiplineAction):
    """Hours, address, telephone, cost, insurance: from the clinic's settings, or handed off where they say nothing."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_clinic_info"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """What the settings say."""
        subject = turn.intent.removeprefix("clinic_")
        if subject == "location":
            value = say.clinic("address")
        elif subject == "contact":
            value = ", ".join(filter(None, (say.clinic("phone"), say.clinic("email"))))
        else:
            value = say.clinic(subject)
        if not value:
            return [say.say("clinic_info_unset", "handoff")]
        return [say.say(subject, "clinic_info", value=value)]
