"""Hipline beside others, on the same messages, in one run: `python -m benchmarks.compare --help`."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import asking, contenders, data, figures, processes, report, table
from benchmarks.client import Session
from benchmarks.contenders.base import Contender
from bot.nlu import examples
from bot.nlu.examples import Example
from bot.run.evaluation import EvaluationError
from bot.settings import ROOT

EARLY, EARLY_SPREAD = 5, 2  # "turn 5" is turns 3 to 7
LATE_SPREAD = 20  # "turn 200" is the last 20 of 200
WARM_UP = (20, 5)  # conversations, and turns of each: what is loaded or remembered at first is no part of a turn
_TF_THREADS = ("TF_INTRA_OP_PARALLELISM_THREADS", "TF_INTER_OP_PARALLELISM_THREADS")
PAGE = ROOT / "docs" / "benchmarks.md"


def say(line: str) -> None:
    """One line, with the time."""
    print(f"{dt.datetime.now():%H:%M:%S} {line}", flush=True)


def main(
    voices: Annotated[str, typer.Option(help="The voices held out as the test, with commas.")] = "situation,typo",
    file: Annotated[
        Path | None, typer.Option(help="A labelled file, as `hipline evaluate` takes it, as the test.")
    ] = None,
    number: Annotated[int, typer.Option("--examples", help="Training examples an intent, at most; 0: all.")] = 40,
    longest: Annotated[
        int, typer.Option(help="Characters of an example, at most; 0: no limit. DIET learns slowly from long ones.")
    ] = 0,
    messages: Annotated[int, typer.Option(help="Test messages, at most; 0: all.")] = 0,
    only: Annotated[str, typer.Option(help=f"Of {', '.join(contenders.ALL)}, these alone, with commas.")] = "",
    limit: Annotated[float, typer.Option(help="Seconds for each training.")] = 3600.0,
    short: Annotated[int, typer.Option(help="Short conversations, for turn 5.")] = 40,
    long: Annotated[int, typer.Option(help="Long conversations, for the last turns.")] = 5,
    turns: Annotated[int, typer.Option(help="Turns of a long conversation.")] = 200,
    clients: Annotated[int, typer.Option(help="Clients at once, for messages a second.")] = 4,
    seconds: Annotated[float, typer.Option(help="Seconds of that.")] = 20.0,
    rounds: Annotated[
        int, typer.Option(help="How often each is timed, in turn with the others: a shared machine's speed wanders.")
    ] = 1,
    tf_threads: Annotated[int, typer.Option(help="Threads of TensorFlow (stock Rasa); 0: its own choice.")] = 0,
    resume: Annotated[
        bool, typer.Option(help="Keep what OUT holds of a run with the same data that was ended.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "results" / "compare.json",
    write: Annotated[bool, typer.Option(help="Write the table into docs/benchmarks.md too.")] = True,
) -> None:
    """Train, ask and time every contender on the same data, and print a table."""
    known = [e for e in examples.read(ROOT / "data" / "nlu") if not longest or len(e.text) <= longest]
    keys = [key.strip() for key in only.split(",") if key.strip()] or list(contenders.ALL)
    if unknown := [key for key in keys if key not in contenders.ALL]:
        sys.exit(f"compare: there is no {', '.join(unknown)}: there are {', '.join(contenders.ALL)}")
    held_out = [voice.strip() for voice in voices.split(",") if voice.strip()]
    try:
        split = data.by_file(known, file, number) if file else data.by_voices(known, held_out, number)
    except (data.SplitError, EvaluationError) as error:
        sys.exit(f"compare: {error}")
    test = data.sample(split.test, messages)
    taken: dict[str, Any] = {
        "date": f"{dt.date.today()}",
        "command": "python -m benchmarks.compare " + " ".join(sys.argv[1:]),
        "machine": report.machine(),
        "training": {
            "n": len(split.training),
            "per_intent": number,
            "longest": longest,
            "voices": sorted({e.voice for e in split.training}),
        },
        "test": {
            "n": len(test),
            "from": file.name if file else held_out,
            "in_scope": sum(a.in_scope for a in test),
            "intents": len(Counter(a.wanted[0] for a in test)),
        },
        "load": {"clients": clients, "seconds": seconds},
        "rounds": rounds,
        "turns": {"early": [EARLY - EARLY_SPREAD, EARLY + EARLY_SPREAD], "late": [turns - LATE_SPREAD + 1, turns]},
    }
    say(f"{len(split.training):,} training examples, {len(test):,} test messages")
    if tf_threads:  # one that waits for another on a busy machine loses far more than it gains
        os.environ.update(dict.fromkeys(_TF_THREADS, str(tf_threads)))
    taken["tf_threads"] = tf_threads
    plan = Plan(split.training, test, limit, short, long, turns, clients, seconds)
    out.parent.mkdir(parents=True, exist_ok=True)
    rows = kept(json.loads(out.read_text(encoding="utf-8")), taken) if resume and out.is_file() else {}
    for key in rows:
        say(f"{rows[key]['title']}: kept from before")
    entered = {key: contenders.make(key, _fresh(out.parent / "contenders" / key)) for key in keys if key not in rows}
    measured = {key: plan.trained(contender) for key, contender in entered.items()}
    for number in range(1, rounds + 1):
        say(f"round {number} of {rounds}")
        for key, contender in entered.items():
            plan.measure(contender, measured[key])
            _keep(out, {**taken, "contenders": {**rows, **measured}})
    rows = {key: {**rows, **measured}[key] for key in keys}
    _keep(out, {**taken, "contenders": rows})
    text = report.compared({**taken, "contenders": rows})
    print(text)
    say(f"figures in {out}")
    if write:
        table.write(PAGE, "compare", text)
        say(f"table in {PAGE}")


def kept(before: dict[str, Any], taken: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of an earlier run that are whole; none where it had other data, loads or turns."""
    if any(before.get(name) != taken[name] for name in ("machine", "training", "test", "load", "turns")):
        return {}
    return {key: row for key, row in before.get("contenders", {}).items() if "failed" not in row}


