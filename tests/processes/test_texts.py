"""The text line's own promise: whatever dies meanwhile, each text is stored, answered once, and in its order."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from benchmarks.processes import listening
from bot.care import database, textbox
from bot.care.database import Store
from bot.care.tables import Conversation, Entry, EscalationMessage, Message, OutgoingText, now
from bot.run.ports import free_port
from bot.settings import ROOT
from tests.conftest_processes import hipline_environment
from tests.twilio.stand_in import ACCOUNT, NUMBER, TOKEN, Behaviour, StandIn, standing_in
from tests.waiting import until

pytestmark = pytest.mark.processes

MESSAGES, NUMBERS, KILLED, ALIVE = 1000, 50, 20, 2
BASE = "https://hipline.example.org"
READY = "the worker has swept for the first time"  # in its log
SIGN = "my throat is closing up and I can't breathe"


class _Rasa(BaseHTTPRequestHandler):
    """Rasa's door of ours: what it is asked, it repeats; a warning sign it finds."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        red = "breathe" in body["message"]
        reply = {
            "text": "Call 911 now." if red else f"About {body['message']}.",
            "kind": "escalation" if red else "answer",
            "urgency": "emergency" if red else "none",
        }
        content = json.dumps([reply]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def a_process(environment: dict[str, str], log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start(environment, log, *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def start(environment: dict[str, str], log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *arguments], cwd=ROOT, env=environment, stdout=output, stderr=output
        )


def dealt(rng: random.Random, carrier: StandIn) -> list[dict[str, Any]]:
    """What is delivered: every message at least once, a tenth twice, a tenth before the one that it came after."""
    made = []
    for place in range(MESSAGES):
        number = f"+1202555{1000 + place % NUMBERS}"
        text = SIGN if place % 40 == 7 else f"question {place}"
        made.append(carrier.comes(number, text))
    for place in rng.sample(range(NUMBERS, MESSAGES), MESSAGES // 10):
        made[place], made[place - NUMBERS] = made[place - NUMBERS], made[place]  # of the same number
    for message in rng.sample(made[:MESSAGES], MESSAGES // 10):
        made.insert(rng.randrange(made.index(message), len(made)), message)
    return made


def test_a_thousand_texts_while_workers_are_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(6)
    with standing_in() as carrier, listening(_Rasa) as rasa:
        port = free_port()
        environment = hipline_environment(
            state=tmp_path,
            contacts=tmp_path / "contacts.yml",
            config=_empty(tmp_path),
            port=port,
            api_key="k",
            public_url=BASE,
            twilio_account=ACCOUNT,
            twilio_token=TOKEN,
            twilio_number=NUMBER,
            twilio_api=carrier.url,
            rasa_url=rasa,
            unanswered_after=600,
        )
        # One in twenty texts is taken, and its answer lost.
        carrier.behave = lambda form: Behaviour(500, 20500) if rng.random() < 0.05 else Behaviour()
        texts = dealt(rng, carrier)
        gateway = [
            "uvicorn",
            "--factory",
            "bot.gateway.app:from_environment",
            "--no-access-log",
            "--ws",
            "none",
            "--port",
            str(port),
        ]
        with a_process(environment, tmp_path / "gateway.log", *gateway) as process:
            until("the gateway listens", lambda: _listens(port) or process.poll() is not None)
            began = time.monotonic()
            store = Store(database.connect(f"sqlite:///{tmp_path / 'hipline.db'}"))
            refused = _delivered(carrier, texts, port, environment, tmp_path, store)
            with a_process(environment, tmp_path / "worker.log", "bot.worker"):
                until("all is answered and sent", lambda: _is_done(store), 240, pause=0.25)
            took = time.monotonic() - began
        counts = _counts(store)
        store.close()
    sent = Counter(carrier.sent)
    with capsys.disabled():
        print(f"\n{len(texts)} deliveries, {refused} refused, {KILLED} workers killed, in {took:.0f} s: {counts}")  # noqa: T201
    assert refused == 0
    assert counts["stored"] == counts["answered"] == counts["sent"] == MESSAGES
    assert counts["answers"] == MESSAGES
    assert counts["red flags"] == counts["escalated"] == MESSAGES // 40
    # Each text went out once, and those of a number in the order in which their messages were stored.
    assert sum(sent.values()) == MESSAGES
    assert counts["out of order"] == 0
    by_number: dict[str, list[str]] = defaultdict(list)
    for number, body in carrier.sent:
        by_number[number].append(body)
    for number, bodies in by_number.items():
        plain = [body for body in bodies if body != "Call 911 now."]  # those overtake others
        assert plain == counts["order"][number]


def _empty(folder: Path) -> Path:
    file = folder / "clinic.yml"
    file.write_text("", encoding="utf-8")
    return file


def _listens(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


class _Pace:
    """How many messages of each number may have come by now."""

    def __init__(self) -> None:
        self._allowed, self._changed = 0, threading.Condition()

    def allow(self, messages: int) -> None:
        with self._changed:
            self._allowed = messages
            self._changed.notify_all()

    def wait(self, place: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: place < self._allowed)


def _delivered(
    carrier: StandIn,
    texts: list[dict[str, Any]],
    port: int,
    environment: dict[str, str],
    folder: Path,
    store: Store,
) -> int:
    """Delivers all texts, those of one number in turn, while workers are killed; gives how many were refused."""
    lanes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in texts:
        lanes[message["from"]].append(message)
    longest = max(map(len, lanes.values()))
    pace = _Pace()

    def lane(messages: list[dict[str, Any]]) -> int:
        refused = 0
        for place, message in enumerate(messages):
            pace.wait(place)
            response = carrier.deliver(message, f"{BASE}/sms/inbound", f"http://127.0.0.1:{port}/sms/inbound")
            refused += response.status_code != 200
        return refused

    def started(place: int) -> tuple[subprocess.Popen[bytes], Path]:
        log = folder / f"worker-{place}.log"
        return start(environment, log, "bot.worker"), log

    with ThreadPoolExecutor(NUMBERS) as pool:
        results = pool.map(lane, lanes.values())
        workers = [started(place) for place in range(ALIVE)]
        try:
            for place in range(KILLED):
                oldest, log = workers[0]
                until("a worker is ready", lambda: _is_ready(oldest, log), 120)  # noqa: B023
                # Work comes only now, so that none is killed with nothing to do, however slow the machine.
                before = _progress(store)
                pace.allow(-(-longest * (place + 1) // KILLED))
                until("a text is answered or sent", lambda: _progress(store) != before, 120)  # noqa: B023
                time.sleep(0.1 * (place % 5))
                oldest.send_signal(signal.SIGKILL)
                oldest.wait()
                del workers[0]
                if place < KILLED - ALIVE:
                    workers.append(started(ALIVE + place))
        finally:
            pace.allow(longest)
            for worker, _ in workers:
                worker.kill()
                worker.wait()
        return sum(results)


def _is_ready(worker: subprocess.Popen[bytes], log: Path) -> bool:
    """Whether it has swept once. The file of the state folder tells it of the last one alone."""
    assert worker.poll() is None, "a worker ended by itself"
    return READY in log.read_text(encoding="utf-8")


def _progress(store: Store) -> tuple[int, int]:
    with store.read() as session:
        answered = select(func.count(Message.id)).where(Message.answered_at.isnot(None))
        tried = select(func.coalesce(func.sum(OutgoingText.attempts), 0))
        return session.execute(answered).scalar_one(), session.execute(tried).scalar_one()


def _is_done(store: Store) -> bool:
    with store.read() as session:
        waiting = session.execute(select(func.count(Message.id)).where(Message.answered_at.is_(None))).scalar_one()
        return waiting == 0 and textbox.overdue(session, now() + textbox.LATE) == 0


def _counts(store: Store) -> Any:
    with store.read() as session:
        rows = session.execute(
            select(Conversation.name, Message.position, Message.text, Entry.position, Entry.payload)
            .join(Message, Message.conversation_id == Conversation.id)
            .join(Entry, Entry.message_id == Message.id)
            .where(Entry.who == "assistant")
            .order_by(Conversation.name, Message.position)
        ).all()
        last: dict[str, int] = {}
        out_of_order = 0
        order: dict[str, list[str]] = defaultdict(list)
        for number, _, text, place, payload in rows:
            if text != SIGN:  # a warning sign is not kept waiting
                out_of_order += place < last.get(number, 0)
                last[number] = place
                order[number].append(payload["text"])
        signs = session.execute(select(func.count(Message.id)).where(Message.text == SIGN)).scalar_one()
        return _Counts(
            {
                "stored": session.execute(select(func.count(Message.id))).scalar_one(),
                "answered": session.execute(
                    select(func.count(Message.id)).where(Message.answered_at.isnot(None))
                ).scalar_one(),
                "answers": len(rows),
                "red flags": signs,
                "escalated": session.execute(select(func.count(EscalationMessage.message_id))).scalar_one(),
                "sent": session.execute(
                    select(func.count(OutgoingText.id)).where(OutgoingText.state == "sent")
                ).scalar_one(),
                "tried again": session.execute(
                    select(func.count(OutgoingText.id)).where(OutgoingText.attempts > 1)
                ).scalar_one(),
                "out of order": out_of_order,
                "order": order,
            }
        )


class _Counts(dict[str, Any]):
    def __repr__(self) -> str:
        return repr({name: value for name, value in self.items() if name != "order"})
