"""What the doors share: made once at the start of the gateway, found through the request.

What FastAPI asks for a request's parts is async here and elsewhere: it would call anything else in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from bot.care.contacts import ContactsFile
from bot.care.database import Store
from bot.followup.programme import Programme
from bot.gateway.keyring import Keyring
from bot.gateway.live import Hub
from bot.settings import Settings
from bot.speech import Speech
from bot.turn.rasa import Rasa
from bot.turn.turns import Turns


@dataclass(frozen=True)
class State:
    """The gateway's parts."""

    settings: Settings
    store: Store
    rasa: Rasa
    speech: Speech
    turns: Turns
    keys: Keyring
    contacts: ContactsFile
    hub: Hub
    programme: Programme


def state_of(request: Request) -> State:
    """The state of the app that a request reached."""
    found = request.app.state.hipline
    assert isinstance(found, State)
    return found


async def state(request: Request) -> State:
    """The same, for FastAPI."""
    return state_of(request)
