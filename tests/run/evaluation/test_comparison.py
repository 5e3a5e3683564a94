"""Figures beside those of an earlier run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.run.evaluation import EvaluationError, comparison, statistics


def report(right: int, fever: int, **more: Any) -> dict[str, Any]:
    rate = statistics.rate
    return {
        "how": "Cross-validation",
        "limit": None,
        "rates": {"right topic": rate(right, 100)},
        "by_voice": {"plain": rate(1, 2)},
        "by_category": {"urgent: fever": {"missed": rate(fever, 10)}},
        **more,
    }


def test_only_what_the_bounds_do_not_explain_is_called_a_difference() -> None:
    found = {c.name: c for c in comparison.changes(report(50, 1), report(70, 3))}
    assert found["right topic"].row() == ("right topic", "0.500", "0.700", "+0.200", "beyond the bounds")
    assert found["category urgent: fever: missed"].row()[3:] == ("+0.200", "")
    assert found["voice plain"].row() == ("voice plain", "0.500", "0.500", "+0.000", "")


def test_it_is_told_on_the_terminal_and_on_the_page() -> None:
    said: list[str] = []
    part = comparison.section(Path("before.json"), report(50, 0), report(70, 9), said.append)
    assert [line.split("  ")[0] for line in said] == [
        "against before.json: before, after, difference",
        "right topic",
        "category urgent: fever: missed",
    ]
    assert len(part.tables[0].rows) == 3


def test_a_figure_that_only_one_of_them_has_is_left_out() -> None:
    after = report(50, 1)
    after["rates"]["new"] = statistics.rate(1, 2)
    assert "new" not in [c.name for c in comparison.changes(report(50, 1), after)]


@pytest.mark.parametrize(("how", "limit"), [("Cross-validation", 5), ("Urgency", None)])
def test_a_run_of_another_kind_is_refused_before_the_work(tmp_path: Path, how: str, limit: int | None) -> None:
    file = tmp_path / "before.json"
    file.write_text(json.dumps(report(1, 1)), encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"was made otherwise \(Cross-validation, limit None\)"):
        comparison.read(file, how, limit)
    assert comparison.read(file, "Cross-validation", None) == report(1, 1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rates": 5, "how": ""}'])
def test_what_is_no_earlier_run_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "before.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match="is no JSON that hipline evaluate has written"):
        comparison.read(file, "Cross-validation", None)
    with pytest.raises(EvaluationError, match="cannot be read: No such file"):
        comparison.read(tmp_path / "none.json", "Cross-validation", None)
