"""The commands of `hipline sms`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from bot.settings import DataFileError, Settings

_Number = Annotated[str, typer.Argument(help="A number in E.164, such as +12025550123.")]


def commands(settings: Callable[[], Settings], fail: Callable[[Exception], object]) -> typer.Typer:
    """The commands. `settings` reads the settings, `fail` ends with one line on what is wrong."""
    app = typer.Typer(help="The text line (docs/sms.md).", no_args_is_help=True, rich_markup_mode=None)

    def guarded(step: Callable[[], object]) -> None:
        from bot.care.database import DatabaseError
        from bot.run.sms import SmsError

        try:
            step()
        except (SmsError, DatabaseError, DataFileError) as error:
            fail(error)

    @app.command()
    def simulate(number: _Number = "+12025550123") -> None:
        """Be a telephone: each line that you type is a text to the Hipline that runs here. Ctrl-D ends it."""
        from bot.run import sms

        guarded(lambda: sms.simulate(settings(), number, sys.stdin, lambda text: typer.echo(f"> {text}")))

    @app.command()
    def send(number: _Number, text: Annotated[str, typer.Argument(help="The text, in quotes.")]) -> None:
        """Send a text to a telephone, and say what became of it."""
        from bot.run import sms

        guarded(lambda: sms.send(settings(), number, text, typer.echo))

    @app.command()
    def reconcile(
        since: Annotated[dt.datetime | None, typer.Option(help="From when on, in UTC; by default a day ago.")] = None,
    ) -> None:
        """Ask Twilio for texts that came in and never arrived here, and take them in."""
        from bot.run import sms

        start = since.replace(tzinfo=dt.timezone.utc) if since else dt.datetime.now(dt.timezone.utc) - dt.timedelta(1)
        guarded(lambda: sms.reconcile(settings(), start, typer.echo))

    return app
