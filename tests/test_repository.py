from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import typer.main

from bot import settings
from bot.run.describe import settings_table
from bot.settings import ROOT, Settings

# Put together from parts, so that this file does not hold what it looks for.
HOSTS = re.compile(
    "|".join([r"py" + r"pi\.org", r"python" + r"hosted\.org", r"npm" + r"js\.(?:org|com)", r"deb\.deb" + r"ian\.org"])
)
PATHS = re.compile(r"(?<![\w.])/(?:wo" + r"rk/|fa" + r"rm/|ro" + r"ot/|tmp/ba" + r"sh_jobs)")
LARGEST = 1_000_000


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("no git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_no_file_names_a_registry_or_a_machine_s_path() -> None:
    for name in tracked():
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        assert not HOSTS.search(text), name
        assert not PATHS.search(text), name
        assert f"{ROOT}/" not in text, name


def test_no_file_is_large() -> None:
    assert [name for name in tracked() if (ROOT / name).stat().st_size > LARGEST] == []


def test_the_documentation_s_table_is_that_of_the_settings() -> None:
    lines = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("|")] == settings_table().splitlines()


def test_the_documentation_says_of_each_setting_where_it_stands_what_it_is_and_its_default() -> None:
    """Read from the page, whatever made it."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    told = {row[0].strip("`"): row[1:] for row in rows[2:]}
    assert set(told) == set(Settings.__fields__)
    for name, (variable, default, meaning) in told.items():
        assert variable == f"`HIPLINE_{name.upper()}`"
        assert meaning.endswith("."), name
        value = "" if default == "(empty)" else default.strip("`")
        set_so = settings.load(ROOT / "no such file", {f"HIPLINE_{name.upper()}": value})
        assert getattr(set_so, name) == getattr(Settings(), name), name


def test_the_readme_or_a_page_of_the_documentation_names_every_command() -> None:
    from bot.__main__ import app

    text = "\n".join(page.read_text(encoding="utf-8") for page in pages())
    commands = getattr(typer.main.get_command(app), "commands", {})  # what --help lists, by the names it lists
    assert "up" in commands
    unnamed = [name for name in commands if not re.search(rf"`{name}`|\./hipline {name}\b", text)]
    assert unnamed == []


def test_every_test_that_the_documentation_names_is_there() -> None:
    tests = {
        file.relative_to(ROOT / "tests").as_posix(): set(re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))
        for file in (ROOT / "tests").rglob("test_*.py")
        for text in [file.read_text(encoding="utf-8")]
    }
    named = [
        (page.name, file, test)
        for page in pages()
        for file, test in re.findall(
            r"`(?:tests/)?((?:\w+/)*test_\w+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8")
        )
    ]
    assert len(named) > 50
    assert [one for one in named if one[1] not in tests or (one[2] and one[2] not in tests[one[1]])] == []


def test_every_link_within_the_documentation_leads_to_a_file() -> None:
    for page in pages():
        for target in re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_hazards_that_are_said_to_be_not_acceptable_are_those_whose_risk_is() -> None:
    page = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    risks = {
        hazard: (int(severity) * int(likelihood), int(risk), words)
        for hazard, severity, likelihood, risk, words in re.findall(
            r"^\| (H\d\d) \|.*\| (\d) × (\d) = (\d+) \| ([^|]*) \|$", page, re.MULTILINE
        )
    }
    assert len(risks) == len(set(re.findall(r"^\| (H\d\d) \|", page, re.MULTILINE)))
    assert all(product == risk for product, risk, _ in risks.values())
    too_high = sorted(hazard for hazard, (_, risk, _) in risks.items() if risk >= 15)
    assert too_high == sorted(hazard for hazard, (*_, words) in risks.items() if "not acceptable" in words)
    assert f"hazards are not acceptable ({', '.join(too_high)})" in page


def test_every_picture_of_the_documentation_is_there_and_every_picture_is_named_with_what_is_to_be_seen() -> None:
    named = {}
    for page in pages():
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", page.read_text(encoding="utf-8")):
            named[(page.parent / target).resolve()] = words
            assert len(words.split()) > 5, f"{page.name}: {target}"
    assert set(named) == set((ROOT / "docs" / "pictures").iterdir())
