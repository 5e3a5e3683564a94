"""Timed requests: one after the other, along conversations, and from several clients at once.

Times are in milliseconds.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.client import Session
from benchmarks.processes import ContenderFailed

Ask = Callable[[Session, str, str], object]  # a session, a conversation's name, a text
_CONVERSATION = 5  # turns of one in the load


def timed(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def conversations(ask: Ask, texts: Sequence[str], count: int, turns: int) -> list[list[float]]:
    """`count` conversations of `turns` turns, one request at a time: what each turn took."""
    give, taken = endless(texts), []
    with Session() as session:
        for _ in range(count):
            name = secrets.token_hex(8)
            taken.append([timed(lambda name=name: ask(session, name, next(give))) for _ in range(turns)])  # type: ignore[misc]
    return taken


def load(ask: Ask, texts: Sequence[str], clients: int, seconds: float) -> float:
    """Messages answered a second when so many clients ask without a pause. Raises `ContenderFailed`."""
    end = time.monotonic() + seconds
    done: list[int] = []
    failed: list[Exception] = []

    def client(number: int) -> None:
        give, answered = endless([*texts[number:], *texts[:number]]), 0
        try:
            with Session() as session:
                while time.monotonic() < end:
                    name = secrets.token_hex(8)
                    for _ in range(_CONVERSATION):
                        ask(session, name, next(give))
                        answered += 1
        except Exception as error:
            failed.append(error)
        done.append(answered)

    begun = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise ContenderFailed(f"under load: {failed[0]}")
    return sum(done) / (time.monotonic() - begun)


def endless(texts: Sequence[str]) -> Iterator[str]:
    """They, again and again; none where there are none."""
    while texts:
        yield from texts
