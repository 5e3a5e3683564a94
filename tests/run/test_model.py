"""Which model belongs to the present files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.run import model
from bot.settings import ROOT, Settings
from tests.conftest_processes import hipline_environment


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project: the root is where `bot` lies, so a copy of it is a project of its own."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "bot", root / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in {
        "config.yml": "recipe: default.v1\n",
        "domain.yml": "intents: [greet]\n",
        "requirements.lock": "rasa==3.6.21\n",
        "endpoints.yml": "action_endpoint: {}\n",
        "data/nlu/smalltalk.yml": "nlu:\n- intent: greet\n  examples: |\n    - hello\n",
        "data/stories/rules.yml": "rules: []\n",
        "bot/triage/examples/own.yml": "examples: []\n",
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return root


def fingerprint(root: Path) -> str:
    """The fingerprint of a project, as Python that runs in it sees it."""
    program = "from bot.run import model; print(model.fingerprint())"
    environment = {**hipline_environment(), "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_same_files_have_the_same_fingerprint_wherever_they_lie(tree: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a longer path" / "project"
    shutil.copytree(tree, elsewhere)
    assert fingerprint(tree) == fingerprint(tree) == fingerprint(elsewhere)


@pytest.mark.parametrize(
    "name",
    [
        "data/nlu/smalltalk.yml",
        "data/stories/rules.yml",
        "config.yml",
        "domain.yml",
        "requirements.lock",
        "bot/nlu/head.py",
        "bot/triage/examples/own.yml",
    ],
)
def test_it_changes_with_each_file_that_the_model_is_made_from(tree: Path, name: str) -> None:
    before = fingerprint(tree)
    file = tree / name
    content = file.read_text(encoding="utf-8")
    file.write_text(content + "# one more line\n", encoding="utf-8")
    assert fingerprint(tree) != before
    file.write_text(content, encoding="utf-8")
    assert fingerprint(tree) == before


def test_it_changes_when_a_file_of_data_nlu_comes_goes_or_is_renamed(tree: Path) -> None:
    seen = [fingerprint(tree)]
    folder = tree / "data" / "nlu"
    shutil.copy(folder / "smalltalk.yml", folder / "more.yml")
    seen.append(fingerprint(tree))
    (folder / "more.yml").rename(folder / "other.yml")
    seen.append(fingerprint(tree))
    (folder / "smalltalk.yml").unlink()
    seen.append(fingerprint(tree))
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    "name", ["endpoints.yml", "bot/knowledge/texts.yml", "bot/gateway/page.py", "bot/triage/lexicon.yml", "clinic.yml"]
)
def test_it_stays_where_what_changes_is_read_at_every_start_anyway(tree: Path, name: str) -> None:
    before = fingerprint(tree)
    with (tree / name).open("a", encoding="utf-8") as output:
        output.write("# one more line\n")
    assert fingerprint(tree) == before


def test_the_model_lies_in_the_models_folder_under_its_fingerprint(tmp_path: Path) -> None:
    settings = Settings.parse_obj({"models": tmp_path})
    assert model.path(settings) == tmp_path / f"hipline-{model.fingerprint()}.tar.gz"


def test_rasa_is_run_without_telemetry_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "true")
    monkeypatch.setenv("HIPLINE_PORT", "8123")
    environment = model.rasa_environment()
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["HIPLINE_PORT"] == "8123"  # the action server reads the settings too
    assert environment["PYTHONPATH"] == str(ROOT)


# Training, with a stand-in for Rasa: `python -m rasa` in the tree takes the package that lies there.

TRAINS = """
import pathlib, sys
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
print("Starting to train component 'IntentClassifier'.", flush=True)
print("Restored component 'SentenceEncoder' from cache.", flush=True)
pathlib.Path(arguments["--out"], arguments["--fixed-model-name"] + ".tar.gz").write_text("a model")
"""
FAILS = """
import pathlib, sys
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
pathlib.Path(arguments["--out"], arguments["--fixed-model-name"] + ".tar.gz").write_text("half a model")
print("no such recipe")
sys.exit(3)
"""


def train(tree: Path, tmp_path: Path, rasa: str) -> subprocess.CompletedProcess[str]:
    """`hipline train` in the tree, with `rasa` in the place of Rasa."""
    (tree / "rasa").mkdir(exist_ok=True)
    (tree / "rasa" / "__init__.py").touch()
    (tree / "rasa" / "__main__.py").write_text(rasa, encoding="utf-8")
    environment = hipline_environment(state=tmp_path / "state", models=tmp_path / "models")
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "train"],
        cwd=tree,
        env={**environment, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.processes
def test_a_training_tells_its_steps_and_leaves_the_model_under_its_name(tree: Path, tmp_path: Path) -> None:
    done = train(tree, tmp_path, TRAINS)
    assert done.returncode == 0, done.stderr
    assert "training IntentClassifier" in done.stdout
    assert "kept from before: SentenceEncoder" in done.stdout
    [made] = (tmp_path / "models").iterdir()
    assert made.name == f"hipline-{fingerprint(tree)}.tar.gz"
    assert made.read_text() == "a model"


@pytest.mark.processes
def test_of_older_models_the_last_one_is_kept(tree: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for age, name in enumerate(["hipline-newer.tar.gz", "hipline-older.tar.gz", "hipline-oldest.tar.gz"], 1):
        (models / name).touch()
        os.utime(models / name, (1_700_000_000 - age, 1_700_000_000 - age))
    (models / "somebody-elses.tar.gz").touch()
    train(tree, tmp_path, TRAINS)
    kept = {f"hipline-{fingerprint(tree)}.tar.gz", "hipline-newer.tar.gz", "somebody-elses.tar.gz"}
    assert {file.name for file in models.iterdir()} == kept


@pytest.mark.processes
def test_a_training_that_fails_says_where_its_log_is_and_leaves_no_model(tree: Path, tmp_path: Path) -> None:
    done = train(tree, tmp_path, FAILS)
    log = tmp_path / "state" / "log" / "train.log"
    assert done.returncode == 1
    assert done.stderr == f"hipline: training failed with status 3: see {log}\n"
    assert log.read_text() == "no such recipe\n"
    assert list((tmp_path / "models").iterdir()) == []
