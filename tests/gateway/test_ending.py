from __future__ import annotations

import os
import signal
import threading

import pytest

from bot.gateway import ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_a_signal_it_is_told_first_and_then_whoever_was_told_before(number: signal.Signals) -> None:
    told: list[str] = []
    before = signal.signal(number, lambda *_: told.append("server"))
    try:
        with ending.told(lambda: told.append("streams")):
            os.kill(os.getpid(), number)
        assert told == ["streams", "server"]
        os.kill(os.getpid(), number)
        assert told == ["streams", "server", "server"]
    finally:
        signal.signal(number, before)


def test_outside_a_main_thread_there_are_no_signals_and_no_harm() -> None:
    done: list[str] = []

    def run() -> None:
        with ending.told(lambda: done.append("told")):
            done.append("ran")

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == ["ran"]


def test_a_handler_that_another_put_over_it_stays() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def other(*_: object) -> None:
        """Somebody else's."""

    try:
        with ending.told(lambda: None):
            signal.signal(signal.SIGTERM, other)
        assert signal.getsignal(signal.SIGTERM) is other
    finally:
        signal.signal(signal.SIGTERM, before)
