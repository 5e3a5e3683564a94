"""The worker's threads of the text line: one answers what came in, one sends what is to go out."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import threading
from collections.abc import Callable

from anyio import to_thread

from bot.care import messages
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.tables import now
from bot.settings import Settings
from bot.sms import transports
from bot.sms.account import Account
from bot.sms.reconcile import reconcile as reconciled
from bot.speech import of
from bot.triage.assessment import Triage
from bot.turn.chain import turns_of
from bot.turn.rasa import NoRasa, Rasa
from bot.worker.inbound import EVERY, Inbox
from bot.worker.texting import Texter

_AGAIN = 5.0  # seconds after which what could not begin is tried again
_NOWHERE = "http://127.0.0.1:9"  # a port that nobody listens on: texts then wait for Rasa, as if it were down

_RECONCILED_AFTER, _RECONCILED_EVERY = 20.0, 600.0  # seconds
_FIRST_BACK, _BACK = dt.timedelta(days=1), dt.timedelta(hours=1)

logger = logging.getLogger(__name__)


def answer(
    settings: Settings,
    store: Store,
    contacts: Callable[[], Contacts | None],
    triage: Callable[[], Triage],
    stop: threading.Event,
) -> None:
    """Answers texts until `stop`. Rasa's addresses come by the environment, as `hipline up` sets them."""
    while not stop.is_set():
        try:
            asyncio.run(_answer(settings, store, contacts, triage, stop))
        except Exception as error:  # broken texts or rules, say: the alerts go out all the same
            logger.error("texts can't be answered: %s", type(error).__name__)
        stop.wait(_AGAIN)


def send(settings: Settings, store: Store, stop: threading.Event) -> None:
    """Sends texts until `stop`."""
    while not stop.is_set():
        try:
            Texter(store, transports.of(settings)).run(stop)
        except Exception as error:
            logger.error("texts can't be sent: %s", type(error).__name__)
            stop.wait(_AGAIN)


def reconcile(settings: Settings, store: Store, stop: threading.Event) -> None:
    """Asks the carrier now and then, until `stop`, for texts that never arrived: at the start for those of a day."""
    if not settings.twilio_account:
        return
    from bot.sms.twilio import Twilio

    twilio = Twilio(Account.of(settings), settings.twilio_api)
    back = _FIRST_BACK
    while not stop.wait(_RECONCILED_AFTER if back == _FIRST_BACK else _RECONCILED_EVERY):
        try:
            with store.read() as session:
                first = messages.first_text(session)
            if first is None:  # what this number got before it was ours is not to be answered
                continue
            found = reconciled(store, twilio, max(first, now() - back))
        except Exception as error:
            logger.error("texts that never arrived can't be asked for: %s", type(error).__name__)
            continue
        back = _BACK
        if found.stored:
            logger.warning("texts that never arrived were taken in: %d", found.stored)


async def _answer(
    settings: Settings,
    store: Store,
    contacts: Callable[[], Contacts | None],
    triage: Callable[[], Triage],
    stop: threading.Event,
) -> None:
    # The triage takes a quarter of a gigabyte, and a second or two: not where nobody texts.
    while not settings.twilio_account and not await to_thread.run_sync(_is_wanted, store):
        if stop.is_set():
            return
        await asyncio.sleep(EVERY)
    speech, judged = of(settings), await to_thread.run_sync(triage)
    rasa = Rasa(os.environ.get("HIPLINE_RASA_URL", _NOWHERE), settings.rasa_timeout)
    turns = turns_of(settings, store, rasa, speech, judged, contacts)
    apart = turns_of(settings, store, NoRasa(), speech, judged, contacts)
    inbox = Inbox(store, turns, apart, dt.timedelta(seconds=settings.sms_patience))
    try:
        await inbox.run(stop)
    finally:
        await turns.aclose()
        await apart.aclose()
        await rasa.aclose()


def _is_wanted(store: Store) -> bool:
    with store.read() as session:
        return bool(messages.waiting_texts(session, 1))
