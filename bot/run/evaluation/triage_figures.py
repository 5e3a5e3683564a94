"""The figures of urgency: what is missed, what is called for nothing, and how both move with each threshold."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.run.evaluation import statistics
from bot.run.evaluation.statistics import Rate
from bot.run.evaluation.urgency import LABELS
from bot.triage.examples import Label
from bot.triage.judgement import NAMES, RED, Thresholds, judge, judge_words, load_thresholds
from bot.triage.rules import Finding

STEPS = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_IN_CONTEXT = "red_in_context"  # the threshold that counts only behind a reply about a symptom
_SHOWN = 100


@dataclass(frozen=True)
class Described:
    """A message, how urgent it is, and what the head and the lexicon found in it."""

    text: str
    wanted: Label
    category: str
    voice: str
    shares: dict[Label, float]
    hits: tuple[Finding, ...]
    line: int | None = None

    def judged(self, thresholds: Thresholds, after_symptom: bool = False) -> Label:
        """The urgency, as shipped but for the thresholds."""
        return judge(self.shares, self.hits, after_symptom, thresholds)

    def told(self, got: Label, texts: bool) -> dict[str, Any]:
        """It as an entry of the report: its words where `texts` says so, or else its line alone."""
        words = {"text": self.text} if texts else {}
        place = {} if self.line is None else {"line": self.line}
        who = {"category": self.category, "voice": self.voice}
        return {**place, **words, **who, "wanted": self.wanted, "got": got, "red": round(_red(self), 4)}


Pairs = list[tuple[Label, Label]]  # wanted and got


def figures(messages: Sequence[Described], texts: bool, thresholds: Thresholds | None = None) -> dict[str, Any]:
    """Everything that the evaluation of urgency reports. `texts` says whether the mistakes carry their words."""
    limits = thresholds or load_thresholds()
    found = [(m, m.judged(limits)) for m in messages]
    pairs: Pairs = [(m.wanted, got) for m, got in found]
    missed = [(m, got) for m, got in found if m.wanted in RED and got not in RED]
    alarms = [(m, got) for m, got in found if m.wanted not in RED and got in RED]
    counts = collections.Counter(pairs)
    return {
        "n": len(messages),
        "rates": rates(pairs),
        "lexicon_alone": rates([(m.wanted, judge_words(m.hits)) for m in messages]),
        "labels": list(LABELS),
        "counts": [[counts[(wanted, got)] for got in LABELS] for wanted in LABELS],
        "by_category": _by(found, lambda m: f"{m.wanted}: {m.category}" if m.category else m.wanted),
        "by_voice": _by([(m, got) for m, got in found if m.voice], lambda m: m.voice),
        "sensitivity": {name: _sensitivity(messages, limits, name) for name in NAMES},
        "missed": [m.told(got, texts) for m, got in sorted(missed, key=lambda pair: _red(pair[0]))],
        "alarms": [m.told(got, texts) for m, got in sorted(alarms, key=lambda pair: -_red(pair[0]))[:_SHOWN]],
    }


def rates(pairs: Pairs) -> dict[str, Rate]:
    """Misses, false alarms and exactness over wanted and got urgencies."""
    reds = [(w, g) for w, g in pairs if w in RED]
    emergencies = [g for w, g in pairs if w == "emergency"]
    crises = [g for w, g in pairs if w == "crisis"]
    nothing = [g for w, g in pairs if w == "none"]
    return {
        "red flag found": statistics.of(g in RED for _, g in reds),
        "red flag missed": _missed(g not in RED for _, g in reds),
        "emergency found as a red flag": statistics.of(g in RED for g in emergencies),
        "emergency missed": _missed(g not in RED for g in emergencies),
        "emergency told as one": statistics.of(g in ("emergency", "crisis") for g in emergencies),
        "self-harm found as a red flag": statistics.of(g in RED for g in crises),
        "self-harm missed": _missed(g not in RED for g in crises),
        "self-harm told as such": statistics.of(g == "crisis" for g in crises),
        "no symptom, false alarm": statistics.of(g in RED for g in nothing),
        "no symptom, told to call for an emergency": statistics.of(g in ("emergency", "crisis") for g in nothing),
        "mild symptom, false alarm": statistics.of(g in RED for w, g in pairs if w == "routine"),
        "exact urgency": statistics.of(w == g for w, g in pairs),
    }


def _missed(flags: Iterable[bool]) -> Rate:
    values = list(flags)
    return statistics.missed(sum(values), len(values))


def _by(found: Sequence[tuple[Described, Label]], key: Callable[[Described], str]) -> dict[str, Any]:
    """For each group the red flags that were missed, the false alarms among the others, and how often all was exact."""
    groups: dict[str, Pairs] = collections.defaultdict(list)
    for message, got in found:
        groups[key(message)].append((message.wanted, got))
    return {
        name: {
            "missed": _missed(g not in RED for w, g in pairs if w in RED),
            "false_alarms": statistics.of(g in RED for w, g in pairs if w not in RED),
            "exact": statistics.of(w == g for w, g in pairs),
        }
        for name, pairs in sorted(groups.items())
    }


def _sensitivity(messages: Sequence[Described], limits: Thresholds, name: str) -> dict[str, Any]:
    """The figures over the values of one threshold, the others as they are."""
    in_context = name == _IN_CONTEXT

    def point(value: float) -> dict[str, Any]:
        there = limits.copy(update={name: value})
        found = rates([(m.wanted, m.judged(there, in_context)) for m in messages])
        return {"value": value, **found}

    shipped = getattr(limits, name)
    values = sorted({*STEPS, shipped})
    return {"shipped": shipped, "in_context": in_context, "points": [point(value) for value in values]}


def _red(message: Described) -> float:
    return sum(message.shares[label] for label in RED)
