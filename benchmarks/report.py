"""The measured figures as the text of a page."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.table import markdown

_MEGABYTE = 1_000_000
COMPARED = [
    *["", "threshold", "right", "right, threshold aside", "in scope, rejected", "out of scope, rejected"],
    *["parse p50 / p99, ms", "turn 5, ms", "turn 200, ms", "messages/s"],
    *["training, s (of processors)", "peak, training, MB", "peak, serving, MB", "model, MB"],
    "others meanwhile, cores",
]


def compared(found: dict[str, Any]) -> str:
    """The comparison: how it was made, and its table."""
    test, training, turns = found["test"], found["training"], found["turns"]
    held_out = test["from"] if isinstance(test["from"], str) else "the voices " + " and ".join(test["from"])
    head = COMPARED.copy()
    head[8] = f"turn {turns['late'][1]}, ms"
    about = (
        f"`{found['command'].strip()}`, {found['date']}, {found['machine']}. {training['n']:,} training examples by "
        f"{len(training['voices'])} voices ({_cap(training['per_intent'], training.get('longest', 0))}), "
        f"{test['n']:,} test messages ({test['in_scope']:,} in scope, {test['intents']} intents) from {held_out}."
        + (f" Timed in {found['rounds']} rounds, all in turn." if found.get("rounds", 1) > 1 else "")
        + (f" TensorFlow on {found['tf_threads']} thread(s)." if found["tf_threads"] else "")
    )
    return f"{about}\n\n{markdown(head, [_row(row) for row in found['contenders'].values()])}"


def classified(found: dict[str, Any]) -> str:
    """The comparison of designs: how it was made, and its table."""
    cut = found["cut_short"]
    others = "an unknown number of" if found["others_cores"] is None else f"{found['others_cores']:.2f}"
    ended = f" (ended by the time limit in {len(cut)} of them, after {', '.join(cut)} steps)" if cut else ""
    about = (
        f"`{found['command'].strip()}`, {found['date']}, {found['machine']}. {found['n']:,} examples by "
        f"{found['voices']} voices ({_cap(found['per_intent'])}), {found['folds']} folds, no voice on both sides "
        f"of one; {found['epochs']} epochs of fine-tuning{ended}. Encoding with the frozen encoder takes "
        f"{found['encoding_ms']} ms a message more, in batches. "
        f"Other programs kept {others} cores busy meanwhile."
    )
    head = [
        *["", "right", "right, mean over topics", f"out of scope, recall at {found['threshold']}"],
        *["topics, asked back", "calibration error", "fit, s", "predict, ms a message"],
    ]
    rows = [
        [
            *[row["title"], *[_share(row[name]) for name in ("accuracy", "macro_topics", "out_of_scope_recall")]],
            *[_share(row["asked_back"]), _share(row["calibration_error"]), row["fit_seconds"], row["predict_ms"]],
        ]
        for row in found["designs"].values()
    ]
    return f"{about}\n\n{markdown(head, rows)}"


def machine() -> str:
    """What was measured on, without its name."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores of {model}, Linux, Python {platform.python_version()}"


def _row(row: dict[str, Any]) -> list[object]:
    if "understood" not in row:
        return [f"{row['title']}: not run ({row.get('failed', 'unknown')})", *[None] * (len(COMPARED) - 1)]
    inside, outside = row["understood"]["in_scope"], row["understood"]["out_of_scope"]
    title = row["title"] + (f" ({row['failed']})" if "failed" in row else "")
    return [
        *[title, row["threshold"], _share(inside["right"]), _share(inside["right_unsure_or_not"])],
        *[_share(inside["false_rejection"]), _share(outside["recall"])],
        *[_times(row.get(name)) for name in ("parse_ms", "turn_early_ms", "turn_late_ms")],
        row.get("messages_per_second"),
        f"{row['training']['seconds']:.0f} ({row['training']['processor_seconds']:.0f})",
        *[_size(n) for n in (row["training"]["peak_bytes"], row.get("serving_peak_bytes"), row["model_bytes"])],
        row["others_cores"],
    ]


def _cap(limit: int, longest: int = 0) -> str:
    number = f"at most {limit} an intent" if limit else "all there are"
    return f"{number}, each of at most {longest} characters" if longest else number


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _times(value: dict[str, Any] | None) -> str | None:
    return None if not value or not value["n"] else f"{value['p50']:.1f} / {value['p99']:.1f}"


def _size(value: int | None) -> str | None:
    if value is None:
        return None
    return f"{value / _MEGABYTE:.1f}" if value < 10 * _MEGABYTE else f"{value / _MEGABYTE:.0f}"


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
