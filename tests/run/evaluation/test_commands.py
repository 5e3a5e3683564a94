"""The command, on a small project: the root is where `bot` lies, so a copy of it with few examples is one."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.conftest_processes import hipline_environment

EXAMPLES = {
    "onset": [
        "how soon does it work",
        "when does it start working",
        "how quickly will it help",
        "how soon until it works",
    ],
    "risks_overview": ["what can go wrong", "is it risky", "what are the risks of it", "what might go wrong with it"],
    "gibberish": ["asdf jkl", "jkl asdf asdf", "asdf asdf", "jkl jkl asdf"],
    "symptom_urgent": ["my knee gave way and i have a fever", "fever of 102", "a fever since the shot", "i have fever"],
}
TRIAGE = """urgency: {urgency}
groups:
- category: {category}
  voice: one
  messages:
  - "{text}"
  - "{text} now"
"""


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
    shutil.rmtree(root / "bot" / "triage" / "examples")
    (root / "bot" / "triage" / "examples").mkdir()
    for urgency, category, text in (
        ("none", "past", "had a fever as a child"),
        ("emergency", "chest", "my chest hurts"),
    ):
        content = TRIAGE.format(urgency=urgency, category=category, text=text)
        (root / "bot" / "triage" / "examples" / f"{urgency}.yml").write_text(content, encoding="utf-8")
    return root


def evaluate(tree: Path, content: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`hipline evaluate` on a labelled file. The exported encoder is shared with the project."""
    if content is not None:
        (tree / "labelled.jsonl").write_text(content, encoding="utf-8")
    return command(tree, "labelled.jsonl", *arguments)


def command(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`hipline evaluate` with these arguments."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "evaluate", *arguments],
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
    assert "16 examples by 4 voices" in done.stdout
    assert "judging 4 messages of labelled.jsonl" in done.stdout
    assert "1 times risks_overview was taken for onset" in done.stdout
    report = json.loads((tree / "figures" / "new.json").read_text(encoding="utf-8"))
    assert report["n"] == 4
    assert report["accuracy"] == 0.75
    assert [mistake["line"] for mistake in report["worst"]] == [4]
    assert report["worst"][0]["wanted"] == ["risks_overview"]
    # Patients' words go nowhere, unless they are asked for.
    page = tree / "figures" / "new.html"
    written = list((tree / "figures").iterdir())
    assert len(written) == 2
    for file in written:
        assert "when does it work" not in file.read_text(encoding="utf-8")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "when does it work" not in done.stdout
    assert evaluate(tree, content, "--out", "figures/new.json", "--texts").returncode == 0
    assert "when does it work" in page.read_text(encoding="utf-8")


@pytest.mark.processes
def test_cross_validation_judges_every_example_once_and_makes_a_page(tree: Path) -> None:
    done = command(tree, "--folds", "2")
    assert done.returncode == 0, done.stderr
    report = json.loads((tree / "results" / "evaluation.json").read_text(encoding="utf-8"))
    assert report["n"] == 16
    assert {name: rate["n"] for name, rate in report["by_voice"].items()} == {"a": 4, "b": 4, "c": 4, "d": 4}
    assert report["rates"]["right topic"]["n"] == 8
    assert "<svg" in (tree / "results" / "evaluation.html").read_text(encoding="utf-8")
    assert done.stdout.count(" right\n") == 2  # a line a fold
    # A second run finds all its vectors.
    [store] = (tree / "results").glob("vectors-*.npz")
    made = store.stat().st_mtime_ns
    again = command(tree, "--folds", "2", "--against", "results/evaluation.json", "--out", "results/after.json")
    assert again.returncode == 0, again.stderr
    assert store.stat().st_mtime_ns == made
    # And comes out the same.
    [line] = [line for line in again.stdout.splitlines() if line.startswith("right topic  ") and "+0.000" in line]
    assert line.split()[2] == line.split()[3]
    assert "Before and after" in (tree / "results" / "after.html").read_text(encoding="utf-8")
    assert command(tree, "understanding", "--folds", "2", "--limit", "3", "--out", "results/x.json").returncode == 0
    assert json.loads((tree / "results" / "x.json").read_text(encoding="utf-8"))["n"] == 12


@pytest.mark.processes
def test_urgency_is_cross_validated_too_and_judged_on_a_file(tree: Path) -> None:
    done = command(tree, "triage", "--folds", "2")
    assert done.returncode == 0, done.stderr
    report = json.loads((tree / "results" / "triage.json").read_text(encoding="utf-8"))
    assert report["n"] == 20
    assert report["rates"]["red flag found"]["n"] == 6
    assert "emergency: chest" in report["by_category"]
    assert "<svg" in (tree / "results" / "triage.html").read_text(encoding="utf-8")
    rows = [
        {"text": "my chest hurts now", "urgency": "emergency", "category": "chest"},
        {"text": "asdf jkl asdf", "urgency": "none"},
    ]
    (tree / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = command(tree, "triage", "own.jsonl", "--out", "results/own.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tree / "results" / "own.json").read_text(encoding="utf-8"))
    assert report["rates"]["red flag found"] == {**report["rates"]["red flag found"], "k": 1, "n": 1}
    assert report["counts"][0][0] == 1
    assert "my chest" not in (tree / "results" / "own.html").read_text(encoding="utf-8")


@pytest.mark.processes
def test_what_cannot_be_done_is_said_before_the_work(tree: Path) -> None:
    for arguments, said in (
        (("--out", "page.html"), "--out page.html: must end in .json"),
        (("--out", "config.yml/x.json"), "config.yml/x.json cannot be written: "),
        (("--folds", "9"), "--folds 9: must be from 2 to 4, the number of voices"),
        (("--against", "none.json"), "--against none.json: cannot be read: No such file or directory"),
        (("triage", "none.jsonl"), "none.jsonl cannot be read: No such file or directory"),
    ):
        done = command(tree, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith(f"hipline: {said}"), done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.processes
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "a", "intent": "onset"}\nnot json\n', 'labelled.jsonl:2: must be JSON with "text"'),
        (
            '{"text": "a", "intent": "onsett"}\n',
            "labelled.jsonl:1: intent: 'onsett' is not known: did you mean 'onset'?",
        ),
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
def test_one_right_answer_that_is_no_list_is_taken_whole(tree: Path) -> None:
    done = evaluate(tree, '{"text": "how soon does it work", "accept": "onset"}\n', "--out", "x.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tree / "x.json").read_text(encoding="utf-8"))["accuracy"] == 1.0
