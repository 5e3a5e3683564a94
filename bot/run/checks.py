"""`hipline test`: every check there is, one after the other; all are run, and any that fails makes the whole fail."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from bot.run import frontend, model
from bot.settings import ROOT

# What holds whatever the database, once more on a real PostgreSQL; skipped where none is installed.
ON_POSTGRESQL = (
    "--database",
    "postgresql",
    "-m",
    "not processes",
    "tests/care",
    "tests/worker",
    "tests/turn",
    "tests/followup",
)


def run(pytest_arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Runs the checks; returns 0 where all pass. Where pytest arguments are given, pytest alone is run."""
    python = [sys.executable, "-m"]
    checks: list[tuple[str, list[str]]] = [("pytest", [*python, "pytest", *pytest_arguments])]
    if not pytest_arguments:
        checks = [
            ("ruff check", [*python, "ruff", "check", "."]),
            ("ruff format", [*python, "ruff", "format", "--check", "."]),
            ("mypy", [*python, "mypy"]),
            ("data files", [*python, "bot", "check"]),
            (
                "rasa data validate",
                [sys.executable, "-W", "ignore", "-m", "rasa", "data", "validate", "--fail-on-warnings"],
            ),
            *checks,
            ("pytest on PostgreSQL", [*python, "pytest", *ON_POSTGRESQL]),
        ]
    failed = []
    try:
        frontend.install(say, dev=True)
    except frontend.FrontendError as error:
        say(f"== packages of the pages: {error}")
        failed.append("packages of the pages")
    for name, command in checks:
        say(f"== {name}")
        start = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, env=model.rasa_environment(), check=False).returncode
        say(f"== {name}: {'passed' if status == 0 else f'failed ({status})'} in {time.monotonic() - start:.0f} s")
        if status != 0:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return int(bool(failed))
