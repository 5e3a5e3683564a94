from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.processes import ContenderFailed, Program, peak_memory, run, serving
from bot.run.ports import free_port


def program(tmp_path: Path, source: str, *arguments: str) -> Program:
    return Program([sys.executable, "-S", "-c", source, *arguments], tmp_path, tmp_path / "log" / "its.log")


def test_a_program_is_told_with_its_time_and_its_memory(tmp_path: Path) -> None:
    done = run(program(tmp_path, "x = bytes(60_000_000); y = sum(range(200_000))"), 20)
    assert done.peak > 60_000_000
    assert done.processor > 0
    assert done.seconds > 0


def test_a_program_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ContenderFailed, match="ended with status 3: no such pipeline"):
        run(program(tmp_path, "print('at work'); print('no such pipeline'); raise SystemExit(3)"), 20)


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    source = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(ContenderFailed, match=r"took longer than 0\.5 s"):
        run(program(tmp_path, source), 0.5)
    if (tmp_path / "pid").exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContenderFailed, match="no-such-command cannot be run: No such file"):
        run(Program(["no-such-command"], tmp_path, tmp_path / "log"), 5)


def test_a_server_runs_as_long_as_it_is_asked(tmp_path: Path) -> None:
    port = free_port()
    server = Program(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], tmp_path, tmp_path / "its.log"
    )
    with serving(server, f"http://127.0.0.1:{port}/", 20) as pid:
        assert peak_memory(pid) > 1_000_000
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    with (
        pytest.raises(ContenderFailed, match="ended while starting: the port is taken"),
        serving(program(tmp_path, "print('the port is taken')"), url, 20),
    ):
        pass
