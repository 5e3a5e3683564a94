from __future__ import annotations

import re
import subprocess

import pytest

from bot.run.describe import settings_table
from bot.settings import ROOT

# Put together from parts, so that this file does not hold what it looks for.
HOSTS = re.compile("|".join([r"py" + r"pi\.org", r"python" + r"hosted\.org", r"registry\.npm" + r"js\.org"]))
PATHS = re.compile(r"(?<![\w.])/(?:wo" + r"rk/main|ro" + r"ot/\.)")
LARGEST = 1_000_000


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("no git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_machine_s_path() -> None:
    for name in tracked():
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        assert not HOSTS.search(text), name
        assert not PATHS.search(text), name


def test_no_file_is_large() -> None:
    assert [name for name in tracked() if (ROOT / name).stat().st_size > LARGEST] == []


def test_the_documentation_lists_every_setting_as_it_is() -> None:
    assert settings_table() in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_readme_names_every_command() -> None:
    from bot.__main__ import app

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"`{command.callback.__name__}`" in text or f"./hipline {command.callback.__name__}" in text
