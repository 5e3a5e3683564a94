"""What is said to a message when Rasa can't be asked: the lexicon of red flags judges it alone."""

from __future__ import annotations

from bot.care.escalations import is_escalated
from bot.replies import Reply
from bot.speech import Speech
from bot.triage import rules
from bot.triage.judgement import judge_words
from bot.triage.rules import Rules


class Fallback:
    """Judges messages by their words. `found` is the lexicon; by default the one that is shipped, read at once."""

    def __init__(self, speech: Speech, found: Rules | None = None) -> None:
        self._speech, self._rules = speech, found or rules.load()

    def replies(self, channel: str, text: str) -> list[Reply]:
        """The replies to a text, in the form that the channel takes."""
        say = self._speech.by(channel)
        urgency = judge_words(self._rules.find(text))
        return [say.say("unavailable", "clarify") if urgency == "none" else say.symptom(urgency)]

    def unstored(self, channel: str, replies: list[Reply]) -> list[Reply]:
        """What is said instead of `replies` where the message, or its answer, could not be stored.

        Only warning signs are answered then, without a word on what the clinic will see; of others there is nothing.
        """
        say = self._speech.by(channel)
        red = [reply for reply in replies if is_escalated(reply.urgency)]
        return [
            say.say(f"unstored_{'crisis' if r.kind == 'crisis' else r.urgency}", r.kind, urgency=r.urgency) for r in red
        ]
