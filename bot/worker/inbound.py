"""Answers the text line's messages: each once, those of one number in their order, different numbers side by side.

The gateway only stores them. While Rasa does not answer, red flags and keywords are attended to all the same, at once,
and everything else waits; one message at a time then tries whether Rasa is back.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError

from bot.care import messages
from bot.care.database import Store
from bot.care.messages import Received, Waiting
from bot.care.tables import now
from bot.turn.rasa import RasaUnavailable
from bot.turn.turns import NotStored

EVERY = 0.2  # seconds between two looks: half of what an idle line adds to an answer
_AT_ONCE = 10_000  # messages looked at: a red flag must not stand behind those that wait for Rasa
_ASKING, _APART = 8, 4  # conversations at once, with Rasa and without
_PAUSES = (1.0, 2.0, 5.0, 10.0)  # seconds before another try; the last one again and again

logger = logging.getLogger(__name__)


class Answers(Protocol):
    """What answers a stored message; see `Turns.answer`."""

    async def answer(self, message_id: str, *, needs_rasa: bool = False) -> Received: ...


@dataclass
class _Line:
    """One conversation with messages that wait. `passed` are those that were found to need Rasa."""

    tries: int = 0
    again_at: dt.datetime | None = None
    passed: set[str] = field(default_factory=set)
    busy: bool = False


class Inbox:
    """`turns` asks Rasa; `apart` is the same without it, so that it raises `RasaUnavailable` at once for what needs it.

    A message older than `patience` is answered without Rasa.
    """

    def __init__(
        self,
        store: Store,
        turns: Answers,
        apart: Answers,
        patience: dt.timedelta,
        clock: Callable[[], dt.datetime] = now,
    ) -> None:
        self._store, self._turns, self._apart = store, turns, apart
        self._patience, self._clock = patience, clock
        self._lines: dict[str, _Line] = {}
        self._broken: set[str] = set()  # messages that can't be judged: they keep no other from its answer
        self._asking, self._without = asyncio.Semaphore(_ASKING), asyncio.Semaphore(_APART)
        self._failures, self._probe_at, self._probing = 0, clock(), False
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: threading.Event) -> None:
        """Looks and answers until `stop`."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception as error:  # its text may hold a statement's values
                logger.error("texts that wait can't be looked for: %s", type(error).__name__)
            await asyncio.sleep(EVERY)
        await self.rest()

    async def look(self) -> None:
        """Begins to answer what waits and can be answered now."""
        waiting = await to_thread.run_sync(self._waiting)
        self._lines = {name: line for name, line in self._lines.items() if name in waiting or line.busy}
        at = self._clock()
        due: list[tuple[int, dt.datetime, str]] = []
        for name, found in waiting.items():
            line = self._lines.setdefault(name, _Line())
            if line.busy:
                continue
            if line.again_at is None or line.again_at <= at:
                if not self._failures:
                    self._start(line, found, asks=True)
                    continue
                due.append((line.tries, found[0].received_at, name))
            if any(self._is_late(one) or one.id not in line.passed | self._broken for one in found):
                self._start(line, found, asks=False)
        if due and not self._probing and self._probe_at <= at:
            # The one that failed least: a message that Rasa chokes on must not stand for all others.
            free = [one for one in sorted(due) if not self._lines[one[2]].busy]
            if free:
                name = free[0][2]
                self._probing = True
                self._start(self._lines[name], waiting[name], asks=True, probes=True)

    async def rest(self) -> None:
        """Waits for what is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _waiting(self) -> dict[str, list[Waiting]]:
        with self._store.read() as session:
            return messages.waiting_texts(session, _AT_ONCE)

    def _start(self, line: _Line, found: Sequence[Waiting], *, asks: bool, probes: bool = False) -> None:
        line.busy = True
        task = asyncio.create_task(self._attend(line, found, asks=asks, probes=probes))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, line: _Line, found: Sequence[Waiting], *, asks: bool, probes: bool) -> None:
        try:
            async with self._asking if asks else self._without:
                asks = asks and (probes or not self._failures)
                for message in found:
                    if message.id in self._broken:
                        continue
                    asks = await self._one(line, message, asks)
        except (SQLAlchemyError, NotStored) as error:
            logger.error("a text can't be answered yet: %s", type(error).__name__)
            line.again_at = self._clock() + dt.timedelta(seconds=_PAUSES[0])
        finally:
            line.busy = False
            self._probing = self._probing and not probes

    async def _one(self, line: _Line, message: Waiting, asks: bool) -> bool:
        """Answers one message if that can be done; returns whether the next one of its number may ask Rasa."""
        is_late = self._is_late(message)
        if not asks and not is_late and message.id in line.passed:
            return False
        try:
            await (self._turns if asks else self._apart).answer(message.id, needs_rasa=not is_late)
            if asks:
                self._failures, line.tries, line.again_at = 0, 0, None
        except RasaUnavailable as error:
            line.passed.add(message.id)
            if asks:
                self._failed(line, error)
            return False
        except (SQLAlchemyError, NotStored):
            raise
        except Exception as error:  # whatever is wrong with one message, the next one may be an emergency
            self._broken.add(message.id)
            logger.error("message %s can't be answered: %s", message.id, type(error).__name__)
        return asks

    def _failed(self, line: _Line, error: Exception) -> None:
        at = self._clock()
        if not self._failures:
            logger.error("texts wait for Rasa: %s", error)
        pause = _PAUSES[min(line.tries, len(_PAUSES) - 1)]
        line.tries, line.again_at = line.tries + 1, at + dt.timedelta(seconds=pause)
        self._probe_at = at + dt.timedelta(seconds=_PAUSES[min(self._failures, len(_PAUSES) - 1)])
        self._failures += 1

    def _is_late(self, message: Waiting) -> bool:
        return message.received_at + self._patience <= self._clock()
