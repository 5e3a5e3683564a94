"""What signing in needs of this process: its key, and how many passwords are looked at at once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from anyio import CapacityLimiter
from fastapi import Request

from bot import secret_files
from bot.care.staff.accounts import folded

AT_ONCE = 2  # passwords: each takes 64 MiB and a processor while it is looked at


@dataclass(frozen=True)
class Door:
    """Made once at the start of the gateway, in its event loop."""

    key: bytes
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
        return hmac.new(self.key, f"known {nonce} {folded(name)}".encode(), hashlib.sha256).hexdigest()


def open_door(state: Path) -> Door:
    """The door of a gateway with that state folder."""
    return Door(secret_files.secret(state / "desk.key"))


def door(request: Request) -> Door:
    """The door of the app that a request reached."""
    found = request.app.state.door
    assert isinstance(found, Door)
    return found
