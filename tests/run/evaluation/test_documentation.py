"""docs/evaluation.md says how to read every figure there is."""

from __future__ import annotations

import typer.main

from bot.nlu import examples
from bot.run.evaluation import Fallback
from bot.run.evaluation.accuracy import details
from bot.run.evaluation.costs import Costs
from bot.run.evaluation.judged import shipped
from bot.run.evaluation.triage_figures import rates
from bot.settings import ROOT
from bot.triage import examples as triage_examples
from bot.triage.judgement import NAMES, load_thresholds

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


def test_the_thresholds_that_are_told_are_the_shipped_ones() -> None:
    safety, understanding = (
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("safety.md", "understanding.md")
    )
    limits = load_thresholds().dict(exclude={"reviewed"})
    assert [name for name, value in limits.items() if f"`{name}`, {value:g}" not in safety] == []
    asking = shipped()
    assert f"below a probability of {asking.threshold:g}, or with two intents closer than {asking.ambiguity:g}" in (
        " ".join(understanding.split())
    )


def test_the_counts_of_examples_that_are_told_are_those_of_the_files() -> None:
    page = " ".join((ROOT / "docs" / "understanding.md").read_text(encoding="utf-8").split())
    questions, reports = examples.read(ROOT / "data" / "nlu"), triage_examples.read()
    assert f"holds {len(questions):,} examples of {len({one.intent for one in questions})} intents" in page
    assert f"holds {len(reports):,} messages by urgency" in page
