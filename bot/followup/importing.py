"""Patients from a CSV file: all of them, or none and a line on each that is wrong."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.care import patients
from bot.care.database import Store
from bot.care.patients import NewPatient, PatientConflict
from bot.followup.programme import Programme

MOST = 5000  # lines
_COLUMNS = tuple(NewPatient.__fields__)
_NEEDED = tuple(name for name, field in NewPatient.__fields__.items() if field.required)


class NoTable(ValueError):
    """A file can't be read as a table of patients. The message says why, and what to do."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a line of the file, numbered from 1; without what stands in it."""

    line: int
    problem: str


@dataclass(frozen=True)
class Imported:
    """What came of a file: `enrolled` patients (0 where a line is wrong), `known` of them there before."""

    enrolled: int
    known: int
    wrong: tuple[Wrong, ...]


class _Undo(Exception):
    """Ends the transaction without a trace."""


def read(file: Path) -> str:
    """The text of a file. Raises `NoTable`."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NoTable(f"{file} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoTable(f"{file} is not UTF-8 text: save it as CSV UTF-8") from None


def enrol(store: Store, programme: Programme, text: str, at: dt.datetime, *, dry_run: bool = False) -> Imported:
    """Enrols the patients of a table, in one transaction; none of them where a line is wrong, or with `dry_run`.

    Raises `NoTable` where it is no such table at all.
    """
    wrong: list[Wrong] = []
    found = list(_rows(text, wrong))
    enrolled = known = 0
    try:
        with store.write() as session:
            for line, new in found:
                try:
                    with session.begin_nested():
                        patient = patients.enrol(session, programme, new, at)
                except PatientConflict as error:
                    wrong.append(Wrong(line, str(error)))
                else:
                    enrolled += 1
                    known += patient.enrolled_at != at
            if wrong or dry_run:
                raise _Undo
    except _Undo:
        pass
    return Imported(0 if wrong else enrolled, known, tuple(sorted(wrong, key=lambda one: one.line)))


def _rows(text: str, wrong: list[Wrong]) -> Iterator[tuple[int, NewPatient]]:
    """The patients of a table with their lines; what is wrong is added to `wrong`."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check(header)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            line = reader.line_num
            if line > MOST + 1:
                raise NoTable(f"the file has more than {MOST:,} lines: split it")
            if len(row) != len(header):
                wrong.append(Wrong(line, f"has {len(row)} cells, and the first line {len(header)}"))
                continue
            values = {name: cell.strip() for name, cell in zip(header, row, strict=True) if cell.strip()}
            try:
                yield line, NewPatient.parse_obj(values)
            except ValidationError as error:
                wrong.append(Wrong(line, "; ".join(_problem(dict(one)) for one in error.errors())))
    except csv.Error as error:
        raise NoTable(f"line {reader.line_num} is no CSV: {error}") from None


def _check(header: list[str]) -> None:
    if strange := [name for name in header if name not in _COLUMNS]:
        raise NoTable(f"the column {strange[0]!r} is not known: the first line names {', '.join(_COLUMNS)}")
    if missing := [name for name in _NEEDED if name not in header]:
        raise NoTable(f"the column {missing[0]} is missing from the first line")
    if len(set(header)) < len(header):
        raise NoTable("a column stands in the first line twice")


def _problem(error: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in error["loc"])
    return f"{field}: {'is missing' if error['type'] == 'value_error.missing' else error['msg']}"
