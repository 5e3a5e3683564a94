"""Workers that are killed in the middle, two at a time: what is due is said once all the same."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import func, select

from bot.care import database, patients
from bot.care.database import Store
from bot.care.tables import Base, CheckIn, Entry, OutgoingText
from bot.followup import programme
from bot.worker import checkins
from bot.worker.checkins import FollowUps
from tests.followup.conftest import a_patient, speech, utc

pytestmark = pytest.mark.processes

PATIENTS, AT = 120, utc("2026-03-03T00:30")


def work(url: str) -> NoReturn:
    """A worker's process: sweeps until it is killed."""
    store = Store(database.connect(url))
    worker = FollowUps(store, programme.load(), speech(), lambda *_: False, lambda: AT)
    while True:
        worker.sweep()


def started(url: str) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work(url)
        finally:
            os._exit(1)
    return pid


def count(url: str, state: str) -> int:
    store = Store(database.connect(url))
    with store.read() as session:
        found: int = session.execute(
            select(func.count(CheckIn.id)).where(CheckIn.state == state, CheckIn.step == "day0")
        ).scalar_one()
    store.close()
    return found


def test_each_is_said_once_though_workers_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkins, "AT_ONCE", 7)
    url = f"sqlite:///{tmp_path / 'hipline.db'}"
    engine = database.connect(url)
    Base.metadata.create_all(engine)
    store, shipped = Store(engine), programme.load()
    speech()
    with store.write() as session:
        for place in range(PATIENTS):
            new = a_patient(number=f"+1202555{place:04}")
            patients.enrol(session, shipped, new, AT - dt.timedelta(hours=10))
    store.close()
    draw, kills = random.Random(3), 0
    ends = time.monotonic() + 120
    while count(url, "planned") and time.monotonic() < ends:
        workers = [started(url), started(url)]
        time.sleep(draw.uniform(0.05, 0.6))
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills += 1
    store = Store(database.connect(url))
    with store.read() as session:
        said = Counter(session.execute(select(Entry.conversation_id)).scalars())
        texts = session.execute(select(func.count(OutgoingText.id))).scalar_one()
    store.close()
    assert count(url, "asked") == PATIENTS
    assert len(said) == texts == PATIENTS
    assert set(said.values()) == {1}
    assert kills >= 4
