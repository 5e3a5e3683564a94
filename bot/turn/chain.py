"""Who attends to messages, in every process that answers some."""

from __future__ import annotations

from bot.followup import programme
from bot.settings import Settings
from bot.sms import keywords
from bot.speech import Speech
from bot.turn import asked, staff
from bot.turn.attendants import Attendant
from bot.turn.checkin import CheckIns
from bot.turn.optout import OptOuts
from bot.turn.wordless import Wordless


def attendants_of(clinic: Settings, speech: Speech) -> tuple[Attendant, ...]:
    """The attendants of a clinic, in the order in which they are asked. Raises `DataFileError`."""
    return (
        OptOuts(keywords.load(), speech, carrier_answers=clinic.twilio_answers_keywords),
        Wordless(speech),
        CheckIns(programme.load(clinic.knowledge_folder), speech),
        asked.attendant(speech),
        staff.attend,  # last: opt-out words and check-ins are for the machine, whoever is there
    )
