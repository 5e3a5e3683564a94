"""What the page on understanding shows, in its order."""

from __future__ import annotations

from typing import Any

from bot.run.evaluation import page_thresholds, svg
from bot.run.evaluation.chart import Axis, Chart, Line
from bot.run.evaluation.page import RATE, Section, Table, cells, mistakes, rates


def sections(report: dict[str, Any]) -> list[Section]:
    """The parts of the page, from what `understanding.run` writes as JSON."""
    about_intents = [_summary(report), *_groups(report), _confusion(report), _calibration(report)]
    return [
        *about_intents,
        *page_thresholds.scope(report["scope"]),
        page_thresholds.cost(report["choice"]),
        _worst(report),
    ]


def _summary(report: dict[str, Any]) -> Section:
    at = report["scope"]["not_answered"]["shipped"]
    outside = {
        f"out of scope, not answered: {page_thresholds.KINDS[name]}": rate for name, rate in at["recall"].items()
    }
    found = {**report["rates"], **report["boundary"], **outside, "in scope, not answered": at["false_rejection"]}
    reading = (
        f"As shipped: Hipline asks back below a probability of {report['threshold']:g}, or where two intents are "
        f"closer than {report['ambiguity']:g}. Not answered is called out of scope, or asked back. "
        f"The calibration error is {report['calibration_error']:.3f}."
    )
    return Section("Summary", reading, tables=[rates("The figures", "figure", found)])


def _groups(report: dict[str, Any]) -> list[Section]:
    voices, intents = report["by_voice"], report["by_intent"]
    worst_first = dict(sorted(intents.items(), key=lambda entry: entry[1]["share"]))
    parts = []
    if voices:
        picture = svg.bars("The share of right intents by voice; the table has the numbers.", list(voices.items()))
        reading = "Each voice was judged by a model that has learned from the others alone. The line shows the bounds."
        parts.append(Section("By voice", reading, [picture], [rates("Right intents by voice", "voice", voices, True)]))
    picture = svg.bars(
        "The share of right intents by intent, the worst first; the table has the numbers.", list(worst_first.items())
    )
    table = rates("Right intents by intent, the worst first", "intent", worst_first, True)
    return [*parts, Section("By intent", "The worst first. The line shows the bounds.", [picture], [table])]


def _confusion(report: dict[str, Any]) -> Section:
    found = report["confusion"]
    names, columns = found["topics"], [*found["topics"], "(no topic)"]
    picture = svg.heat(
        "What questions on each topic were taken for: a row a topic that was meant, a column a topic that was "
        "understood. The table of the worst pairs has the numbers.",
        names,
        columns,
        found["counts"],
    )
    pairs = [(p["wanted"], p["got"], str(p["n"]), f"of {p['of']}") for p in found["worst_pairs"]]
    other = [(m["wanted"], m["got"], str(m["n"])) for m in report["commonest_mistakes"]]
    counts = [
        (name, str(row[number]), ", ".join(f"{columns[i]} {n}" for i, n in enumerate(row) if n and i != number))
        for number, (name, row) in enumerate(zip(names, found["counts"], strict=True))
    ]
    return Section(
        "Topics taken for one another",
        "A row is what was meant, a column what was understood; blue is right, and a number counts mistakes.",
        [picture],
        [
            Table("The worst pairs of topics", ("meant", "taken for", "times", ""), pairs),
            Table("The same for each topic", ("meant", "right", "taken for"), counts, folded=True),
            Table("The commonest mistakes among all intents", ("meant", "taken for", "times"), other, folded=True),
        ],
    )


def _calibration(report: dict[str, Any]) -> Section:
    bins = report["calibration"]["bins"]
    chart = Chart(
        "How often it is right, over the probability that it claims; the table has the numbers.",
        Axis("claimed probability"),
        Axis("share of right ones"),
        [
            Line("measured", [(b["claimed"], b["right"]["share"]) for b in bins], dots=True),
            Line("claim and truth agree", [(0, 0), (1, 1)]),
        ],
    )
    rows = [(f"{b['from']:.1f} to {b['to']:.1f}", f"{b['claimed']:.3f}", *cells(b["right"])) for b in bins]
    return Section(
        "Is it as sure as it may be?",
        "Above the diagonal it is more often right than it claims, below it less often.",
        [chart.picture()],
        [Table("Reliability", ("probability", "claimed on average", *RATE), rows)],
    )


def _worst(report: dict[str, Any]) -> Section:
    return Section(
        "The worst mistakes",
        "Wrong, and the surest of it first. Some of them are labelled wrongly, or have two right answers: read them.",
        tables=[mistakes("Wrong with the highest probability", report["worst"])],
    )
