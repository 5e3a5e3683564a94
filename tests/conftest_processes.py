"""A whole Hipline for the tests that need one: started once, with `python -m bot up`, in a state folder of its own.

A plugin of tests/conftest.py.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.run.ports import free_port
from bot.settings import ROOT
from tests.waiting import until

# After these there is nothing left to test.
LAST = ("test_sigterm_ends_all_of_it", "test_when_it_has_ended_nothing_of_it_runs_any_more")
TRAINING = 900.0  # seconds: a model that is missing is trained first
STARTING = 240.0


def pytest_configure(config: pytest.Config) -> None:
    """The markers, for when pyproject.toml does not have them."""
    config.addinivalue_line("markers", "processes: starts real processes")
    config.addinivalue_line("markers", "browser: needs Chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever order the files come in, the tests of Hipline's end are the last."""
    items.sort(key=lambda item: item.name in LAST)


def hipline_environment(**settings: object) -> dict[str, str]:
    """An environment for `python -m bot` whose HIPLINE_ variables are these alone."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("HIPLINE_")}
    return {**others, **{f"HIPLINE_{name.upper()}": str(value) for name, value in settings.items()}}


def command(*arguments: str) -> list[str]:
    """The command line as ./hipline runs it."""
    return [sys.executable, "-W", "ignore", "-m", "bot", *arguments]


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is no mere entry in the table of an ended one."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


def children_of(pid: int) -> dict[int, str]:
    """The running processes that a process has started, by id, with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid and is_running(int(folder.name)):
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


@dataclass
class Hipline:
    """A Hipline that runs. `output` is the file that its words to the terminal go to."""

    process: subprocess.Popen[bytes]
    state: Path
    port: int
    key: str
    environment: dict[str, str]
    output: Path
    website: str = ""  # the origin that may show its widget
    left: list[str] | None = None  # what still ran when `up` had ended

    _PROGRAMS = {"rasa": "rasa run", "gateway": "uvicorn", "worker": "bot.worker"}

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> list[str]:
        """What it has told the person at the terminal, without the times."""
        return [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in self.output.read_text().splitlines()]

    def child(self, name: str) -> int | None:
        """The process id of rasa, gateway or worker, by /proc: STATE/run/pids is as old as the start."""
        found = [pid for pid, line in children_of(self.process.pid).items() if f"-m {self._PROGRAMS[name]}" in line]
        return found[0] if found else None

    def post(self, text: str, conversation: str | None = None, timeout: float = 30.0, **fields: str) -> dict[str, Any]:
        """A message over the API, in a conversation of its own unless one is named, which must be answered."""
        body = {"conversation": conversation or secrets.token_hex(8), "channel": "web", "text": text, **fields}
        headers = {"Authorization": f"Bearer {self.key}"}
        response = requests.post(f"{self.url}/api/messages", json=body, headers=headers, timeout=timeout)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    def is_ready(self) -> bool:
        """Whether it could answer a message now."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def command(self, *arguments: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Another command of Hipline's, with the same settings."""
        return subprocess.run(
            command(*arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@pytest.fixture(scope="session")
def hipline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hipline]:
    """See `Hipline`. Models are shared with the project, so that one that is there is not trained again."""
    folder = tmp_path_factory.mktemp("hipline")
    website = f"http://127.0.0.1:{free_port()}"
    with running_hipline(folder, contacts=folder / "contacts.yml", widget_origins=website) as hipline:
        hipline.website = website
        yield hipline


@contextlib.contextmanager
def running_hipline(folder: Path, **settings: object) -> Iterator[Hipline]:
    """A Hipline with a state folder within `folder`, ready to answer; ended at the end."""
    state, output, port = folder / "state", folder / "output", free_port()
    key = secrets.token_hex(16)
    environment = hipline_environment(
        state=state,
        port=port,
        api_key=key,
        config=_write(folder / "clinic.yml", "clinic_name: Lakeside Hip Clinic\nclinic_phone: (202) 555-0142\n"),
        models=ROOT / "models",
        visitor_limit="1000/minute",
        **settings,
    )
    with output.open("wb") as terminal:
        process = subprocess.Popen(
            command("up"), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
        )
    hipline = Hipline(process, state, port, key, environment, output)
    try:
        until(
            f"'is ready' in {output}",
            lambda: process.poll() is not None or "is ready" in output.read_text(),
            TRAINING + STARTING,
        )
        assert process.poll() is None, output.read_text()
        yield hipline
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _write(file: Path, content: str) -> Path:
    file.write_text(content, encoding="utf-8")
    return file
