"""How well intents and topics are understood: by cross-validation over voices, or on a labelled file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot import knowledge
from bot.nlu import examples
from bot.nlu.encoder import Vectors
from bot.nlu.head import LinearHead
from bot.run.evaluation import accuracy, comparison, costs, labelled, output, page, page_understanding, scope
from bot.run.evaluation.folds import Fold, limited, split
from bot.run.evaluation.judged import FOLDS, Judged, Say, shipped
from bot.run.evaluation.vectors import VectorStore
from bot.settings import ROOT, Settings


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
    """Prints the figures, writes them to `out`, and a page of them beside it.

    `limit` takes that many examples of each intent, for a quick look; `texts` shows the words of a labelled file's
    messages; `against` is the JSON of an earlier run to set it beside. Raises `EvaluationError`, `DataFileError`.
    """
    output.check(out)
    how = f"Understanding by cross-validation over voices, {folds} folds"
    if file:
        how = f"Understanding on the messages of {file}, with all examples learned"
    before = comparison.read(against, how, limit) if against else None
    known = limited(examples.read(ROOT / "data" / "nlu"), lambda e: e.intent, limit)
    asked = labelled.questions(file, {e.intent for e in known}) if file else None
    fallback, prices = shipped(), costs.load()
    topics = set(knowledge.load(settings.knowledge_folder).topics)
    parts = split([e.voice for e in known], folds) if file is None else []
    say(f"{len(known):,} examples by {len({e.voice for e in known})} voices")
    store = VectorStore.of(settings, say)
    vectors = store.examples([e.text for e in known])
    if asked is None:
        judged = cross_validate(known, vectors, parts, say)
    else:
        say(f"training on all of them; judging {len(asked)} messages of {file}")
        ranked = _fit(known, vectors).rank([q.text for q in asked], store.private([q.text for q in asked]))
        judged = [Judged.of(q.text, q.wanted, r, line=q.line) for q, r in zip(asked, ranked, strict=True)]
    report = {
        "how": how,
        "limit": limit,
        **accuracy.figures(judged, topics, fallback.threshold, fallback.ambiguity, texts or asked is None),
        **accuracy.details(judged, topics, fallback),
        "scope": scope.curves(judged, fallback),
        "choice": costs.choice(judged, topics, fallback, prices),
    }
    _tell(report, say)
    sections = page_understanding.sections(report)
    if against and before:
        sections.insert(1, comparison.section(against, before, report, say))
    output.write(out, report, page.render("Understanding", sections, report), say)


def cross_validate(
    known: Sequence[examples.Example], vectors: Vectors, folds: Sequence[Fold], say: Say
) -> list[Judged]:
    """Each example as judged by a head that has learned from other voices alone."""
    judged: list[Judged] = []
    start = time.monotonic()
    for fold in folds:
        head = _fit([known[i] for i in fold.train], vectors[fold.train])
        ranked = head.rank([known[i].text for i in fold.test], vectors[fold.test])
        here = [
            Judged.of(known[i].text, (known[i].intent,), ranking, known[i].voice)
            for i, ranking in zip(fold.test, ranked, strict=True)
        ]
        judged += here
        right = sum(j.right for j in here) / len(here)
        took = time.monotonic() - start
        say(f"  {took:4.0f} s  fold {fold.number} of {len(folds)} ({', '.join(fold.voices)}): {right:.3f} right")
    return judged


def _fit(known: Sequence[examples.Example], vectors: Vectors) -> LinearHead:
    return LinearHead().fit(
        [e.text for e in known], vectors, [e.intent for e in known], groups=[e.voice for e in known]
    )


def _tell(report: dict[str, Any], say: Say) -> None:
    for name, rate in {**report["rates"], **report["boundary"]}.items():
        say(output.line(name, rate))
    at = report["scope"]["not_answered"]["shipped"]
    for name, rate in at["recall"].items():
        say(output.line(f"out of scope not answered: {name}", rate))
    say(output.line("in scope not answered", at["false_rejection"]))
    say(f"calibration error {report['calibration_error']:.3f}")
    for name in ("shipped", "best", "best_with_outside"):
        point = report["choice"][name]
        also = f", out of scope from {point['outside']}" if "outside" in point else ""
        say(f"cost of a message {point['cost']:.3f}: {name}, asking back below {point['threshold']}{also}")
    for mistake in report["commonest_mistakes"][:10]:
        say(f"  {mistake['n']:4} times {mistake['wanted']} was taken for {mistake['got']}")
