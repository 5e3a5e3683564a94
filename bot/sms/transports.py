"""How a text gets to a telephone: by Twilio's API, or, without an account, not at all."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection
from typing import Protocol

from bot.care.tables import new_id
from bot.settings import Settings
from bot.sms import body
from bot.sms.account import Account

logger = logging.getLogger(__name__)


class NotSent(Exception):
    """The text was surely not sent, and may be tried again. The message says why, without number and words."""


class MaybeSent(Exception):
    """Nobody knows whether the text was sent: the carrier's list says so, later."""


class Refused(Exception):
    """The carrier will never send this text; `code` is its reason."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"refused with code {code}")
        self.code = code


class Transport(Protocol):
    """Sends texts. All of it may block, for some fifteen seconds at most."""

    def send(self, text_id: str, number: str, words: str) -> str:
        """Sends a text; returns the carrier's id for it. Raises `NotSent`, `MaybeSent`, `Refused`."""
        ...

    def find(self, number: str, words: str, since: dt.datetime, known: Collection[str]) -> str | None:
        """The carrier's id of that text, where it was sent after `since` and is none of those `known`.

        Raises `NotSent` where the carrier can't be asked.
        """
        ...


class Console:
    """Sends nothing: for trying Hipline out. What would have gone out is in the conversation."""

    def send(self, text_id: str, number: str, words: str) -> str:
        """Says in the log that there was a text, and how long."""
        logger.info("text %s (segments: %d) went nowhere: no account is set", text_id, body.segments(words))
        return f"local-{new_id()}"

    def find(self, number: str, words: str, since: dt.datetime, known: Collection[str]) -> str | None:
        """Nothing was ever sent."""
        return None


def of(settings: Settings) -> Transport:
    """The transport of the settings."""
    account = Account.of(settings)
    if account.is_local:
        return Console()
    from bot.sms.twilio import Twilio  # a large package, which a clinic without an account need not load

    return Twilio(account, settings.twilio_api)
