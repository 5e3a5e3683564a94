"""Whose text line it is: the account at Twilio, or, where there is none, a local one that only this machine knows."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot import secret_files
from bot.settings import Settings

LOCAL = "AC" + "0" * 32  # the account of `hipline sms simulate`


@dataclass(frozen=True)
class Account:
    """What requests are signed with, and for which address. `is_local` says that no carrier is behind it."""

    sid: str
    token: str = field(repr=False)
    sender: str  # a number or a messaging service's SID; empty where it is local
    base: str  # what addresses of the gateway begin with for the carrier
    is_local: bool

    @classmethod
    def of(cls, settings: Settings) -> Account:
        """The account of the settings; without one, a local account whose token lies in the state folder."""
        base = settings.public_base
        if settings.twilio_account:
            return cls(settings.twilio_account, settings.twilio_token, settings.twilio_number, base, is_local=False)
        token = secret_files.secret(settings.state / "sms.token").decode()
        return cls(LOCAL, token, "", base, is_local=True)
