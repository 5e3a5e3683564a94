"""`hipline patients COMMAND`: what is typed and printed."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot import settings
from bot.settings import DataFileError, Settings, SettingsError

app = typer.Typer(help="Who is followed up after an injection.", no_args_is_help=True, rich_markup_mode=None)
_Who = Annotated[str, typer.Argument(metavar="PATIENT", help="The clinic's id of the patient, or Hipline's.")]


class _Form(str, enum.Enum):
    csv = "csv"
    fhir = "fhir"


@app.command("import")
def enrol(
    file: Annotated[Path, typer.Argument(help="A CSV file; its first line names the columns (docs/followup.md).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Enrol the patients of a CSV file: all of them, or nobody and a line on each that is wrong."""
    from bot.run import patients

    if not _do(lambda clinic: patients.enrol(clinic, file, typer.echo, dry_run=dry_run)):
        raise typer.Exit(1)


@app.command("export")
def write_out(
    form: Annotated[_Form, typer.Option("--as", help="A table, or a bundle of FHIR R4 Observations.")] = _Form.csv,
    out: Annotated[Path | None, typer.Option(help="The file to write; without it, the terminal.")] = None,
) -> None:
    """Write all check-ins and scores."""
    from bot.run import patients

    _do(lambda clinic: patients.write_out(clinic, form.value, out, typer.echo))


@app.command("list")
def listed(
    everybody: Annotated[bool, typer.Option("--all", help="Those whose follow-up is over, too.")] = False,
) -> None:
    """Show who is followed up, with the last check-in and the next."""
    from bot.run import patients

    _do(lambda clinic: patients.tell(clinic, typer.echo, everybody=everybody))


@app.command()
def pause(patient: _Who) -> None:
    """Send a patient nothing until `resume`."""
    _change(patient, "pause")


@app.command()
def resume(patient: _Who) -> None:
    """Go on with a follow-up that was paused."""
    _change(patient, "resume")


@app.command()
def end(patient: _Who) -> None:
    """End a follow-up for good."""
    _change(patient, "end")


def _change(patient: str, how: str) -> None:
    from bot.run import patients

    _do(lambda clinic: patients.change(clinic, patient, how, typer.echo))


def _do(what: Callable[[Settings], object]) -> object:
    from bot.care.database import DatabaseError
    from bot.followup.importing import NoTable
    from bot.run.patients import PatientsError

    try:
        return what(settings.load())
    except (SettingsError, DataFileError, DatabaseError, NoTable, PatientsError) as error:
        typer.echo(f"hipline: {error}", err=True)
        raise typer.Exit(1) from None
