"""What the page on understanding shows, in its order."""

from __future__ import annotations

from typing import Any

from bot.run.evaluation import svg
from bot.run.evaluation.chart import Axis, Chart, Line, up_to
from bot.run.evaluation.page import RATE, Section, Table, cells, mistakes, rates

_KINDS = {
    "out_of_scope_near": "near",
    "out_of_scope_far": "far",
    "other_language": "other language",
    "gibberish": "gibberish",
    "all": "all",
}
_COSTS = ("wrong_answer", "needless_question", "answered_out_of_scope", "rejected_in_scope")


def sections(report: dict[str, Any]) -> list[Section]:
    """The parts of the page, from what `understanding.run` writes as JSON."""
    about_intents = [_summary(report), *_groups(report), _confusion(report), _calibration(report)]
    return [*about_intents, *_scope(report), _cost(report["choice"]), _worst(report)]


def _summary(report: dict[str, Any]) -> Section:
    at = report["scope"]["not_answered"]["shipped"]
    outside = {f"out of scope, not answered: {_KINDS[name]}": rate for name, rate in at["recall"].items()}
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


def _scope(report: dict[str, Any]) -> list[Section]:
    titles = {
        "rejected": (
            "Called out of scope",
            "Over a threshold on the probability of all out-of-scope intents together. As shipped there is no such "
            "threshold: Hipline calls out of scope what has such an intent as its likeliest, and is sure of it.",
        ),
        "not_answered": (
            "Out of scope and not answered",
            "Over the threshold below which Hipline asks back. Called out of scope or asked back both keep a patient "
            "from an answer that is not for them; in scope, both keep them from one that is.",
        ),
    }
    return [_scope_curve(title, reading, report["scope"][name]) for name, (title, reading) in titles.items()]


def _scope_curve(title: str, reading: str, curve: dict[str, Any]) -> Section:
    points, shipped = curve["points"], curve["shipped"]
    most = up_to(p["false_rejection"]["share"] for p in [*points, shipped])
    lines = [
        Line(label, [(p["false_rejection"]["share"], p["recall"][kind]["share"]) for p in points])
        for kind, label in _KINDS.items()
        if shipped["recall"][kind]["n"]
    ]
    mark = ((shipped["false_rejection"]["share"], shipped["recall"]["all"]["share"]), "as shipped, all")
    chart = Chart(
        f"{title}: recall over false rejection, for kinds of messages out of scope; the table has the numbers.",
        Axis("in scope, and not answered" if title.endswith("answered") else "in scope, and rejected", high=most),
        Axis("recall"),
        lines,
        [mark],
    )
    header = ["threshold", *_KINDS.values(), "in scope, rejected"]
    named = [(f"{p['threshold']:.2f}", p) for p in points] + [("as shipped", shipped)]
    rows = [
        [name, *(f"{p['recall'][kind]['share']:.3f}" for kind in _KINDS), f"{p['false_rejection']['share']:.4f}"]
        for name, p in named
    ]
    at = {**{label: shipped["recall"][kind] for kind, label in _KINDS.items()}, "in scope": shipped["false_rejection"]}
    tables = [rates("As shipped", "kind", at), Table("Over thresholds", header, rows, folded=True)]
    return Section(title, reading, [chart.picture()], tables)


def _cost(choice: dict[str, Any]) -> Section:
    points, both, shipped = choice["points"], choice["points_with_outside"], choice["shipped"]
    most = up_to(p["cost"] for p in [*points, *both, shipped])
    chart = Chart(
        "The expected cost of a message over the threshold for asking back; the table has the numbers.",
        Axis("asks back below"),
        Axis("cost of a message, in needless questions", high=most),
        [
            Line("out of scope as shipped", [(p["threshold"], p["cost"]) for p in points]),
            Line("with the best threshold for it", [(p["threshold"], p["cost"]) for p in both]),
        ],
        [((shipped["threshold"], shipped["cost"]), "as shipped")],
    )
    named = [
        ("as shipped", shipped),
        ("best threshold for asking back", choice["best"]),
        ("best of both thresholds", choice["best_with_outside"]),
    ]

    def row(name: str, p: dict[str, Any]) -> tuple[str, ...]:
        outside = f"{p['outside']:.2f}" if "outside" in p else "likeliest"
        return (name, f"{p['threshold']:.2f}", outside, f"{p['cost']:.3f}", *(f"{p[part]:.4f}" for part in _COSTS))

    header = ("", "asks back below", "out of scope from", "cost", *(part.replace("_", " ") for part in _COSTS))
    given = [(name.replace("_", " "), f"{value:g}") for name, value in choice["costs"].items()]
    return Section(
        "What the thresholds cost",
        "The cost of one message on average, for what each mistake is said to cost (costs.yml); the last four columns "
        "are how often it happens. Symptoms are left out: the triage decides on them first. This changes nothing.",
        [chart.picture()],
        [
            Table("As shipped and best", header, [row(name, p) for name, p in named]),
            Table("What each mistake is said to cost", ("mistake", "cost"), given),
            Table("Over thresholds", header, [row("", p) for p in [*points, *both]], folded=True),
        ],
    )


def _worst(report: dict[str, Any]) -> Section:
    return Section(
        "The worst mistakes",
        "Wrong, and the surest of it first. Some of them are labelled wrongly, or have two right answers: read them.",
        tables=[mistakes("Wrong with the highest probability", report["worst"])],
    )
