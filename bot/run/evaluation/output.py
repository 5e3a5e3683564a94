"""Where figures go: lines for the terminal, JSON for programs, a page for people."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from bot.run.evaluation.judged import EvaluationError, Say
from bot.run.evaluation.statistics import Rate


def line(name: str, rate: Rate) -> str:
    """A figure with its bounds and what it is out of."""
    return f"{name:52} {rate['share']:.3f}  ({rate['low']:.3f} to {rate['high']:.3f}, n {rate['n']:,})"


def check(out: Path) -> None:
    """Raises `EvaluationError` where nothing could be written to `out`, before the work of many minutes."""
    if out.suffix != ".json":
        raise EvaluationError(f"--out {out}: must end in .json; the page goes beside it")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise EvaluationError(f"{out} cannot be written: {error.strerror}") from None


def write(out: Path, report: dict[str, Any], page: str, say: Say) -> None:
    """Writes the report to `out` and the page beside it, as .html. They may hold patients' words: mode 0600.

    Raises `EvaluationError` where that can't be done.
    """
    for file, content in ((out, json.dumps(report, indent=1) + "\n"), (out.with_suffix(".html"), page)):
        try:
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as scratch:
                scratch.write(content)
            os.replace(scratch.name, file)
        except OSError as error:
            raise EvaluationError(f"{file} cannot be written: {error.strerror}") from None
        say(f"written to {file}")
