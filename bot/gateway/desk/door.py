"""What signing in needs of this process, and how many passwords are looked at at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from anyio import CapacityLimiter
from fastapi import Request

from bot import secret_files
from bot.care.database import Store
from bot.care.staff.accounts import folded
from bot.care.staff.passwords import Passwords
from bot.care.staff.sessions import Limits
from bot.care.staff.signing_in import Entrance
from bot.settings import Settings

AT_ONCE = 2  # passwords: each takes 64 MiB and a processor while it is looked at


@dataclass(frozen=True)
class Door:
    """Made once at the start of the gateway, in its event loop."""

    entrance: Entrance
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(AT_ONCE))

    def mark(self, name: str) -> str:
        """What a browser keeps in which the account `name` has signed in."""
        nonce = secrets.token_hex(8)
        return f"{nonce}.{self._of(name, nonce)}"

    def knows(self, mark: str, name: str) -> bool:
        """Whether the mark was made for the account `name`."""
        nonce, _, made = mark[:128].partition(".")
        return hmac.compare_digest(made.encode(), self._of(name, nonce).encode())

    def _of(self, name: str, nonce: str) -> str:
        return hmac.new(self.entrance.key, f"known {nonce} {folded(name)}".encode(), hashlib.sha256).hexdigest()


def open_door(settings: Settings, store: Store, passwords: Passwords) -> Door:
    """The door of a gateway with those settings."""
    limits = Limits(dt.timedelta(seconds=settings.desk_session_idle), dt.timedelta(seconds=settings.desk_session_limit))
    return Door(Entrance(store, passwords, secret_files.secret(settings.state / "desk.key"), limits))


def door(request: Request) -> Door:
    """The door of the app that a request reached."""
    found = request.app.state.door
    assert isinstance(found, Door)
    return found
