"""`python -m bot.worker`: the worker's process, as `hipline up` starts it."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import threading
from collections.abc import Callable
from functools import lru_cache

import bot.settings
from bot.care import database, optouts, targets
from bot.care.contacts import ContactsFile
from bot.care.database import DatabaseError, Store
from bot.followup import programme
from bot.replies import Reply
from bot.settings import DataFileError, Settings, SettingsError
from bot.speech import of
from bot.triage import assessment
from bot.triage.assessment import Triage
from bot.turn.fallback import Fallback
from bot.worker import line
from bot.worker.checkins import FollowUps
from bot.worker.delivery import Courier
from bot.worker.forgotten import Forgotten
from bot.worker.handovers import Handovers
from bot.worker.links import Links, secret_of
from bot.worker.questions import Silences
from bot.worker.queue import Queue
from bot.worker.retention import Retention
from bot.worker.sweep import Sweeper
from bot.worker.unanswered import Latecomers

READY = "worker.ready"  # in STATE/run: the id of the worker's process, once it has swept

logger = logging.getLogger("bot.worker")


def main() -> int:
    """Runs until SIGTERM. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("huey", "httpx", "alembic", "apprise"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        settings = bot.settings.load()
        store = database.up_to_date(settings.database_url, gives_way=True)
    except (SettingsError, DataFileError, DatabaseError) as error:
        logger.error("%s", error)
        return 1
    run(settings, store)
    return 0


def run(settings: Settings, store: Store) -> None:
    """The worker over an open database, until SIGTERM."""
    contacts = ContactsFile(settings.contacts)
    links = Links(settings.alerts_url, secret_of(settings.state))
    courier = Courier(store, links, contacts, dt.timedelta(days=settings.alert_link_days))
    queue = Queue(settings.state / "queue.db", courier.deliver)

    def problems() -> list[str]:
        found = contacts()
        if contacts.problem:
            return [contacts.problem]
        return [] if found else [f"nobody is told of warning signs: there is no {settings.contacts}"]

    sweeper = Sweeper(
        *(store, contacts, queue.put, queue.waiting, problems),
        chores=[
            ("late messages can't be answered", _latecomers(settings, store, contacts)),
            ("what waits for the staff can't be looked after", _handovers(settings, store)),
            ("check-ins can't be looked after", _follow_ups(settings, store)),
        ],
        tidying=[
            ("what is past its date can't be deleted", Retention(store, settings.keep_days).sweep),
            ("what is to be forgotten can't be deleted", Forgotten(store).sweep),
        ],
    )
    stop = threading.Event()
    ready = settings.state / "run" / READY
    ready.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def is_ready() -> None:
        ready.write_text(f"{os.getpid()}\n")
        logger.info("the worker has swept for the first time")

    sweeping = threading.Thread(target=sweeper.run, args=(stop, is_ready), name="sweep", daemon=True)
    lines = [
        threading.Thread(target=line.answer, args=(settings, store, contacts, _triage, stop), name="inbound"),
        threading.Thread(target=line.send, args=(settings, store, stop), name="texting"),
        threading.Thread(target=line.reconcile, args=(settings, store, stop), name="reconcile"),
    ]
    sweeping.start()
    for thread in lines:
        thread.start()
    try:
        queue.consumer().run()
    finally:
        stop.set()
        sweeping.join(5)
        for thread in lines:
            thread.join(5)
        store.close()


def _latecomers(settings: Settings, store: Store, contacts: ContactsFile) -> Callable[[], int]:
    """What answers late messages, and counts silences.

    Where texts or lexicon are broken, that fails; the alerts go out all the same.
    """
    made: list[tuple[Latecomers, Silences]] = []

    def sweep() -> int:
        if not made:
            speech = of(settings)

            def judge(channel: str, text: str) -> list[Reply]:
                return Fallback(speech, _triage()).replies(channel, text)

            after = dt.timedelta(seconds=settings.unanswered_after)
            texts_after = after + dt.timedelta(seconds=settings.sms_patience)
            late = Latecomers(store, judge, contacts, after, texts_after=texts_after)
            made.append((late, Silences(store, speech, contacts)))
        return sum(one.sweep() for one in made[0])

    return sweep


def _handovers(settings: Settings, store: Store) -> Callable[[], int]:
    """What looks after conversations that wait for the staff; it needs the texts, as `_latecomers` does."""
    made: list[Handovers] = []

    def sweep() -> int:
        if not made:
            made.append(Handovers(store, of(settings), targets.of(settings)))
        return made[0].sweep()

    return sweep


def _follow_ups(settings: Settings, store: Store) -> Callable[[], int]:
    """What asks the check-ins that are due; it needs the texts and the programme."""
    made: list[FollowUps] = []

    def sweep() -> int:
        if not made:
            followed = programme.load(settings.knowledge_folder)
            made.append(FollowUps(store, followed, of(settings), optouts.is_out))
        return made[0].sweep()

    return sweep


@lru_cache(maxsize=1)
def _triage() -> Triage:
    """Read when the first message needs it: that is seldom, and it takes a quarter of a gigabyte."""
    return assessment.from_environment()


if __name__ == "__main__":
    sys.exit(main())
