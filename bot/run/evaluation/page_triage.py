"""What the page on urgency shows, in its order."""

from __future__ import annotations

from typing import Any

from bot.run.evaluation import svg
from bot.run.evaluation.chart import Axis, Chart, Line, up_to
from bot.run.evaluation.page import RATE, Section, Table, cells, mistakes, rates

_ROWS = 25  # of a picture
_CURVES = {"red": "", "red_in_context": ", all messages taken as following a reply about a symptom"}
_MISSED, _ALARM = "red flag missed", "no symptom, false alarm"
_SHOWN = (
    _MISSED,
    "emergency missed",
    "self-harm missed",
    _ALARM,
    "mild symptom, false alarm",
    "emergency told as one",
    "self-harm told as such",
    "no symptom, told to call for an emergency",
    "exact urgency",
)


def sections(report: dict[str, Any]) -> list[Section]:
    """The parts of the page, from what `triage.run` writes as JSON."""
    return [
        _summary(report),
        _counts(report),
        *_groups(report),
        *(_sensitivity(name, found) for name, found in report["sensitivity"].items()),
        Section(
            "Red flags that were missed",
            "The least suspected first; red is the probability of a red flag. Nobody would have been alerted.",
            tables=[mistakes(f"Missed: {len(report['missed'])}", report["missed"])],
        ),
        Section(
            "The surest false alarms",
            "No red flag by its label, and called one. Some of them are labelled wrongly: read them.",
            tables=[mistakes("False alarms, the surest first", report["alarms"], folded=True)],
        ),
    ]


def _summary(report: dict[str, Any]) -> Section:
    return Section(
        "Summary",
        "As shipped: the fitted urgency model, the lexicon and the thresholds together. A red flag is an emergency, "
        "urgent, or self-harm. Where nothing was missed, the upper bound is the exact one.",
        tables=[
            rates("The figures", "figure", report["rates"]),
            rates("By the words alone, without the model", "figure", report["lexicon_alone"], folded=True),
        ],
    )


def _counts(report: dict[str, Any]) -> Section:
    labels, counts = report["labels"], report["counts"]
    rows = [(label, *map(str, row), str(sum(row))) for label, row in zip(labels, counts, strict=True)]
    table = Table("What each urgency was taken for", ("meant", *labels, "all"), rows)
    return Section(
        "Urgencies taken for one another", "A row is what was meant, a column what was judged.", tables=[table]
    )


def _groups(report: dict[str, Any]) -> list[Section]:
    parts = []
    for title, what, groups in (
        ("By category", "category", report["by_category"]),
        ("By voice", "voice", report["by_voice"]),
    ):
        missed = {name: g["missed"] for name, g in groups.items() if g["missed"]["n"]}
        alarms = {name: g["false_alarms"] for name, g in groups.items() if g["false_alarms"]["n"]}
        pictures = [
            svg.bars(
                f"{label} {what}, the worst first ({_ROWS} at most); the table has all numbers.", _worst_first(found)
            )
            for label, found in (("Red flags missed by", missed), ("False alarms by", alarms))
            if found
        ]
        rows = [
            (name, *cells(g["missed"]), *cells(g["false_alarms"]), *cells(g["exact"])[:1]) for name, g in groups.items()
        ]
        header = (what, *(f"missed: {cell}" for cell in RATE), *(f"false alarms: {cell}" for cell in RATE), "exact")
        if rows:
            reading = "First what was missed of the red flags, then what was called one and is none."
            parts.append(Section(title, reading, pictures, [Table(f"The same {what} by {what}", header, rows, True)]))
    return parts


def _worst_first(found: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(((name, rate) for name, rate in found.items() if rate["k"]), key=lambda entry: -entry[1]["share"])[
        :_ROWS
    ]


def _sensitivity(name: str, found: dict[str, Any]) -> Section:
    points = found["points"]
    shipped = next(p for p in points if p["value"] == found["shipped"])
    rows = [
        (f"{p['value']:g}{' (as shipped)' if p is shipped else ''}", *(f"{p[key]['share']:.4f}" for key in _SHOWN))
        for p in points
    ]
    table = Table(f"Over values of {name}", (name, *_SHOWN), rows, folded=name in _CURVES)
    reading = f"The threshold {name} of bot/triage/judgement.py, the others as shipped{_CURVES.get(name, '')}."
    pictures = []
    if name in _CURVES:
        at = [(p[_ALARM]["share"], p) for p in points]
        chart = Chart(
            f"What is missed over false alarms, for values of {name}; the table has the numbers.",
            Axis(_ALARM, high=up_to(x for x, _ in at)),
            Axis("missed", high=up_to(p[key]["share"] for p in points for key in _SHOWN[:3])),
            [Line(key, [(x, p[key]["share"]) for x, p in at], dots=True) for key in _SHOWN[:3]],
            [((shipped[_ALARM]["share"], shipped[_MISSED]["share"]), f"as shipped: {found['shipped']:g}")],
        )
        pictures.append(chart.picture())
    return Section(f"Threshold: {name}", reading, pictures, [table])
