"""The command line: `./hipline COMMAND`."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from bot import knowledge, settings
from bot.run import patients_commands, sms_commands, staff_commands
from bot.settings import DataFileError, Settings, SettingsError

app = typer.Typer(
    help="Hipline answers questions about hip injections, from one reviewed document.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
alerts_app = typer.Typer(help="Who is told of warning signs.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(alerts_app, name="alerts")
app.add_typer(staff_commands.app, name="staff")
app.add_typer(patients_commands.app, name="patients")


def say(line: str) -> None:
    """One line to the person at the terminal, with the time."""
    typer.echo(f"{dt.datetime.now():%H:%M:%S} {line}")


def fail(error: Exception | str) -> NoReturn:
    """One line on what is wrong, and the end."""
    typer.echo(f"hipline: {error}", err=True)
    raise typer.Exit(1)


def _settings() -> Settings:
    try:
        return settings.load()
    except (SettingsError, DataFileError) as error:
        fail(error)


def _on_sigterm(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _told_in_one_line() -> Iterator[None]:
    """What goes wrong in starting, training and talking, as one line and a status; SIGTERM as Ctrl-C."""
    from bot.care.database import DatabaseError
    from bot.run import model, terminal, up

    signal.signal(signal.SIGTERM, _on_sigterm)
    try:
        yield
    except (DataFileError, DatabaseError, model.TrainingError, up.UpError, up.StartError, terminal.TalkError) as error:
        fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def up() -> None:
    """Start Hipline: train the model if need be, start all processes, and keep them running until Ctrl-C."""
    from bot.run import up

    clinic = _settings()
    with _told_in_one_line(), up.only_one(clinic):
        try:
            trained = up.prepare(clinic, say)
        except KeyboardInterrupt:
            say("ended")
            raise
        asyncio.run(up.until_told(clinic, trained, say))


@app.command()
def train() -> None:
    """Train the model of the present files, whether there is one or not."""
    from bot.run import model

    with _told_in_one_line():
        model.train(_settings(), say)


@app.command()
def ask(question: Annotated[str, typer.Argument(help="The question, in quotes.")]) -> None:
    """Answer one question in the terminal. Uses the Hipline that runs here, or starts one for as long as it takes."""
    from bot.run import terminal

    _talk(terminal.ask, question)


@app.command()
def chat() -> None:
    """Talk with Hipline in the terminal. An empty line or Ctrl-D ends it; a number picks what is offered."""
    from bot.run import terminal

    _talk(terminal.chat)


def _talk(talk: Callable[..., Awaitable[None]], *arguments: str) -> None:
    from bot.run import terminal

    clinic = _settings()
    with _told_in_one_line():
        asyncio.run(terminal.with_hipline(clinic, lambda line: typer.echo(line, err=True), talk, *arguments))


class _EvaluateGroup(TyperGroup):
    """`evaluate FILE` is `evaluate understanding FILE`: what is no command of its own goes to the first one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if own else ["understanding", *args])


evaluation_app = typer.Typer(cls=_EvaluateGroup, rich_markup_mode=None)
app.add_typer(evaluation_app, name="evaluate")
_Folds = Annotated[int, typer.Option(min=2, help="How many parts the voices are dealt into.")]
_Limit = Annotated[int | None, typer.Option(min=1, help="At most that many examples of each kind: a quick look.")]
_Texts = Annotated[bool, typer.Option("--texts", help="Show the words of FILE's messages that were judged wrongly.")]
_Against = Annotated[Path | None, typer.Option(help="The JSON of an earlier run, to set this one beside.")]
_Out = Annotated[Path, typer.Option(help="Where the figures go, as JSON; a page goes beside it, as .html.")]


@evaluation_app.callback()
def evaluate() -> None:
    """Measure how well messages are understood (the default), or urgency judged: on unseen writers, or on a file."""


