"""`hipline staff`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.care import audit, database
from bot.care.database import Store
from bot.care.staff import accounts
from bot.care.staff.passwords import Passwords
from bot.run.staff_commands import app
from bot.settings import Settings
from tests.gateway.conftest import a_clinic

GOOD = "sunny river 7 table"


class Terminal:
    """A terminal at a clinic's machine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environment = {
            "HIPLINE_CONFIG": str(settings.state / "clinic.yml"),
            "HIPLINE_STATE": str(settings.state),
            "HIPLINE_PUBLIC_URL": "https://hip.example.org",
        }
        (settings.state / "clinic.yml").write_text("clinic_name: Lakeside\n")

    def run(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, words, input=typed, env=self.environment)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(a_clinic(tmp_path))


def kept(terminal: Terminal, name: str) -> tuple[str, str | None, bool]:
    """Role, hash and whether it is disabled, of an account."""
    with database.opened(terminal.settings.database_url) as store, store.read() as session:
        account = accounts.find(session, name)
        assert account is not None
        return account.role, account.password, account.disabled_at is not None


def test_an_account_is_made_with_a_password_from_a_pipe(terminal: Terminal) -> None:
    done = terminal.run("add", "Ada Admin", "--role", "admin", typed=f"{GOOD}\nmore\n")
    assert (done.exit_code, done.stdout) == (0, "Ada Admin is added (admin). The password is set.\n")
    role, password, _ = kept(terminal, "ada admin")
    assert role == "admin"
    assert Passwords().verify(password, GOOD)
    assert terminal.run("list").stdout == "Ada Admin: admin\n"


@pytest.mark.parametrize(
    ("words", "typed", "problem"),
    [
        (("add", "Ada", "--role", "boss", "--link"), None, "boss is no role: use one of front_desk, clinician, admin"),
        (("add", "Ada", "--role", "admin"), "short\n", "at least 12 characters"),
        (("add", "Ada", "--role", "admin"), "", "at least 12 characters"),
        (("add", " ", "--role", "admin", "--link"), None, "A name has 1 to 80 characters"),
        (("password", "Nobody", "--link"), None, "no account called Nobody"),
        (("disable", "Nobody"), None, "no account called Nobody"),
        (("totp", "Nobody"), None, "--off turns them off"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_nothing_is_kept(
    terminal: Terminal, words: tuple[str, ...], typed: str | None, problem: str
) -> None:
    done = terminal.run(*words, typed=typed)
    assert done.exit_code == 1
    assert re.fullmatch(r"hipline: .*\n", done.output)
    assert problem in done.output
    assert "no accounts yet" in terminal.run("list").stdout


def test_a_link_takes_the_place_of_a_password(terminal: Terminal) -> None:
    done = terminal.run("add", "Nina", "--role", "clinician", "--link")
    found = re.search(r"https://hip\.example\.org/desk/password/([\w-]{43}) \(once", done.stdout)
    assert found is not None
    with database.opened(terminal.settings.database_url) as store, store.read() as session:
        account = accounts.of_link(session, found[1])
        assert account is not None
        assert account.name == "Nina"
    assert terminal.run("list").stdout == "Nina: clinician, no password yet\n"


def test_an_account_is_disabled_and_enabled(terminal: Terminal) -> None:
    terminal.run("add", "Nina", "--role", "clinician", "--link")
    assert terminal.run("disable", "nina").stdout == "Nina is disabled, and signed out everywhere.\n"
    assert kept(terminal, "Nina")[2]
    assert terminal.run("list").stdout == "Nina: clinician, disabled, no password yet\n"
    assert terminal.run("enable", "nina").exit_code == 0
    assert not kept(terminal, "Nina")[2]


def test_what_is_done_at_the_machine_is_in_the_audit_log(terminal: Terminal) -> None:
    terminal.run("add", "Nina", "--role", "clinician", "--link")
    terminal.run("disable", "Nina")
    with database.opened(terminal.settings.database_url) as store, store.read() as session:
        rows = [(row.who, row.what, row.about) for row in reversed(audit.listed(session))]
    assert rows == [
        ("hipline staff", "account added", "Nina (clinician)"),
        ("hipline staff", "link for a password made", "Nina"),
        ("hipline staff", "account disabled", "Nina"),
    ]


def test_a_database_that_cannot_be_opened_is_said_in_one_line(terminal: Terminal) -> None:
    terminal.environment["HIPLINE_DATABASE"] = "nonsense"
    done = terminal.run("list")
    assert done.exit_code == 1
    assert "the setting database is no SQLAlchemy URL" in done.output


def test_codes_are_turned_off_for_who_has_lost_the_telephone(terminal: Terminal) -> None:
    terminal.run("add", "Nina", "--role", "clinician", "--link")
    assert terminal.run("totp", "Nina", "--off").stdout == "Nina is asked for no codes.\n"
    with database.opened(terminal.settings.database_url) as store:
        turn_on(store)
    assert "codes on" in terminal.run("list").stdout
    assert terminal.run("totp", "Nina", "--off").stdout == "Nina is asked for no codes any more.\n"
    assert "codes on" not in terminal.run("list").stdout


def turn_on(store: Store) -> None:
    with store.write() as session:
        account = accounts.find(session, "Nina")
        assert account is not None
        account.totp_seed = "0123"
