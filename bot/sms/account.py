"""Whose text line it is: the account at Twilio, or, where there is none, a local one that only this machine knows."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import Settings

LOCAL = "AC" + "0" * 32  # the account of `hipline sms simulate`
_KEPT_IN = "sms.token"


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
        return cls(LOCAL, _local_token(settings.state), "", base, is_local=True)


def _local_token(state: Path) -> str:
    """The token in the state folder, made at the first call; a file for its owner alone."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    file, own = state / _KEPT_IN, state / f"{_KEPT_IN}.{os.getpid()}"
    if not file.exists():
        with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            output.write(secrets.token_hex(32) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(own, file)  # whole or not at all, and only one where two processes start at once
        own.unlink()
    return file.read_text().strip()