@evaluation_app.command()
def understanding(
    file: Annotated[
        Path | None,
        typer.Argument(help="JSON lines with text, and intent or accept; without it: cross-validation over voices."),
    ] = None,
    out: _Out = Path("results/evaluation.json"),
    folds: _Folds = 5,
    limit: _Limit = None,
    texts: _Texts = False,
    against: _Against = None,
) -> None:
    """Measure how well messages are understood: by writers whose examples the model has not seen, or on a file."""
    from bot.run import evaluation

    try:
        evaluation.run(_settings(), file, out, typer.echo, folds, limit, texts, against)
    except (evaluation.EvaluationError, DataFileError) as error:
        fail(error)


@evaluation_app.command()
def triage(
    file: Annotated[
        Path | None,
        typer.Argument(help="JSON lines with text, urgency, maybe category; without it: cross-validation over voices."),
    ] = None,
    out: _Out = Path("results/triage.json"),
    folds: _Folds = 5,
    limit: _Limit = None,
    texts: _Texts = False,
    against: _Against = None,
) -> None:
    """Measure how well warning signs are found: by writers whose examples the model has not seen, or on a file."""
    from bot.run import evaluation
    from bot.run.evaluation import triage

    try:
        triage.run(_settings(), file, out, typer.echo, folds, limit, texts, against)
    except (evaluation.EvaluationError, DataFileError) as error:
        fail(error)


@app.command("triage")
def judge(message: Annotated[str, typer.Argument(help="The message, in quotes.")]) -> None:
    """Say how urgent a message is judged, and why: the words found, how they stand, and the model's probabilities."""
    from bot.run import judging

    try:
        judging.tell(_settings(), message, typer.echo)
    except DataFileError as error:
        fail(error)


@app.command()
def check() -> None:
    """Check every data file and setting, without starting anything."""
    clinic = _settings()
    from bot.care import outcomes
    from bot.followup import programme, words
    from bot.knowledge import canned
    from bot.run import alerts
    from bot.sms import keywords
    from bot.triage import assessment, examples
    from bot.turn import asked

    try:
        known = knowledge.load(clinic.knowledge_folder)
        canned.load(clinic.knowledge_folder)
        outcomes.in_words()
        contacts = alerts.check(clinic)
        assessment.check_files()
        programme.load(clinic.knowledge_folder)
        words.load()
        keywords.load()
        asked.load()
        examples.read()
    except DataFileError as error:
        fail(error)
    drafts = sorted(topic.id for topic in known.topics.values() if "draft" in topic.reviewed.by)
    typer.echo(f"{len(known.topics)} topics, all texts and the rules of the triage are well; settings are well.")
    if drafts:
        typer.echo(f"{len(drafts)} topics are drafts that no clinician has reviewed yet (their `reviewed` says so).")
    unset = [
        name for name in ("phone", "address", "hours", "cost", "insurance") if not getattr(clinic, f"clinic_{name}")
    ]
    if unset:
        typer.echo(f"Not set, so handed to a person: {', '.join('clinic_' + name for name in unset)}.")
    for line in alerts.described(clinic, contacts):
        typer.echo(line)


@app.command()
def forget(
    who: Annotated[str, typer.Argument(metavar="NUMBER|CONVERSATION", help="Whose data, or which conversation.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete it for good; without this it is only told.")] = False,
) -> None:
    """Delete one person's data: everything of a telephone number, or one conversation by its id or name."""
    from bot.care.database import DatabaseError
    from bot.run import erase

    try:
        erase.forget(_settings(), who, yes, typer.echo)
    except (erase.ForgetError, DatabaseError) as error:
        fail(error)


@alerts_app.command("test")
def alerts_test() -> None:
    """Send a test alert to every contact, by each of its ways, and say how it went."""
    from bot.run import alerts

    clinic = _settings()
    try:
        well = alerts.try_out(clinic, typer.echo)
    except (alerts.AlertsError, DataFileError) as error:
        fail(error)
    if not well:
        raise typer.Exit(1)


app.add_typer(sms_commands.commands(_settings, fail), name="sms")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run every check there is: ruff, mypy, rasa data validate, pytest. Arguments after `--` go to pytest."""
    from bot.run import checks

    sys.exit(checks.run(context.args, typer.echo))


if __name__ == "__main__":
    app(prog_name="hipline")
