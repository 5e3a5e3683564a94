"""Who attends to messages, in every process that answers some."""

from __future__ import annotations

from bot.settings import Settings
from bot.speech import Speech
from bot.turn import asked, staff
from bot.turn.attendants import Attendant


def attendants_of(clinic: Settings, speech: Speech) -> tuple[Attendant, ...]:
    """The attendants of a clinic, in the order in which they are asked."""
    return (
        asked.attendant(speech),
        staff.attend,  # last: opt-out words and check-ins are for the machine, whoever is there
    )
