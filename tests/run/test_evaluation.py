"""How well messages are understood: the figures, and the command that makes them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.run.evaluation import Judged, figures
from bot.settings import ROOT
from tests.conftest_processes import hipline_environment

TOPICS = {"onset", "benefits"}


def judged(wanted: str | tuple[str, ...], got: str, share: float = 0.9, text: str = "x") -> Judged:
    return Judged(text, (wanted,) if isinstance(wanted, str) else wanted, got, share)


def test_a_message_may_have_more_than_one_right_answer() -> None:
    report = figures([judged(("onset", "benefits"), "benefits"), judged("onset", "benefits")], TOPICS, 0.4)
    assert report["n"] == 2
    assert report["accuracy"] == 0.5


def test_topics_are_counted_apart_with_what_is_asked_back() -> None:
    report = figures(
        [
            judged("onset", "onset", 0.9),
            judged("onset", "onset", 0.2),  # right, and yet asked back
            judged("benefits", "onset", 0.8),
            judged("benefits", "greet", 0.3),
            judged("greet", "onset", 0.9),  # no topic
        ],
        TOPICS,
        0.4,
    )
    assert report["accuracy"] == 0.4
    assert report["topics"] == {"n": 4, "accuracy": 0.5, "answered_right": 0.25, "asked_back": 0.5}


def test_a_share_that_is_just_the_threshold_is_answered() -> None:
    report = figures([judged("onset", "onset", 0.4)], TOPICS, 0.4)
    assert report["topics"]["answered_right"] == 1.0
    assert report["topics"]["asked_back"] == 0.0


def test_what_is_out_of_scope_is_found_by_its_intent_or_by_doubt() -> None:
    report = figures(
        [
            judged("out_of_scope_near", "out_of_scope_far", 0.9),
            judged("gibberish", "onset", 0.1),
            judged("other_language", "onset", 0.9),
            judged("out_of_scope_far", "out_of_scope_far", 0.9),
            judged("onset", "out_of_scope_near", 0.9),
            judged("onset", "onset", 0.1),
        ],
        TOPICS,
        0.4,
    )
    assert report["out_of_scope"] == {"n": 4, "recall": 0.75, "false_rejection": 0.5}


def test_calibration_is_the_gap_between_what_was_claimed_and_what_was_right() -> None:
    sure = [judged("onset", "onset", 0.75) for _ in range(3)] + [judged("onset", "benefits", 0.75)]
    assert figures(sure, TOPICS, 0.4)["calibration_error"] == 0.0
    too_sure = [judged("onset", "benefits", 1.0), judged("onset", "onset", 1.0)]
    assert figures(too_sure, TOPICS, 0.4)["calibration_error"] == 0.5
    # Too sure in one bin and too doubtful in another do not make up for each other.
    mixed = [judged("onset", "benefits", 0.5), judged("onset", "onset", 0.45)]
    assert figures(mixed, TOPICS, 0.4)["calibration_error"] == pytest.approx((0.5 + 0.55) / 2)


def test_mistakes_are_told_commonest_first_and_worst_first() -> None:
    report = figures(
        [
            judged("onset", "benefits", 0.6, "a"),
            judged("benefits", "greet", 0.9, "b"),
            judged("onset", "benefits", 0.7, "c"),
            judged("onset", "onset", 0.9, "d"),
        ],
        TOPICS,
        0.4,
    )
    assert report["commonest_mistakes"] == [
        {"wanted": "onset", "got": "benefits", "n": 2},
        {"wanted": "benefits", "got": "greet", "n": 1},
    ]
    assert [mistake["text"] for mistake in report["worst"]] == ["b", "c", "a"]


def test_without_messages_there_is_nothing_to_divide_by() -> None:
    report = figures([], TOPICS, 0.4)
    assert report["n"] == 0
    assert report["accuracy"] == report["calibration_error"] == report["topics"]["accuracy"] == 0.0


_INTENT = st.sampled_from(["onset", "benefits", "greet", "gibberish", "out_of_scope_far"])


@given(
    st.lists(
        st.builds(Judged, st.text(max_size=3), st.lists(_INTENT, min_size=1).map(tuple), _INTENT, st.floats(0.0, 1.0)),
        max_size=20,
    ),
    st.floats(0.0, 1.0),
)
def test_whatever_is_judged_all_shares_are_shares_and_the_report_is_json(rows: list[Judged], threshold: float) -> None:
    report = figures(rows, TOPICS, threshold)
    shares = [
        report["accuracy"],
        report["calibration_error"],
        *(value for part in ("topics", "out_of_scope") for name, value in report[part].items() if name != "n"),
    ]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert report["topics"]["answered_right"] <= report["topics"]["accuracy"]
    assert json.loads(json.dumps(report))["n"] == len(rows)


# The command, on a small project: the root is where `bot` lies, so a copy of it with few examples is one.

EXAMPLES = {
    "onset": [
        "how soon does it work",
        "when does it start working",
        "how quickly will it help",
        "how soon until it works",
    ],
    "risks_overview": ["what can go wrong", "is it risky", "what are the risks of it", "what might go wrong with it"],
    "gibberish": ["asdf jkl", "jkl asdf asdf", "asdf asdf", "jkl jkl asdf"],
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "bot", root / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "config.yml", root)
    folder = root / "data" / "nlu"
    folder.mkdir(parents=True)
    lines = ["nlu:"]
    for intent, texts in EXAMPLES.items():
        for voice, text in zip("abcd", texts, strict=True):
            lines += [f"- intent: {intent}", f"  metadata: {{voice: {voice}}}", "  examples: |", f"    - {text}"]
    (folder / "all.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def evaluate(tree: Path, content: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`hipline evaluate` on a labelled file. The exported encoder is shared with the project."""
    if content is not None:
        (tree / "labelled.jsonl").write_text(content, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "evaluate", "labelled.jsonl", *arguments],
        cwd=tree,
        env={**hipline_environment(models=ROOT / "models"), "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.processes
def test_a_labelled_file_gives_figures_on_the_terminal_and_in_a_file(tree: Path) -> None:
    rows = [
        {"text": "how soon will it work", "intent": "onset"},
        {"text": "is there a risk", "accept": ["risks_overview", "gibberish"]},
        {"text": "asdf", "intent": "gibberish", "note": "more fields do no harm"},
        {"text": "when does it work", "intent": "risks_overview"},
    ]
    content = "".join(json.dumps(row) + "\n" for row in rows)
    done = evaluate(tree, content, "--out", "figures/new.json")
    assert done.returncode == 0, done.stderr
    assert "12 examples by 4 voices" in done.stdout
    assert "judging 4 messages of labelled.jsonl" in done.stdout
    assert "1 times risks_overview was taken for onset" in done.stdout
    report = json.loads((tree / "figures" / "new.json").read_text(encoding="utf-8"))
    assert report["n"] == 4
    assert report["accuracy"] == 0.75
    assert [mistake["text"] for mistake in report["worst"]] == ["when does it work"]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "a", "intent": "onset"}\nnot json\n', 'labelled.jsonl:2: must be JSON with "text"'),
        ('{"text": "a"}\n', 'labelled.jsonl:1: must be JSON with "text", and "intent" or "accept"'),
        ('["a", "onset"]\n', "labelled.jsonl:1: must be JSON"),
        ("", "labelled.jsonl holds no messages"),
    ],
)
def test_a_labelled_file_that_is_broken_is_named_with_its_line(tree: Path, content: str, said: str) -> None:
    done = evaluate(tree, content)
    assert done.returncode == 1
    assert done.stderr.startswith(f"hipline: {said}")
    assert done.stderr.count("\n") == 1


@pytest.mark.processes
def test_a_labelled_file_that_is_not_there_is_named(tree: Path) -> None:
    done = evaluate(tree, None)
    assert done.returncode == 1
    assert done.stderr == "hipline: labelled.jsonl cannot be read: No such file or directory\n"


@pytest.mark.processes
def test_one_right_answer_that_is_no_list_is_refused_or_taken_whole(tree: Path) -> None:
    done = evaluate(tree, '{"text": "how soon does it work", "accept": "onset"}\n', "--out", "x.json")
    if done.returncode == 0:
        assert json.loads((tree / "x.json").read_text(encoding="utf-8"))["accuracy"] == 1.0
    else:
        assert "labelled.jsonl:1: " in done.stderr
