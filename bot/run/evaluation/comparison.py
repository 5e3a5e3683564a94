"""The figures of a run beside those of an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.run.evaluation.judged import EvaluationError, Say
from bot.run.evaluation.page import Section, Table
from bot.run.evaluation.statistics import Rate


@dataclass(frozen=True)
class Change:
    """A figure before and after."""

    name: str
    before: Rate
    after: Rate

    @property
    def clear(self) -> bool:
        """Whether the bounds leave each other free: then chance alone does not explain it."""
        return self.before["high"] < self.after["low"] or self.after["high"] < self.before["low"]

    def row(self) -> tuple[str, str, str, str, str]:
        """It as a row of a table."""
        difference = self.after["share"] - self.before["share"]
        verdict = "beyond the bounds" if self.clear else ""
        return self.name, f"{self.before['share']:.3f}", f"{self.after['share']:.3f}", f"{difference:+.3f}", verdict


def read(file: Path, how: str, limit: int | None) -> dict[str, Any]:
    """The report of an earlier run that was made the same way. Raises `EvaluationError`."""
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise EvaluationError(f"--against {file}: cannot be read: {error.strerror}") from None
    except ValueError:
        report = None
    if not (isinstance(report, dict) and isinstance(report.get("rates"), dict) and "how" in report):
        raise EvaluationError(f"--against {file}: is no JSON that hipline evaluate has written")
    if (report["how"], report.get("limit")) != (how, limit):
        raise EvaluationError(f"--against {file}: was made otherwise ({report['how']}, limit {report.get('limit')})")
    return report


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """All figures that both have, those of single intents, categories and voices behind the others."""
    earlier = dict(_rates(before))
    return [Change(name, earlier[name], rate) for name, rate in _rates(after) if name in earlier]


def section(file: Path, before: dict[str, Any], after: dict[str, Any], say: Say) -> Section:
    """The comparison as a part of the page; says the summary's changes and the clear ones."""
    found = changes(before, after)
    say(f"against {file}: before, after, difference")
    for change in found:
        if change.clear or change.name in after["rates"]:
            name, *numbers = change.row()
            say(f"{name:52} {'  '.join(numbers)}".rstrip())
    reading = "A difference within the bounds of either may be chance."
    header = ("figure", "before", "after", "difference", "")
    return Section(f"Against {file}", reading, tables=[Table("Before and after", header, [c.row() for c in found])])


def _rates(report: dict[str, Any]) -> Iterator[tuple[str, Rate]]:
    yield from report["rates"].items()
    yield from report.get("boundary", {}).items()
    if "scope" in report:
        shipped = report["scope"]["not_answered"]["shipped"]
        yield from ((f"not answered: {kind}", rate) for kind, rate in shipped["recall"].items())
        yield "not answered: in scope", shipped["false_rejection"]
    for part in ("by_intent", "by_category", "by_voice"):
        for name, found in report.get(part, {}).items():
            if "share" in found:
                yield f"{part[3:]} {name}", found
            else:
                yield from ((f"{part[3:]} {name}: {what.replace('_', ' ')}", rate) for what, rate in found.items())
