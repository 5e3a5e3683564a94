"""How the gateway learns early that it is to end: its server waits for open streams before it tells the application."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told(ended: Callable[[], object]) -> Iterator[None]:
    """Calls `ended` at SIGTERM or SIGINT, before whoever handled that before; outside a main thread never."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> Any:
        ended()
        earlier = before[signal.Signals(number)]
        if callable(earlier):
            return earlier(number, frame)
        if earlier == signal.SIG_DFL:  # nobody would end the process otherwise
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        return None

    for number in _SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, earlier in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, earlier if earlier is not None else signal.SIG_DFL)
