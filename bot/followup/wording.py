"""What the programme says, as replies: its questions, and its words to an answer."""

from __future__ import annotations

from bot import gsm7
from bot.followup.judgement import Judged
from bot.followup.programme import Programme
from bot.replies import Reply
from bot.speech import MOST_SEGMENTS, Speech


class Wording:
    """Says the texts of a programme, by SMS."""

    def __init__(self, programme: Programme, speech: Speech) -> None:
        self._programme, self._speech = programme, speech.by("sms")

    def question(self, name: str, *, first: bool = False, again: bool = False) -> Reply:
        """A question: the first one in a conversation tells who asks; `again` is put where no answer came."""
        found = self._programme.questions[name]
        text = (found.again if again else found.first if first else None) or found.ask
        return self._reply(self._speech.fill(text))

    def scored(self, score: float, judged: Judged, then: str | None, *, corrected: bool = False) -> list[Reply]:
        """What is said to a score that is not urgent, with the question that comes next."""
        replies = self._programme.replies
        words = {"mild": replies.mild, "expected": replies.expected, "high": replies.high}[judged.level]
        if corrected:
            words = replies.corrected
        return self._joined(self._speech.fill(words, score=f"{score:g}"), then)

    def no_warning(self, then: str | None) -> list[Reply]:
        """What is said to somebody who has no warning sign."""
        return self._joined(self._speech.fill(self._programme.replies.no_warning), then)

    def worse(self, then: str) -> list[Reply]:
        """What is said to "worse" where the clinic asks before it is passed on."""
        return self._joined(self._speech.fill(self._programme.replies.worse), then)

    def urgent(self) -> Reply:
        """What is said where a clinician has to hear of the answer today."""
        return self._speech.symptom("urgent")

    def last(self) -> Reply:
        """What is said to somebody who has not answered for long."""
        return self._reply(self._speech.fill(self._programme.replies.last))

    def _joined(self, words: str, then: str | None) -> list[Reply]:
        if then is None:
            return [self._reply(words)]
        asked = self.question(then)
        whole = f"{words} {asked.text}"
        return [self._reply(whole)] if gsm7.segments(whole) <= MOST_SEGMENTS else [self._reply(words), asked]

    @staticmethod
    def _reply(text: str) -> Reply:
        return Reply(text=text, kind="check_in")
