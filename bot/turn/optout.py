"""The words by which people stop, start and ask about texts; and silence for those who have stopped them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from bot.care import optouts
from bot.sms.keywords import Keyword, Keywords
from bot.speech import Speech
from bot.turn.attendants import Arrived, Attended, Rest

_BY = "optout"


class OptOuts:
    """Attends to keywords in conversations by SMS, by whatever door.

    `carrier_answers` says that the carrier itself answers the words that it knows: they are kept, not answered twice.
    """

    def __init__(self, keywords: Keywords, speech: Speech, *, carrier_answers: bool = False) -> None:
        self._keywords, self._speech, self._carrier_answers = keywords, speech.by("sms"), carrier_answers

    def __call__(self, session: Session, message: Arrived) -> Attended | None:
        """A keyword is answered once; what else comes from a number that is out is kept and not answered.

        A warning sign is always left to those who answer it. In a keyword the model sees one now and then ("please
        don't text me anymore" reads like a farewell): there only words that report one count.
        """
        if message.channel != "sms":
            return None
        is_out = optouts.is_out(session, message.name)
        keyword = self._keywords.read(message.text)
        if keyword is not None:
            return self._attended(message, keyword, is_out)
        if message.assessment is not None and message.assessment.is_red:
            if self._keywords.says_stop(message.text):
                return Attended(_BY, record=_recorded(message, out=True), goes_on=True)
            return None
        return Attended(_BY) if is_out else None

    def _attended(self, message: Arrived, keyword: Keyword, is_out: bool) -> Attended:
        silent = self._carrier_answers and keyword.exact and message.door == "sms"
        if keyword.kind == "help":
            replies = [] if is_out or silent else [self._speech.say("texts_help", "consent")]
            return Attended(_BY, replies, rest=_judged(message))
        out = keyword.kind == "stop"
        silent = silent or (out and is_out)  # one confirmation, however often it is said
        text = "texts_stopped" if out else "texts_started"
        replies = [] if silent else [self._speech.say(text, "consent")]
        return Attended(_BY, replies, _recorded(message, out=out), rest=_judged(message))


def _judged(message: Arrived) -> Rest | None:
    """What is left to be judged of a keyword: nothing, where no word of it reports a warning sign."""
    reports = message.assessment is not None and any(found.asserted for found in message.assessment.findings)
    return None if reports else Rest("", None)


def _recorded(message: Arrived, *, out: bool) -> Callable[[Session], object]:
    def record(session: Session) -> object:
        return optouts.record(session, message.name, out=out, wording=message.text, message_id=message.message_id)

    return record
