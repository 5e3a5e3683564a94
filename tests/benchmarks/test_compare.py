"""One contender's row, and what becomes of one that fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.client import Session
from benchmarks.compare import Plan, kept
from benchmarks.contenders.base import Contender
from benchmarks.data import Asked
from benchmarks.figures import Parsed
from benchmarks.processes import ContenderFailed, Program
from bot.nlu.examples import Example

TEST = [Asked("how soon", ("onset",)), Asked("why", ("followup_why",)), Asked("asdf", ("gibberish",))]


class Always(Contender):
    """Takes everything for the same, and runs nothing but its training."""

    key = "always"
    title = "Always onset"
    trains = "open('model', 'w').write('12345')"
    broken = ""

    def prepare(self, training: Sequence[Example]) -> None:
        self.learned = list(training)

    def training(self) -> Program:
        return Program([sys.executable, "-S", "-c", self.trains], self.folder, self.folder / "log")

    def model(self) -> list[Path]:
        return [self.folder / "model"]

    @contextmanager
    def parsing(self) -> Iterator[int]:
        yield os.getpid()

    def parse(self, session: Session, text: str) -> Parsed:
        if self.broken == "parse":
            raise RuntimeError("out of order")
        return Parsed("onset", 0.9, False)

    def turn(self, session: Session, conversation: str, text: str) -> None:
        if self.broken == "turn":
            raise ContenderFailed("a message got no answer")


def row_of(contender: Contender, rounds: int = 1) -> dict[str, Any]:
    plan = Plan([Example("how soon", "onset", "a")], TEST, 20, 2, 1, 25, 2, 0.02)
    row = plan.trained(contender)
    for _ in range(rounds):
        plan.measure(contender, row)
    return row


def found(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": "2026-01-31",
        "command": "python -m benchmarks.compare",
        "machine": "2 cores",
        "training": {"n": 1, "per_intent": 40, "voices": ["a"]},
        "test": {"n": 3, "from": ["b", "c"], "in_scope": 2, "intents": 3},
        "tf_threads": 0,
        "load": {"clients": 4, "seconds": 20},
        "turns": {"early": [3, 7], "late": [6, 25]},
        "contenders": {str(number): row for number, row in enumerate(rows)},
    }


def test_a_row_holds_all_that_is_measured(tmp_path: Path) -> None:
    row = row_of(Always(tmp_path))
    assert "failed" not in row
    assert row["understood"]["in_scope"]["right"] == 0.5
    assert row["understood"]["out_of_scope"] == {"n": 1, "recall": 0.0}
    assert row["model_bytes"] == 5
    assert row["parse_ms"]["n"] == 3
    assert (row["turn_early_ms"]["n"], row["turn_late_ms"]["n"]) == (10, 20)
    assert row["messages_per_second"] > 0
    assert row["serving_peak_bytes"] > 1_000_000
    assert len(row["parsed"]) == 3
    assert all("text" not in one for one in row["parsed"])


def test_the_times_of_all_rounds_count_and_each_message_is_understood_once(tmp_path: Path) -> None:
    row = row_of(Always(tmp_path), rounds=2)
    assert row["parse_ms"]["n"] == 6
    assert (row["turn_early_ms"]["n"], row["turn_late_ms"]["n"]) == (20, 40)
    assert len(row["parsed"]) == 3
    assert row["understood"]["in_scope"]["n"] == 2
    about = report.compared({**found(row), "rounds": 2}).splitlines()[0]
    assert about.endswith("from the voices b and c. Timed in 2 rounds, all in turn.")


def test_one_that_keeps_no_conversations_has_no_turns_and_is_put_under_load_all_the_same(tmp_path: Path) -> None:
    contender = Always(tmp_path)
    contender.talks = False  # type: ignore[misc]
    row = row_of(contender)
    assert "turn_early_ms" not in row
    assert row["messages_per_second"] > 0


def test_one_that_cannot_be_trained_is_a_row_that_says_why(tmp_path: Path) -> None:
    contender = Always(tmp_path)
    contender.trains = "raise SystemExit('no compiler')"
    row = row_of(contender)
    assert row["failed"].endswith("ended with status 1: no compiler")
    line = report.compared(found(row)).splitlines()[-1]
    assert line.startswith("| Always onset: not run (")
    assert "no compiler" in line
    assert line.count("|") == report.compared(found(row)).splitlines()[-2].count("|")


def test_whatever_goes_wrong_in_one_is_told(tmp_path: Path) -> None:
    contender = Always(tmp_path)
    contender.broken = "parse"
    assert row_of(contender)["failed"] == "RuntimeError: out of order"


def test_what_was_measured_before_it_failed_stays_beside_why(tmp_path: Path) -> None:
    contender = Always(tmp_path)
    contender.broken = "turn"
    line = report.compared(found(row_of(contender))).splitlines()[-1]
    assert line.startswith("| Always onset (a message got no answer) | – | 0.500 |")


def test_the_page_says_how_the_figures_were_made(tmp_path: Path) -> None:
    about = report.compared(found(row_of(Always(tmp_path)))).splitlines()[0]
    assert about == (
        "`python -m benchmarks.compare`, 2026-01-31, 2 cores. 1 training examples by 1 voices (at most 40 an intent), "
        "3 test messages (2 in scope, 3 intents) from the voices b and c."
    )


def test_the_machine_is_told_without_its_name() -> None:
    assert f"{os.cpu_count()} cores" in report.machine()
    assert os.uname().nodename not in report.machine()


def test_a_run_that_was_ended_goes_on_with_the_rows_that_are_whole() -> None:
    before = found({"title": "A"}, {"title": "B", "failed": "took longer than 5 s"})
    assert kept(before, {**found(), "date": "2026-02-01"}) == {"0": {"title": "A"}}


def test_rows_on_other_data_are_not_kept() -> None:
    before = found({"title": "A"})
    for name, other in (("training", {"n": 2}), ("test", {"n": 4}), ("turns", {}), ("machine", "4 cores")):
        assert kept(before, {**found(), name: other}) == {}


def test_the_page_tells_of_a_tensorflow_that_was_held_to_few_threads() -> None:
    assert "TensorFlow" not in report.compared(found())
    assert report.compared({**found(), "tf_threads": 1}).splitlines()[0].endswith("TensorFlow on 1 thread(s).")
