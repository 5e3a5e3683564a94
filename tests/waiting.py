"""Waiting for what another thread or process does, without guessing how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0  # seconds; only a test that fails takes so long


def until(what: str, holds: Callable[[], object], patience: float = PATIENCE, pause: float = 0.02) -> None:
    """Returns as soon as `holds` does; fails, saying `what` did not come about, when `patience` is at its end."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"not within {patience:g} s: {what}"
        time.sleep(pause)