class Plan:
    """What is done with each contender."""

    def __init__(
        self,
        training: Sequence[Example],
        test: Sequence[data.Asked],
        limit: float,
        short: int,
        long: int,
        turns: int,
        clients: int,
        seconds: float,
    ) -> None:
        self._training, self._test, self._limit = training, test, limit
        self._short, self._long, self._turns = short, long, turns
        self._clients, self._seconds = clients, seconds
        self._figures: dict[tuple[str, str], list[float]] = defaultdict(list)  # of a contender, all rounds together

    def trained(self, contender: Contender) -> dict[str, Any]:
        """The row of one that has learned; what fails is told as `failed`, beside what had been measured by then."""
        row: dict[str, Any] = {"title": contender.title}
        self._do(contender, row, self._train)
        return row

    def measure(self, contender: Contender, row: dict[str, Any]) -> None:
        """Adds to a row what can be measured; again, the times of both rounds count. What failed before is left."""
        if "failed" not in row:
            self._do(contender, row, self._parse, self._talk)

    def _do(
        self, contender: Contender, row: dict[str, Any], *steps: Callable[[Contender, dict[str, Any]], None]
    ) -> None:
        begun, machine = time.monotonic(), processes.Machine()
        try:
            for step in steps:
                step(contender, row)
        except processes.ContenderFailed as failure:
            row["failed"] = str(failure)
            say(f"{contender.title}: {failure}")
        except Exception as error:  # whatever one does, the others have their turn
            row["failed"] = f"{type(error).__name__}: {error}"[:200]
            say(f"{contender.title}: {row['failed']}")
        row["others_cores"] = round(statistics.mean(self._all(contender, "others", machine.others())), 2)
        say(f"{contender.title}: done in {time.monotonic() - begun:.0f} s")

    def _all(self, contender: Contender, name: str, *taken: float) -> list[float]:
        """What was taken of one under that name so far, and now."""
        found = self._figures[contender.key, name]
        found += taken
        return found

    def _train(self, contender: Contender, row: dict[str, Any]) -> None:
        say(f"{contender.title}: preparing")
        contender.prepare(self._training)
        say(f"{contender.title}: training")
        done = processes.run(contender.training(), self._limit)
        row["training"] = {
            "seconds": round(done.seconds, 1),
            "processor_seconds": round(done.processor, 1),
            "peak_bytes": done.peak,
        }
        row["model_bytes"] = sum(file.stat().st_size for file in contender.model())
        row["threshold"] = contender.threshold()
        say(f"{contender.title}: trained in {done.seconds:.0f} s")

    def _parse(self, contender: Contender, row: dict[str, Any]) -> None:
        with contender.parsing() as pid, Session() as session:
            for asked in self._test[:20]:
                contender.parse(session, asked.text)  # what is loaded at first use is no part of a parse
            say(f"{contender.title}: asking {len(self._test)} messages")
            parsed: list[figures.Parsed] = []
            taken = [
                asking.timed(lambda text=asked.text: parsed.append(contender.parse(session, text)))  # type: ignore[misc]
                for asked in self._test
            ]
            row["understood"] = figures.understood(self._test, parsed)
            row["parse_ms"] = figures.times(self._all(contender, "parse", *taken))
            row["parsed"] = [asdict(one) for one in parsed]
            self._see_memory(row, pid)
            if not contender.talks:
                texts = [asked.text for asked in self._test]
                rate = asking.load(
                    lambda session, _, text: contender.parse(session, text), texts, self._clients, self._seconds
                )
                row["messages_per_second"] = round(statistics.mean(self._all(contender, "rate", rate)), 1)

    def _talk(self, contender: Contender, row: dict[str, Any]) -> None:
        if not contender.talks:
            return
        texts = [asked.text for asked in data.sample(self._test, len(self._test))]
        with contender.talking() as pid:
            asking.conversations(contender.turn, texts, *WARM_UP)
            last = EARLY + EARLY_SPREAD
            say(f"{contender.title}: {self._short} conversations of {last} turns, {self._long} of {self._turns}")
            short = asking.conversations(contender.turn, texts, self._short, last)
            early = [t for one in short for t in one[EARLY - EARLY_SPREAD - 1 :]]
            row["turn_early_ms"] = figures.times(self._all(contender, "early", *early))
            long = asking.conversations(contender.turn, texts, self._long, self._turns)
            late = [t for one in long for t in one[-LATE_SPREAD:]]
            row["turn_late_ms"] = figures.times(self._all(contender, "late", *late))
            say(f"{contender.title}: {self._clients} clients for {self._seconds:g} s")
            rate = asking.load(contender.turn, texts, self._clients, self._seconds)
            row["messages_per_second"] = round(statistics.mean(self._all(contender, "rate", rate)), 1)
            self._see_memory(row, pid)

    @staticmethod
    def _see_memory(row: dict[str, Any], pid: int) -> None:
        row["serving_peak_bytes"] = max(row.get("serving_peak_bytes", 0), processes.peak_memory(pid))


def _keep(out: Path, found: dict[str, Any]) -> None:
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _fresh(folder: Path) -> Path:
    """An empty folder for what a contender makes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


if __name__ == "__main__":
    typer.run(main)
