"""`hipline staff COMMAND`: what is typed, asked and printed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot import settings
from bot.settings import DataFileError, Settings, SettingsError

if TYPE_CHECKING:
    from bot.care.database import Store

app = typer.Typer(help="Accounts for the desk.", no_args_is_help=True, rich_markup_mode=None)
_Name = Annotated[str, typer.Argument(help="The name, as patients see it and as it is typed to sign in.")]
_Role = Annotated[str, typer.Option(help="front_desk, clinician, or admin, who may change accounts too.")]
_Link = Annotated[bool, typer.Option("--link", help="Ask for no password: print a link to set it with, once.")]

_Off = Annotated[bool, typer.Option("--off", help="Needed: codes are turned on at the desk.")]


@app.command()
def add(name: _Name, role: _Role, link: _Link = False) -> None:
    """Make an account. Asks for its password twice, or reads it from a pipe."""
    from bot.run import staff

    _do(lambda store, clinic: staff.add(store, name, role, _password(link), clinic))  # type: ignore[arg-type]


@app.command("list")
def listed() -> None:
    """Name all accounts, with what they may do."""
    from bot.run import staff

    _do(lambda store, _: "\n".join(staff.listed(store)))


@app.command()
def disable(name: _Name) -> None:
    """Let nobody in by an account, and end its sessions."""
    from bot.run import staff

    _do(lambda store, _: staff.disable(store, name))


@app.command()
def enable(name: _Name) -> None:
    """Let an account in again: after `disable`, or during a pause for failed attempts."""
    from bot.run import staff

    _do(lambda store, _: staff.enable(store, name))


@app.command()
def password(name: _Name, link: _Link = False) -> None:
    """Set a password, and end the account's sessions. Asks for it twice, or reads it from a pipe."""
    from bot.run import staff

    _do(lambda store, clinic: staff.set_password(store, name, _password(link), clinic))


@app.command()
def totp(name: _Name, off: _Off = False) -> None:
    """Ask an account for no codes any more, because its telephone is lost."""
    from bot.run import staff

    if not off:
        _fail("codes are turned on at /desk/account, by whose account it is; --off turns them off")
    _do(lambda store, _: staff.end_codes(store, name))


def _do(what: Callable[[Store, Settings], str]) -> None:
    from bot.care import database
    from bot.care.staff.accounts import AccountError
    from bot.care.staff.passwords import PasswordError

    try:
        clinic = settings.load()
        with database.opened(clinic.database_url) as store:
            typer.echo(what(store, clinic))
    except (SettingsError, DataFileError, database.DatabaseError, AccountError, PasswordError) as error:
        _fail(str(error))


def _password(link: bool) -> str | None:
    if link:
        return None
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same once more"))
    return sys.stdin.readline().rstrip("\r\n")


def _fail(problem: str) -> None:
    typer.echo(f"hipline: {problem}", err=True)
    raise typer.Exit(1)
