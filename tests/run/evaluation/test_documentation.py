"""docs/evaluation.md says how to read every figure there is."""

from __future__ import annotations

import typer.main

from bot.run.evaluation import Fallback
from bot.run.evaluation.accuracy import details
from bot.run.evaluation.costs import Costs
from bot.run.evaluation.triage_figures import rates
from bot.settings import ROOT
from bot.triage.judgement import NAMES

PAGE = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_every_figure_is_explained() -> None:
    understanding = details([], set(), Fallback(0.4))
    for name in (*understanding["rates"], *understanding["boundary"], *rates([])):
        assert f"**{name}**" in PAGE, name


def test_every_threshold_and_every_cost_is_named() -> None:
    fields = [*NAMES, *Costs.__fields__]
    assert [name for name in fields if f"`{name}`" not in PAGE and name != "reviewed"] == []


def test_every_option_is_named() -> None:
    from bot.__main__ import evaluation_app

    commands = getattr(typer.main.get_command(evaluation_app), "commands", {})
    assert set(commands) == {"understanding", "triage"}
    for command in commands.values():
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        assert [option for option in options if f"`{option}" not in PAGE] == []
