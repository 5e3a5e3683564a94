"""Secrets that Hipline makes for itself: a file each in the state folder, for its owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def secret(file: Path) -> bytes:
    """The 256-bit secret in `file`, made at the first call. Raises `OSError` where that can't be."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(secrets.token_hex(32) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(own, file)  # whole or not at all, and only one where two processes start at once
        own.unlink()
    return file.read_bytes().strip()
