"""`hipline patients` at the command line."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.care.tables import now

HEADER = "external_id,number,injected_on,hip,consent,consented_at,zone"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("HIPLINE_STATE", str(tmp_path / "state"))
    return CliRunner()


def a_file(folder: Path, number: str = "+12025550123") -> str:
    file = folder / "patients.csv"
    today = now()
    line = f"A-1,{number},{today:%Y-%m-%d},left,I agree to texts.,{today.isoformat()},America/Chicago"
    file.write_text(f"{HEADER}\n{line}\n", encoding="utf-8")
    return str(file)


def test_patients_are_imported_listed_paused_ended_and_exported(run: CliRunner, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    assert "1 patients would be enrolled" in run.invoke(app, ["patients", "import", file, "--dry-run"]).output
    assert "Nobody is followed up" in run.invoke(app, ["patients", "list"]).output
    assert "1 patients enrolled" in run.invoke(app, ["patients", "import", file]).output
    listed = run.invoke(app, ["patients", "list"]).output
    assert "A-1" in listed
    assert "active" in listed
    assert "A-1 is paused" in run.invoke(app, ["patients", "pause", "A-1"]).output
    assert "A-1 is active" in run.invoke(app, ["patients", "resume", "A-1"]).output
    out = tmp_path / "out.csv"
    assert run.invoke(app, ["patients", "export", "--out", str(out)]).exit_code == 0
    assert "A-1" in out.read_text(encoding="utf-8")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert '"resourceType"' in run.invoke(app, ["patients", "export", "--as", "fhir"]).output
    assert "A-1 is ended" in run.invoke(app, ["patients", "end", "A-1"]).output
    result = run.invoke(app, ["patients", "resume", "A-1"])
    assert result.exit_code == 1
    assert "is over" in result.output


def test_a_bad_line_and_somebody_unknown_are_named(run: CliRunner, tmp_path: Path) -> None:
    result = run.invoke(app, ["patients", "import", a_file(tmp_path, "12")])
    assert result.exit_code == 1
    assert "patients.csv:2: number: " in result.output
    assert "nobody was enrolled" in result.output
    assert run.invoke(app, ["patients", "end", "nobody"]).exit_code == 1
    assert run.invoke(app, ["patients", "import", str(tmp_path / "none.csv")]).exit_code == 1
