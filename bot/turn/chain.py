"""Who attends to messages, and the turns that ask them: the same in every process that answers some."""

from __future__ import annotations

from collections.abc import Callable

from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.followup import programme
from bot.settings import Settings
from bot.sms import keywords
from bot.speech import Speech
from bot.triage.assessment import Triage
from bot.turn import asked, staff
from bot.turn.attendants import Attendant
from bot.turn.checkin import CheckIns
from bot.turn.optout import OptOuts
from bot.turn.rasa import Asked
from bot.turn.turns import Turns
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


def turns_of(
    clinic: Settings,
    store: Store,
    rasa: Asked,
    speech: Speech,
    triage: Triage,
    contacts: Callable[[], Contacts | None],
    changed: Callable[[str], object] = lambda _: None,
) -> Turns:
    """What takes a clinic's messages through; see `Turns`. Raises `DataFileError`."""
    attendants = attendants_of(clinic, speech)
    return Turns(store, rasa, speech, triage, contacts, attendants, changed, clinic.patience)
