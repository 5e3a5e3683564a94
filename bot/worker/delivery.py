"""One attempt at one alert: leased, sent, and recorded. Sent again where the recording is lost, under the same id."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from bot.care import escalations, outbox
from bot.care.contacts import Contacts, Webhook
from bot.care.database import Store
from bot.care.outbox import Claim
from bot.care.tables import now
from bot.worker import notice
from bot.worker.links import Links
from bot.worker.notice import Notice
from bot.worker.senders import NotDelivered, Sender, send

QUEUED = dt.timedelta(seconds=15)  # how long a claim may wait for its attempt
ATTEMPT = dt.timedelta(seconds=20)  # longer than an attempt and its recording take, on a database that is not locked
_RECORDINGS = 3  # tries, each of which waits for a locked database

logger = logging.getLogger(__name__)


class Courier:
    """Takes alerts to contacts. `contacts` gives those of now; `link` is how long an alert's link works."""

    def __init__(
        self,
        store: Store,
        links: Links,
        contacts: Callable[[], Contacts | None],
        link: dt.timedelta,
        sender: Sender = send,
        clock: Callable[[], dt.datetime] = now,
    ) -> None:
        self._store, self._links, self._contacts, self._link = store, links, contacts, link
        self._send, self._clock = sender, clock

    def deliver(self, claim: Claim) -> bool:
        """Makes one attempt; returns whether the alert was sent. Raises `SQLAlchemyError`: its lease then runs out."""
        contacts = self._contacts()
        if contacts is None:
            with self._store.write() as session:
                outbox.failed(session, claim, self._clock(), 30.0, "no contacts")
            return False
        found = self._begin(claim, contacts)
        if found is None:
            return False
        way, content, contact, attempts = found
        try:
            self._send(way, content)
        except NotDelivered as error:
            logger.error("alert %s to contact %r, attempt %d: %s", claim.alert_id, contact, attempts, error)
            with self._store.write() as session:
                outbox.failed(session, claim, self._clock(), contacts.pause(attempts), str(error))
            return False
        self._record(claim, contact)
        return True

    def _begin(self, claim: Claim, contacts: Contacts) -> tuple[str | Webhook, Notice, str, int] | None:
        at = self._clock()
        with self._store.write() as session:
            token_hash = self._links.hash(claim.alert_id)
            alert = outbox.hold(session, claim, at, ATTEMPT, token_hash, self._link)
            if alert is None:  # acknowledged meanwhile, or another worker's
                return None
            way = contacts.way(alert.contact, alert.way)
            if way is None:
                outbox.withdraw(session, alert.id, at)
                return None
            escalation = escalations.find(session, alert.escalation_id)
            assert escalation is not None
            content = notice.of_alert(session, alert, escalation, contacts, self._links.link(alert.id))
            return way, content, alert.contact, alert.attempts

    def _record(self, claim: Claim, contact: str) -> None:
        for left in reversed(range(_RECORDINGS)):
            try:
                with self._store.write() as session:
                    at = self._clock()
                    if outbox.delivered(session, claim.alert_id, at):
                        escalation = escalations.of_alert(session, claim.alert_id)
                        escalations.notified(session, escalation, contact, at)
                return
            except SQLAlchemyError:
                if not left:
                    raise
                time.sleep(0.2)
