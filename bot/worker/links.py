"""The link in an alert: its token is made from the alert's id and a secret of this machine's, and kept as a hash."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from bot.care.keys import digest


class Links:
    """Makes links. An alert that is sent again holds the same one, though the token itself is kept nowhere."""

    def __init__(self, base: str, secret: bytes) -> None:
        self._base, self._secret = base, secret

    def token(self, alert_id: str) -> str:
        """The token of an alert: 256 bits that nobody can guess without the secret."""
        mac = hmac.new(self._secret, alert_id.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def hash(self, alert_id: str) -> str:
        """What is kept of it."""
        return digest(self.token(alert_id))

    def link(self, alert_id: str) -> str:
        """Where the alert is acknowledged."""
        return f"{self._base}/{self.token(alert_id)}"


def secret_of(state: Path) -> bytes:
    """The secret in the state folder, made at the first call; a file for its owner alone."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = state / "alerts.key"
    own = state / f"alerts.key.{os.getpid()}"
    if not file.exists():
        with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            output.write(secrets.token_hex(32) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(own, file)  # whole or not at all, and only one where two workers start at once
        own.unlink()
    return file.read_bytes().strip()
