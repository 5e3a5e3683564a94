"""How well urgency is judged: by cross-validation over voices, or on a labelled file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.nlu.encoder import Vectors
from bot.run.evaluation import comparison, labelled, output, page, page_triage, triage_figures, urgency
from bot.run.evaluation.folds import Fold, limited, split
from bot.run.evaluation.judged import FOLDS, Say
from bot.run.evaluation.triage_figures import Described
from bot.run.evaluation.vectors import VectorStore
from bot.settings import Settings
from bot.triage import rules
from bot.triage.examples import Labelled
from bot.triage.judgement import RED, load_thresholds


def run(
    settings: Settings,
    file: Path | None,
    out: Path,
    say: Say,
    folds: int = FOLDS,
    limit: int | None = None,
    texts: bool = False,
    against: Path | None = None,
) -> None:
    """Prints the figures of urgency, writes them to `out`, and a page of them beside it.

    `limit` takes that many examples of each category, for a quick look; `texts` shows the words of a labelled file's
    messages; `against` is the JSON of an earlier run to set it beside. Raises `EvaluationError`, `DataFileError`.
    """
    output.check(out)
    how = f"Urgency by cross-validation over voices, {folds} folds"
    if file:
        how = f"Urgency on the messages of {file}, with all examples learned"
    before = comparison.read(against, how, limit) if against else None
    known = limited(urgency.known(), lambda e: f"{e.urgency} {e.category}", limit)
    described = labelled.reports(file) if file else None
    lexicon = rules.load()
    parts = split([e.voice for e in known], folds) if file is None else []
    say(f"{len(known):,} examples by {len({e.voice for e in known})} voices")
    store = VectorStore.of(settings, say)
    vectors = store.examples([e.text for e in known])
    if described is None:
        messages = cross_validate(known, vectors, lexicon, parts, say)
    else:
        say(f"training on all of them; judging {len(described)} messages of {file}")
        words = [r.text for r in described]
        found = urgency.shares(known, vectors, words, store.private(words))
        messages = [
            Described(r.text, r.urgency, r.category, "", shares, tuple(lexicon.find(r.text)), r.line)
            for r, shares in zip(described, found, strict=True)
        ]
    report = {"how": how, "limit": limit, **triage_figures.figures(messages, texts or described is None)}
    _tell(report, say)
    sections = page_triage.sections(report)
    if against and before:
        sections.insert(1, comparison.section(against, before, report, say))
    output.write(out, report, page.render("Urgency", sections, report), say)


def cross_validate(
    known: Sequence[Labelled], vectors: Vectors, lexicon: rules.Rules, folds: Sequence[Fold], say: Say
) -> list[Described]:
    """Each example as judged by a head that has learned from other voices alone, and by the lexicon."""
    messages: list[Described] = []
    limits = load_thresholds()
    start = time.monotonic()
    for fold in folds:
        tested = [known[i] for i in fold.test]
        learned = [known[i] for i in fold.train]
        found = urgency.shares(learned, vectors[fold.train], [e.text for e in tested], vectors[fold.test])
        here = [
            Described(e.text, e.urgency, e.category, e.voice, shares, tuple(lexicon.find(e.text)))
            for e, shares in zip(tested, found, strict=True)
        ]
        messages += here
        reds = [m for m in here if m.wanted in RED]
        caught = sum(m.judged(limits) in RED for m in reds)
        took, voices = time.monotonic() - start, ", ".join(fold.voices)
        say(f"  {took:4.0f} s  fold {fold.number} of {len(folds)} ({voices}): {caught} of {len(reds)} red flags found")
    return messages


def _tell(report: dict[str, Any], say: Say) -> None:
    for name, rate in report["rates"].items():
        say(output.line(name, rate))
    say("by the words alone, without the model:")
    for name in ("red flag found", "no symptom, false alarm"):
        say(output.line(f"  {name}", report["lexicon_alone"][name]))
    missed = [(g["missed"], name) for name, g in report["by_category"].items() if g["missed"]["k"]]
    for rate, name in sorted(missed, key=lambda entry: -entry[0]["share"])[:10]:
        say(f"  {rate['k']:4} of {rate['n']:4} missed: {name}")
