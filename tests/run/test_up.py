"""What has to be there before Hipline starts, and what is said where it is not: one line, and exit status 1."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import settings as settings_module
from bot.care import database, keys
from bot.care.database import Store
from bot.run import model, up
from bot.run.frontend import FrontendError
from bot.run.ports import free_port
from bot.run.up import UpError
from bot.settings import ROOT, Settings
from tests.conftest_processes import children_of, command, hipline_environment, is_running
from tests.waiting import until


def prepare(settings: Settings, say: Callable[[str], None], install: Callable[..., object] = lambda _: None) -> Path:
    """`up.prepare` without npm and its registry."""
    return up.prepare(settings, say, install)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with what looks like the model of the present files, so that none is trained."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / f"hipline-{model.fingerprint()}.tar.gz").touch()
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def settings_of(state: Path, models: Path, **more: object) -> Settings:
    """A clinic that has somebody to tell, so that `up` has nothing to say about that."""
    contacts = models / "contacts.yml"
    contacts.write_text("contacts: [{name: Nurse, apprise: ['json://127.0.0.1/']}]\n", encoding="utf-8")
    return Settings.parse_obj({"state": state, "models": models, "contacts": contacts, "port": free_port(), **more})


# `python -m bot up`


def refusal(state: Path, models: Path, **more: object) -> str:
    """What `up` says on its one line of stderr, having ended with status 1."""
    environment = hipline_environment(**{"state": state, "models": models, "port": free_port(), **more})
    done = subprocess.run(
        command("up"),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("hipline: ")
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "is ready" not in done.stdout
    return done.stderr.removeprefix("hipline: ").strip()


@pytest.mark.processes
def test_a_port_that_is_taken_is_named_with_the_setting_that_changes_it(state: Path, models: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(state, models, port=port)
    assert said.startswith(f"port {port} on 127.0.0.1 can't be used (Address already in use")
    assert said.endswith(": end what uses it, or set HIPLINE_PORT")


@pytest.mark.processes
def test_a_host_that_is_not_ours_is_named(state: Path, models: Path) -> None:
    said = refusal(state, models, host="192.0.2.1")
    assert said.startswith("port ")
    assert "on 192.0.2.1 can't be used (Cannot assign requested address" in said


@pytest.mark.processes
def test_a_second_hipline_on_the_same_state_folder_is_told_so(state: Path, models: Path) -> None:
    with up.only_one(settings_of(state, models)):
        said = refusal(state, models)
    assert said == f"another Hipline runs on {state}: end it, or set HIPLINE_STATE to another folder"


@pytest.mark.processes
@pytest.mark.parametrize(
    ("content", "line", "rest"),
    [
        ("port: 8000\nclinic_fone: 1\n", 2, "clinic_fone: is not a field that is known here"),
        ("clinic_name: Lakeside\nport: eight thousand\n", 2, "port: value is not a valid integer"),
        ("clinic_name: Lakeside\nport: 70000\n", 2, "port: ensure this value is less than or equal to 65535"),
        ("visitor_limit: many\n", 1, "visitor_limit: must be a number of messages in a time"),
        ("clinic_name: [\n", 2, ""),
        ("- just\n- a list\n", 1, "must hold fields"),
    ],
)
def test_a_broken_clinic_yml_is_named_with_line_and_field(
    state: Path, models: Path, tmp_path: Path, content: str, line: int, rest: str
) -> None:
    config = tmp_path / "clinic.yml"
    config.write_text(content, encoding="utf-8")
    assert refusal(state, models, config=config).startswith(f"{config}:{line}: {rest}")


@pytest.mark.processes
def test_a_clinic_yml_that_is_not_there_is_named(state: Path, models: Path, tmp_path: Path) -> None:
    config = tmp_path / "clinic.yml"
    assert refusal(state, models, config=config) == f"{config}: cannot be read: No such file or directory"


@pytest.mark.processes
def test_a_broken_setting_of_the_environment_is_named_as_it_is_called_there(state: Path, models: Path) -> None:
    assert refusal(state, models, port="eight thousand") == "HIPLINE_PORT: value is not a valid integer"


@pytest.mark.processes
def test_a_broken_knowledge_file_is_named_with_line_and_field(state: Path, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "our-texts"
    folder.mkdir()
    file = folder / "terminology.yml"
    shipped = (ROOT / "bot" / "knowledge" / "terminology.yml").read_text(encoding="utf-8")
    lines = shipped.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("    next: "))
    lines[at] = "    next: [no_such_topic]"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = refusal(state, models, knowledge_folder=folder)
    assert said == f"{file}:12: topics.infusion_vs_injection.next: 'no_such_topic' is no other topic"


@pytest.mark.processes
def test_a_field_of_a_knowledge_file_that_does_not_fit_is_named_with_its_line(
    state: Path, models: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "our-texts"
    folder.mkdir()
    file = folder / "terminology.yml"
    shipped = (ROOT / "bot" / "knowledge" / "terminology.yml").read_text(encoding="utf-8")
    lines = shipped.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("    title: "))
    lines[at] = "    title: Is it an infusion, or is it an injection, or what is it?"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = refusal(state, models, knowledge_folder=folder)
    assert said == f"{file}:{at + 1}: topics.infusion_vs_injection.title: has 56 characters, 40 at most"


@pytest.mark.processes
def test_a_knowledge_folder_that_is_not_there_is_named(state: Path, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "our-texts"
    said = refusal(state, models, knowledge_folder=folder)
    assert said == f"{folder}: is no folder: make it, or clear the setting knowledge_folder"


@pytest.mark.processes
def test_a_database_that_is_none_is_told(state: Path, models: Path) -> None:
    assert "no SQLAlchemy URL" in refusal(state, models, database="not a url")


@pytest.mark.processes
def test_told_to_end_while_it_starts_it_ends_with_all_that_it_has_started(
    state: Path, models: Path, tmp_path: Path
) -> None:
    environment = hipline_environment(state=state, models=models, port=free_port())
    output = tmp_path / "output"
    with (
        output.open("wb") as terminal,
        subprocess.Popen(
            command("up"), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
        ) as process,
    ):
        try:
            until(
                "what it does next",
                lambda: process.poll() is not None or re.search(b"starting|training", output.read_bytes()),
            )
            # It trains only where somebody has changed a file since `models` was made.
            assert "training" not in output.read_text()
            until("three processes", lambda: len(children_of(process.pid)) == 3 or process.poll() is not None)
            started = children_of(process.pid)
            assert len(started) == 3, output.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert not any(is_running(pid) for pid in started)


# Keys


@pytest.fixture
def store(state: Path) -> Iterator[Store]:
    """The database in the state folder."""
    store = Store(database.connect(f"sqlite:///{state / 'hipline.db'}"))
    yield store
    store.close()


def shown(said: list[str]) -> list[str]:
    """The keys in what was said."""
    return re.findall(r"\bhip_[\w-]+", "\n".join(said))


def test_the_first_start_shows_a_key_once_and_no_later_one_does(state: Path, models: Path, store: Store) -> None:
    said: list[str] = []
    clinic = settings_of(state, models)
    assert prepare(clinic, said.append) == model.path(clinic)
    [key] = shown(said)
    assert said == [f"your API key, shown this once: {key}"]
    with store.read() as session:
        assert keys.is_known(session, key)
    said.clear()
    prepare(clinic, said.append)
    assert said == []
    with store.read() as session:
        assert keys.is_known(session, key)


def test_without_contacts_it_starts_and_says_that_nobody_is_told(state: Path, models: Path) -> None:
    said: list[str] = []
    none = state.parent / "none.yml"
    prepare(settings_of(state, models, contacts=none, api_key="a key"), said.append)
    assert said == [f"nobody is told of warning signs: there is no {none} (docs/alerts.md)"]


def test_broken_contacts_are_found_before_anything_is_made(state: Path, models: Path) -> None:
    file = state.parent / "broken.yml"
    file.write_text("contacts:\n- name: Nurse\n  apprise: ['${NO_SUCH_VARIABLE}']\n", encoding="utf-8")
    with pytest.raises(settings_module.DataFileError, match=r"broken\.yml:3: .*NO_SUCH_VARIABLE is not set"):
        prepare(settings_of(state, models, contacts=file), lambda _: None)
    assert not state.exists()


def test_a_key_is_kept_nowhere_as_it_is(state: Path, models: Path) -> None:
    said: list[str] = []
    prepare(settings_of(state, models), said.append)
    [key] = shown(said)
    files = [file for file in state.rglob("*") if file.is_file()]
    assert state / "hipline.db" in files
    assert not any(key.encode() in file.read_bytes() for file in files)


def test_where_a_key_is_given_none_is_made_but_that_of_the_command_line(
    state: Path, models: Path, store: Store
) -> None:
    said: list[str] = []
    clinic = settings_of(state, models, api_key="a key of the clinic's own")
    prepare(clinic, said.append)
    assert said == []
    with store.read() as session:
        assert not keys.exists(session, "first")
        assert keys.is_known(session, up.local_key(clinic))


def test_the_key_of_the_command_line_is_for_its_owner_alone_and_stays(state: Path, models: Path, store: Store) -> None:
    before = os.umask(0)
    try:
        clinic = settings_of(state, models)
        prepare(clinic, lambda _: None)
    finally:
        os.umask(before)
    file = state / "local.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert (state / "hipline.db").stat().st_mode & 0o777 == 0o600
    assert state.stat().st_mode & 0o777 == 0o700
    first = up.local_key(clinic)
    with store.read() as session:
        assert keys.is_known(session, first)
    prepare(clinic, lambda _: None)
    assert up.local_key(clinic) == first


def test_a_local_key_that_the_database_does_not_know_is_made_anew(state: Path, models: Path, store: Store) -> None:
    clinic = settings_of(state, models)
    state.mkdir(mode=0o700, exist_ok=True)
    (state / "local.key").write_text("hip_that-of-a-database-that-is-gone\n")
    prepare(clinic, lambda _: None)
    with store.read() as session:
        assert keys.is_known(session, up.local_key(clinic))


def test_a_local_key_that_is_made_anew_is_for_its_owner_alone_whatever_the_old_one_was(
    state: Path, models: Path
) -> None:
    state.mkdir(mode=0o700)
    file = state / "local.key"
    file.write_text("hip_copied-here-with-a-backup\n")
    file.chmod(0o644)
    prepare(settings_of(state, models), lambda _: None)
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_hipline_has_never_run_the_command_line_says_so(state: Path, models: Path) -> None:
    with pytest.raises(UpError) as caught:
        up.local_key(settings_of(state, models))
    assert str(caught.value) == f"no key in {state}: run ./hipline up first"


def test_a_state_folder_is_free_again_when_its_hipline_has_ended(state: Path, models: Path) -> None:
    clinic = settings_of(state, models)
    with up.only_one(clinic), pytest.raises(UpError), up.only_one(clinic):
        pytest.fail("two at once")
    with up.only_one(clinic):
        pass


def test_two_state_folders_are_two_hiplines(state: Path, models: Path, tmp_path: Path) -> None:
    with up.only_one(settings_of(state, models)), up.only_one(settings_of(tmp_path / "other", models)):
        pass


def test_broken_knowledge_is_found_before_anything_is_made(state: Path, models: Path, tmp_path: Path) -> None:
    with pytest.raises(settings_module.DataFileError):
        prepare(settings_of(state, models, knowledge_folder=tmp_path / "none"), lambda _: None)
    assert not state.exists()


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["::", "::1"])
def test_a_host_may_be_an_ipv6_address(state: Path, models: Path, host: str) -> None:
    up._check_port(settings_of(state, models, host=host))


def test_without_the_packages_of_the_pages_it_starts_and_says_so(state: Path, models: Path) -> None:
    def install(_: object) -> None:
        raise FrontendError("npm did not run: OSError")

    said: list[str] = []
    clinic = settings_of(state, models, api_key="a key")
    assert prepare(clinic, said.append, install) == model.path(clinic)
    assert said == ["the staff's pages do without their scripts: npm did not run: OSError"]
