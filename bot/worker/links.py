"""The link in an alert: its token is made from the alert's id and a secret of this machine's, and kept as a hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

from bot import secret_files
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
    """The secret in the state folder, made at the first call."""
    return secret_files.secret(state / "alerts.key")
