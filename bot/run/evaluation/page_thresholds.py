"""What the page on understanding shows of thresholds: what is turned away or asked back, and what that costs."""

from __future__ import annotations

from typing import Any

from bot.run.evaluation.chart import Axis, Chart, Line, up_to
from bot.run.evaluation.page import Section, Table, rates

KINDS = {
    "out_of_scope_near": "near",
    "out_of_scope_far": "far",
    "other_language": "other language",
    "gibberish": "gibberish",
    "all": "all",
}
_COSTS = ("wrong_answer", "needless_question", "answered_out_of_scope", "rejected_in_scope")


def scope(curves: dict[str, Any]) -> list[Section]:
    """How much is recognised as out of scope, from what `scope.curves` returns."""
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
    return [_scope_curve(title, reading, curves[name]) for name, (title, reading) in titles.items()]


def _scope_curve(title: str, reading: str, curve: dict[str, Any]) -> Section:
    points, shipped = curve["points"], curve["shipped"]
    most = up_to(p["false_rejection"]["share"] for p in [*points, shipped])
    lines = [
        Line(label, [(p["false_rejection"]["share"], p["recall"][kind]["share"]) for p in points])
        for kind, label in KINDS.items()
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
    header = ["threshold", *KINDS.values(), "in scope, rejected"]
    named = [(f"{p['threshold']:.2f}", p) for p in points] + [("as shipped", shipped)]
    rows = [
        [name, *(f"{p['recall'][kind]['share']:.3f}" for kind in KINDS), f"{p['false_rejection']['share']:.4f}"]
        for name, p in named
    ]
    at = {**{label: shipped["recall"][kind] for kind, label in KINDS.items()}, "in scope": shipped["false_rejection"]}
    tables = [rates("As shipped", "kind", at), Table("Over thresholds", header, rows, folded=True)]
    return Section(title, reading, [chart.picture()], tables)


def cost(choice: dict[str, Any]) -> Section:
    """What thresholds cost, from what `costs.choice` returns."""
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
