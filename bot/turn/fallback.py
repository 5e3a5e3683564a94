"""What is said to a message when Rasa can't be asked: the triage judges it, and what is no symptom has to wait."""

from __future__ import annotations

from bot.care.escalations import is_escalated
from bot.replies import Reply
from bot.speech import Speech
from bot.triage.assessment import Assessment, Triage


class Fallback:
    """Answers what the triage finds, and tells everything else that Hipline can't answer right now."""

    def __init__(self, speech: Speech, triage: Triage) -> None:
        self._speech, self._triage = speech, triage

    def replies(self, channel: str, text: str) -> list[Reply]:
        """The replies to a text of which nobody knows what was said before it, in the form that the channel takes."""
        return self.to(channel, self._triage.assess(text))

    def to(self, channel: str, assessment: Assessment | None) -> list[Reply]:
        """The replies to a message that was judged so; None where it was a tap on a button."""
        say = self._speech.by(channel)
        if assessment is None or assessment.urgency == "none":
            return [say.say("unavailable", "clarify")]
        return [say.symptom(assessment.urgency, assessment.category)]

    def unstored(self, channel: str, replies: list[Reply]) -> list[Reply]:
        """What is said instead of `replies` where the message, or its answer, could not be stored.

        Only warning signs are answered then, without a word on what the clinic will see; of others there is nothing.
        """
        say = self._speech.by(channel)
        red = [reply for reply in replies if is_escalated(reply.urgency)]
        return [
            say.say(f"unstored_{'crisis' if r.kind == 'crisis' else r.urgency}", r.kind, urgency=r.urgency) for r in red
        ]
