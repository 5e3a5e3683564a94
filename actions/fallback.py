"""What was not understood, and what is not Hipline's."""

from __future__ import annotations

from actions.base import HiplineAction
from actions.turn import Turn
from bot import languages
from bot.replies import Reply
from bot.speech import STARTERS, Speech

CHOICES = 3


class ActionClarify(HiplineAction):
    """Not sure: offers the likeliest topics; the second time in a row, a person too."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_clarify"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """At most three topics to pick from."""
        likely = turn.plausible(say.knows)[:CHOICES]
        if turn.last_kind == "clarify":
            return [say.say("clarify_again", "clarify", offer=likely or STARTERS)]
        if not likely or turn.intent == "gibberish":
            return [say.say("clarify_nothing", "clarify", offer=STARTERS)]
        return [say.say("clarify", "clarify", offer=likely)]


class ActionOutOfScope(HiplineAction):
    """Not about hip injections, or not in English."""

    _TEXTS = {"other_language": "language"}

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_out_of_scope"

    def replies(self, turn: Turn, say: Speech) -> list[Reply]:
        """What Hipline is for; to a common other language, in that language that it speaks English."""
        if turn.intent == "other_language" and (language := languages.detect(turn.text)) is not None:
            return [say.say(f"language_{language}", "out_of_scope")]
        return [say.say(self._TEXTS.get(turn.intent, turn.intent), "out_of_scope")]
