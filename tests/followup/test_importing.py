"""Patients from a CSV file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.care.tables import CheckIn, Consent, Conversation, Patient
from bot.followup import importing
from bot.followup.importing import NoTable
from tests.followup.conftest import Line

HEADER = "external_id,number,injected_on,hip,consent,consented_at,zone"


def row(ident: str, number: str, **changed: str) -> str:
    values = {
        "injected_on": "2026-03-02",
        "hip": "left",
        "consent": '"I agree, by texts."',
        "consented_at": "2026-03-01T09:00:00-06:00",
        "zone": "America/Chicago",
        **changed,
    }
    return ",".join([ident, number, *values.values()])


def table(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def count(line: Line) -> list[int]:
    with line.store.read() as session:
        return [session.execute(select(func.count()).select_from(one)).scalar_one()
                for one in (Patient, Consent, CheckIn, Conversation)]  # fmt: skip


GOOD = table(row("A-1", "+12025550101"), row("A-2", "+12025550102"))


def test_a_whole_file_is_enrolled_and_the_same_again_changes_nothing(line: Line) -> None:
    done = importing.enrol(line.store, line.programme, GOOD, line.now)
    assert (done.enrolled, done.known, done.wrong) == (2, 0, ())
    assert count(line) == [2, 2, 16, 2]
    again = importing.enrol(line.store, line.programme, GOOD, line.now + dt.timedelta(hours=1))
    assert (again.enrolled, again.known, again.wrong) == (2, 2, ())
    assert count(line) == [2, 2, 16, 2]


def test_one_bad_line_keeps_everybody_out_and_each_is_named(line: Line) -> None:
    text = table(
        row("A-1", "+12025550101"),
        row("A-2", "2025550102", hip="middle"),
        "",
        row("A-3", "+12025550101"),
        "A-4,+12025550104",
        row("A-5", "+12025550105", injected_on="2025-03-02"),
    )
    done = importing.enrol(line.store, line.programme, text, line.now)
    assert done.enrolled == 0
    assert [one.line for one in done.wrong] == [3, 5, 6, 7]
    problems = [one.problem for one in done.wrong]
    assert "number: " in problems[0]
    assert "hip: " in problems[0]
    assert "followed up already" in problems[1]
    assert "cells" in problems[2]
    assert "injected_on" in problems[3]
    assert not any("2025550102" in problem for problem in problems)
    assert count(line) == [0, 0, 0, 0]


def test_a_dry_run_does_nothing(line: Line) -> None:
    done = importing.enrol(line.store, line.programme, GOOD, line.now, dry_run=True)
    assert (done.enrolled, done.wrong) == (2, ())
    assert count(line) == [0, 0, 0, 0]


def test_semicolons_and_a_mark_of_the_byte_order_are_read_too(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(GOOD.replace(",", ";").replace('"I agree; by texts."', "yes"), encoding="utf-8-sig")
    done = importing.enrol(line.store, line.programme, importing.read(file), line.now)
    assert (done.enrolled, done.wrong) == (2, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "missing"),
        ("number,name\n", "'name' is not known"),
        ("number\n", "missing"),
        (f"{HEADER},number\n", "twice"),
        (f'{HEADER}\n"x', "no CSV"),
    ],
)
def test_what_is_no_such_table_is_refused(line: Line, text: str, problem: str) -> None:
    with pytest.raises(NoTable, match=problem):
        importing.enrol(line.store, line.programme, text, line.now)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoTable, match=r"none\.csv can't be read"):
        importing.read(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"caf\xe9")
    with pytest.raises(NoTable, match="UTF-8"):
        importing.read(tmp_path / "latin.csv")
