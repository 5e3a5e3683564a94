"""The queue: Huey over a file that may be lost."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from bot.care.outbox import Claim
from bot.worker.queue import Queue
from tests.waiting import until


def run(queue: Queue) -> threading.Event:
    """Runs the queue's threads until the event that it gives is set."""
    consumer = queue.consumer()
    consumer._set_signal_handlers = lambda: None  # the tests' own process keeps its own
    stop = threading.Event()

    def whole() -> None:
        consumer.start()
        stop.wait()
        consumer.stop(graceful=True)

    threading.Thread(target=whole).start()
    return stop


def test_what_is_put_in_is_delivered_once_though_one_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def deliver(claim: Claim) -> None:
        done.append(claim.alert_id)
        if claim.alert_id == "a1":
            raise ZeroDivisionError("private")

    queue = Queue(tmp_path / "queue.db", deliver)
    for number in range(5):
        queue.put(Claim(f"a{number}", "lease"))
    assert queue.waiting() == 5
    stop = run(queue)
    until("all are done", lambda: len(done) == 5)
    stop.set()
    assert sorted(done) == ["a0", "a1", "a2", "a3", "a4"]
    assert queue.waiting() == 0
    assert "the attempt at alert a1 broke off: ZeroDivisionError" in caplog.text
    assert "private" not in caplog.text


def test_what_a_killed_worker_left_in_it_is_found_by_the_next(tmp_path: Path) -> None:
    Queue(tmp_path / "queue.db", lambda _: None).put(Claim("a1", "lease"))
    done: list[Claim] = []
    stop = run(Queue(tmp_path / "queue.db", done.append))
    until("it is done", lambda: done)
    stop.set()
    assert done == [Claim("a1", "lease")]
    assert stat.S_IMODE((tmp_path / "queue.db").stat().st_mode) == 0o600


def test_a_broken_file_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "queue.db").write_bytes(b"no database at all, " * 500)
    queue = Queue(tmp_path / "queue.db", lambda _: None)
    queue.put(Claim("a1", "lease"))
    assert queue.waiting() == 1
    assert "made anew" in caplog.text
