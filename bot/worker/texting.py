"""Sends the texts that are due: several at once, those to one number one after the other."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from bot.care import escalations, textbox
from bot.care.database import Store
from bot.care.tables import now
from bot.care.textbox import Attempt, TextClaim
from bot.sms.transports import MaybeSent, NotSent, Refused, Transport

EVERY = 0.2  # seconds between two looks
SENDING = 8  # texts at once
LEASE = dt.timedelta(seconds=25)  # longer than the list's reading takes, or the sending and its recording
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds before another try; the last one again and again
_UNTIL_LISTED = 10.0  # seconds after which the carrier's list holds what it has taken
_LOOKED_AFTER = 5.0  # seconds between two looks for answers that do not get out
_RECORDINGS = 3  # tries, each of which waits for a locked database

Outcome = Callable[..., None]

logger = logging.getLogger(__name__)


class Texter:
    """Takes texts to telephones by `transport`."""

    def __init__(self, store: Store, transport: Transport, clock: Callable[[], dt.datetime] = now) -> None:
        self._store, self._transport, self._clock = store, transport, clock

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop`; then waits for what is under way."""
        with ThreadPoolExecutor(SENDING, thread_name_prefix="texts") as pool:
            under_way: set[Future[None]] = set()
            looked_after = 0.0
            while not stop.is_set():
                under_way = {one for one in under_way if not one.done()}
                try:
                    for claim in self.claims(SENDING - len(under_way)):
                        under_way.add(pool.submit(self.deliver, claim))
                except Exception as error:  # its text may hold a statement's values
                    logger.error("texts can't be handed out: %s", type(error).__name__)
                if time.monotonic() >= looked_after:
                    looked_after = time.monotonic() + _LOOKED_AFTER
                    self.look_after()
                stop.wait(EVERY)

    def look_after(self) -> None:
        """Alerts the clinic's contacts where the answer to a warning sign does not get out."""
        try:
            with self._store.read() as session:
                found = textbox.stuck(session, self._clock())
            for message_id in found:
                logger.error("the answer to message %s, a warning sign, does not get out", message_id)
                with self._store.write() as session:
                    escalations.unreached(session, message_id, self._clock())
        except SQLAlchemyError as error:
            logger.error("texts that do not get out can't be looked for: %s", type(error).__name__)

    def claims(self, limit: int) -> list[TextClaim]:
        """Leases up to `limit` texts that are due."""
        if limit <= 0:
            return []
        with self._store.read() as session:
            if not textbox.is_due(session, self._clock()):
                return []
        with self._store.write() as session:
            return textbox.claim(session, self._clock(), LEASE, limit)

    def deliver(self, claim: TextClaim) -> None:
        """Makes one attempt. What breaks off leaves a lease that runs out."""
        try:
            self._deliver(claim)
        except Exception as error:
            logger.error("the attempt at text %s broke off: %s", claim.text_id, type(error).__name__)

    def _deliver(self, claim: TextClaim) -> None:
        with self._store.write() as session:
            attempt = textbox.begin(session, claim, self._clock(), LEASE)
        if attempt is None:
            return
        outcome = None
        if attempt.tried_at is not None:
            outcome = self._asked(attempt, attempt.tried_at)
            if outcome is None:
                with self._store.write() as session:
                    if not textbox.is_wanted(session, attempt, self._clock(), LEASE):
                        return
        self._record(outcome or self._sent(attempt))

    def _asked(self, attempt: Attempt, tried_at: dt.datetime) -> Outcome | None:
        """What the carrier's list says of an attempt that may have sent it; None where it surely did not."""
        with self._store.read() as session:
            known = textbox.known_sids(session, attempt.number)
        try:
            sid = self._transport.find(attempt.number, attempt.body, tried_at, known)
        except NotSent as error:
            return partial(textbox.unsure, attempt=attempt, pause=_pause(attempt), problem=str(error))
        return None if sid is None else partial(textbox.sent, attempt=attempt, sid=sid)

    def _sent(self, attempt: Attempt) -> Outcome:
        pause = _pause(attempt)
        try:
            sid = self._transport.send(attempt.text_id, attempt.number, attempt.body)
        except NotSent as error:
            logger.error("text %s, attempt %d: %s", attempt.text_id, attempt.count, error)
            return partial(textbox.again, attempt=attempt, pause=pause, problem=str(error))
        except MaybeSent as error:
            logger.error("text %s, attempt %d, may have been sent: %s", attempt.text_id, attempt.count, error)
            later = max(pause, _UNTIL_LISTED)
            return partial(textbox.unsure, attempt=attempt, pause=later, problem=str(error))
        except Refused as error:
            logger.error("text %s was %s", attempt.text_id, error)
            return partial(textbox.refused, attempt=attempt, code=error.code, problem=str(error))
        return partial(textbox.sent, attempt=attempt, sid=sid)

    def _record(self, outcome: Outcome) -> None:
        for left in reversed(range(_RECORDINGS)):
            try:
                with self._store.write() as session:
                    outcome(session, at=self._clock())
                return
            except SQLAlchemyError:
                if not left:
                    raise


def _pause(attempt: Attempt) -> float:
    return _PAUSES[min(attempt.count, len(_PAUSES)) - 1]
