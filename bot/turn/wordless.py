"""Text messages that are, or hold, what can't be read: pictures, voice messages, nothing at all."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.sms import inbound
from bot.speech import Speech
from bot.turn.attendants import Arrived, Attended

_BY = "wordless"


class Wordless:
    """Says what was not looked at; words beside it are left to the others."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech.by("sms")

    def __call__(self, session: Session, message: Arrived) -> Attended | None:
        """What is said of the notes that the text line puts for what came without words."""
        if message.door != "sms":
            return None
        notes, words = inbound.parted(message.text)
        if not notes:
            return None
        unseen = any(note in inbound.UNSEEN for note in notes)
        reply = self._speech.say("picture" if unseen else "wordless", "clarify")
        if words and not unseen:  # a place beside words
            return None
        return Attended(_BY, [reply], goes_on=bool(words))
