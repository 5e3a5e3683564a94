"""Warning signs while one part after another is killed: each is escalated once, and each alert arrives."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.run.ports import free_port
from bot.triage import rules
from bot.triage.judgement import judge_words
from tests.conftest_processes import Hipline, running_hipline
from tests.waiting import until

pytestmark = pytest.mark.processes

MESSAGES = 500
SEED = 20261124
SECRET = "a-secret-that-only-the-two-know"
# The lexicon alone finds each of them: Rasa is down for much of the time.
SIGNS = (
    "my throat is closing up and I can't breathe",
    "I passed out after the shot",
    "I have crushing chest pain since this morning",
    "my face is drooping and my speech is slurred",
    "I can't pee since the injection",
    "there is pus coming out of the injection site",
    "I have a fever of 102 since the shot",
    "I want to kill myself",
)
CONTACTS = """
resend: 600
pauses: [0.5, 1, 2]
contacts:
- name: Nurse on duty
  webhook: {{url: "http://127.0.0.1:{port}/webhook", secret: "${{WEBHOOK_SECRET}}"}}
  apprise: ["json://127.0.0.1:{port}/apprise"]
"""


class Receiver:
    """The process of receiver.py, started again wherever it is killed."""

    def __init__(self, folder: Path) -> None:
        self.port, self.file = free_port(), folder / "received.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        script = Path(__file__).with_name("receiver.py")
        self._process = subprocess.Popen([sys.executable, str(script), str(self.port), str(self.file), SECRET])
        until("the receiver listens", self._listens)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def taken(self) -> list[dict[str, Any]]:
        """All that it has taken."""
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def _listens(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/", timeout=5).status_code == 501
        return False


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def alerting(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hipline]:
    """A Hipline of its own, whose only contact is the receiver, by webhook and by Apprise."""
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    contacts = tmp_path / "contacts.yml"
    contacts.write_text(CONTACTS.format(port=receiver.port), encoding="utf-8")
    with running_hipline(tmp_path, contacts=contacts) as hipline:
        yield hipline


def test_every_sign_is_caught_by_the_lexicon_alone() -> None:
    found = rules.load()
    assert [sign for sign in SIGNS if judge_words(found.find(sign)) not in ("emergency", "urgent", "crisis")] == []


def test_no_escalation_is_lost_or_raised_twice_while_parts_are_killed(alerting: Hipline, receiver: Receiver) -> None:
    tried = alerting.command("alerts", "test")
    assert tried.returncode == 0, tried.stderr + tried.stdout
    assert [line.split(":")[0] for line in tried.stdout.splitlines()] == [
        "Nurse on duty, apprise 1",
        "Nurse on duty, webhook 2",
    ]
    tests = len(receiver.taken())
    assert tests == 2

    start = time.monotonic()
    killed: collections.Counter[str] = collections.Counter()
    sent = threading.Event()
    killer = threading.Thread(target=kill_at_random, args=(alerting, receiver, killed, sent))
    killer.start()
    with ThreadPoolExecutor(4) as pool:
        try:
            answers, repeats = zip(*pool.map(lambda number: post(alerting, number), range(MESSAGES)), strict=True)
        finally:
            sent.set()
    killer.join()
    posted = time.monotonic() - start

    database = sqlite3.connect(alerting.state / "hipline.db")

    def ask(query: str) -> list[tuple[Any, ...]]:
        return database.execute(query).fetchall()

    until("no alert is open", lambda: ask("SELECT count(*) FROM alerts WHERE delivered_at IS NULL") == [(0,)], 90.0)
    taken = receiver.taken()[tests:]
    ways = collections.Counter(one["way"] for one in taken)
    by = dict(ask("SELECT answered_by, count(*) FROM messages GROUP BY 1"))
    [[escalations]] = ask("SELECT count(*) FROM escalations")
    [[attempts]] = ask("SELECT sum(attempts) FROM alerts")
    again = len(taken) - len({one["id"] for one in taken})
    print(  # noqa: T201 - its figures are what it is for
        f"\n{MESSAGES} messages in {posted:.0f} s, all delivered after {time.monotonic() - start:.0f} s; "
        f"killed {dict(killed)}; answered by {by}; sent again by the caller {sum(repeats)}; "
        f"{escalations} escalations; received {dict(ways)}, {again} of them again; {attempts} attempts"
    )

    # Each message has an escalation of its own, which the answer named, and which was raised once.
    assert set(killed) == {"rasa", "worker", "receiver"}
    assert len(set(answers)) == MESSAGES
    assert {row[0] for row in ask("SELECT id FROM escalations")} == set(answers)
    assert ask("SELECT count(*), count(DISTINCT message_id) FROM escalation_messages") == [(MESSAGES, MESSAGES)]
    assert ask("SELECT count(*) FROM escalation_events WHERE what IN ('raised', 'further')") == [(MESSAGES,)]
    assert ask("SELECT DISTINCT state FROM escalations") == [("notified",)]
    # Each was delivered by both ways; what came again came under the same id.
    for way in ("webhook", "apprise"):
        assert {one["escalation"] for one in taken if one["way"] == way} == set(answers), way
        assert len({one["id"] for one in taken if one["way"] == way}) == MESSAGES, way
    assert ask("SELECT count(*) FROM alerts") == [(2 * MESSAGES,)]


def post(hipline: Hipline, number: int) -> tuple[str, int]:
    """A warning sign in a conversation of its own; the id of its escalation, and how often it was sent again.

    As the contract says, a 503 is sent again under the same id. Even that tells the person to call.
    """
    text = f"{SIGNS[number % len(SIGNS)]}, number {number}"
    body = {"conversation": f"storm-{number}", "channel": "web", "text": text, "message_id": f"m-{number}"}
    for repeats in range(10):
        response = requests.post(
            f"{hipline.url}/api/messages", json=body, headers={"Authorization": f"Bearer {hipline.key}"}, timeout=60
        )
        answer = response.json()
        assert answer["replies"][0]["urgency"] in ("urgent", "emergency"), text
        if response.status_code == 200:
            assert isinstance(answer["escalation"], str)
            return answer["escalation"], repeats
        assert response.status_code == 503, response.text
    raise AssertionError(f"not taken: {text}")


def kill_at_random(
    hipline: Hipline, receiver: Receiver, killed: collections.Counter[str], sent: threading.Event
) -> None:
    """Kills a part every second or two, until all messages are sent and each part was killed at least once."""
    chance = random.Random(SEED)
    parts: dict[str, Callable[[], None]] = {
        "receiver": lambda: (receiver.kill(), time.sleep(chance.uniform(0.5, 3)), receiver.start())[-1],
        **{name: lambda name=name: kill(hipline, name) for name in ("rasa", "worker")},
    }
    while not (sent.is_set() and set(killed) == set(parts)):
        time.sleep(chance.uniform(0.5, 2))
        for name in chance.sample(sorted(parts), len(parts)):
            if killed[name] <= min(killed[part] for part in parts) and killed[name] < 3:
                killed[name] += 1
                parts[name]()
                break


def kill(hipline: Hipline, name: str) -> None:
    """SIGKILLs a part of Hipline as soon as it runs."""
    until(f"{name} runs", lambda: hipline.child(name) is not None)
    pid = hipline.child(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
