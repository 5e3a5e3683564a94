"""Processes that are kept running: with real ones, as small as can be."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.run.supervisor import Process, StartError, Supervisor
from bot.settings import ROOT
from tests.conftest_processes import is_running
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.processes

# Each says that it runs by a file of its name, since a signal that comes before its handler is set proves nothing.
SLEEPER = """
import pathlib, sys, time
print("started", flush=True)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
POLITE = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1] + ".ended").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


class House:
    """A folder for processes, and what the supervisor said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "log"
        self.said: list[str] = []

    def process(self, name: str, program: str, wait: float = PATIENCE) -> Process:
        """A process that is ready as soon as it has made its file."""
        file = self.folder / name

        async def ready() -> bool:
            return file.exists()

        return Process(name, [sys.executable, "-c", program, str(file)], ready, wait=wait)

    def supervisor(self, *processes: Process) -> Supervisor:
        """A supervisor of these processes."""
        return Supervisor(processes, self.logs, self.folder, self.said.append)

    @contextlib.asynccontextmanager
    async def running(self, *processes: Process) -> AsyncIterator[Supervisor]:
        """The same, started, and ended afterwards."""
        supervisor = self.supervisor(*processes)
        await supervisor.start()
        try:
            yield supervisor
        finally:
            await supervisor.stop()

    async def hears(self, pattern: str) -> None:
        """Until the supervisor has said such a line."""
        await asyncio.to_thread(
            until, f"{pattern} in {self.said}", lambda: any(re.fullmatch(pattern, line) for line in self.said)
        )

    async def kill(self, supervisor: Supervisor, name: str) -> int:
        """SIGKILLs a process, waits until another runs in its place, and gives that one's id."""
        pid = supervisor.pids()[name]
        (self.folder / name).unlink()
        back = self.said.count(f"{name} is back")
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(until, f"{name} is back", lambda: self.said.count(f"{name} is back") > back)
        return supervisor.pids()[name]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def play(scenario: Callable[[], Awaitable[None]]) -> None:
    """Runs a scenario to its end."""

    async def within_reason() -> None:
        await asyncio.wait_for(scenario(), 2 * PATIENCE)

    asyncio.run(within_reason())


def test_it_returns_from_the_start_only_when_all_are_ready_and_says_nothing(house: House) -> None:
    async def scenario() -> None:
        async with house.running(house.process("one", SLEEPER), house.process("two", SLEEPER)) as supervisor:
            assert (house.folder / "one").exists()
            assert (house.folder / "two").exists()
            assert set(supervisor.pids()) == {"one", "two"}
            assert all(is_running(pid) for pid in supervisor.pids().values())
            assert house.said == []

    play(scenario)


def test_a_process_that_is_killed_is_started_again_and_both_are_said(house: House) -> None:
    async def scenario() -> None:
        async with house.running(house.process("one", SLEEPER), house.process("two", SLEEPER)) as supervisor:
            before = supervisor.pids()
            after = await house.kill(supervisor, "one")
            assert after != before["one"]
            assert is_running(after)
            assert not is_running(before["one"])
            assert supervisor.pids()["two"] == before["two"]
            assert is_running(before["two"])
            assert house.said == ["one was killed by signal 9; starting it again in 0.5 s", "one is back"]

    play(scenario)


def test_a_process_that_ends_by_itself_is_started_again_with_its_status_said(house: House) -> None:
    # It ends when it is told to by a file, so that it has been ready before.
    program = """
import pathlib, sys, time
file = pathlib.Path(sys.argv[1])
file.touch()
while file.exists():
    time.sleep(0.01)
sys.exit(3)
"""

    async def ended() -> None:
        async with house.running(house.process("one", program)):
            (house.folder / "one").unlink()
            await house.hears(r"one is back")
            assert house.said == ["one ended with status 3; starting it again in 0.5 s", "one is back"]

    play(ended)


def test_the_pause_grows_with_each_time_in_a_row_and_each_process_has_its_own(house: House) -> None:
    async def scenario() -> None:
        async with house.running(house.process("one", SLEEPER), house.process("two", SLEEPER)) as supervisor:
            for _ in range(3):
                await house.kill(supervisor, "one")
            await house.kill(supervisor, "two")

    play(scenario)
    pauses = [line for line in house.said if "starting it again" in line]
    assert pauses == [
        "one was killed by signal 9; starting it again in 0.5 s",
        "one was killed by signal 9; starting it again in 1 s",
        "one was killed by signal 9; starting it again in 2 s",
        "two was killed by signal 9; starting it again in 0.5 s",
    ]


def test_the_output_of_a_process_is_kept_across_its_restarts_for_its_owner_alone(house: House) -> None:
    async def scenario() -> None:
        async with house.running(house.process("one", SLEEPER)) as supervisor:
            await house.kill(supervisor, "one")

    play(scenario)
    log = house.logs / "one.log"
    assert log.read_text() == "started\nstarted\n"
    assert log.stat().st_mode & 0o777 == 0o600
    assert house.logs.stat().st_mode & 0o777 == 0o700


def test_a_log_that_has_grown_large_is_put_aside_at_the_next_start(house: House) -> None:
    house.logs.mkdir()
    (house.logs / "one.log").write_bytes(b"x" * 5_000_001)

    async def scenario() -> None:
        async with house.running(house.process("one", SLEEPER)):
            pass

    play(scenario)
    assert (house.logs / "one.log").read_text() == "started\n"
    assert (house.logs / "one.log.old").stat().st_size == 5_000_001


def test_all_are_ended_together_and_politely(house: House) -> None:
    pids: list[int] = []

    async def scenario() -> None:
        async with house.running(house.process("one", POLITE), house.process("two", POLITE)) as supervisor:
            pids.extend(supervisor.pids().values())

    play(scenario)
    assert len(pids) == 2
    assert not any(is_running(pid) for pid in pids)
    assert (house.folder / "one.ended").exists()
    assert (house.folder / "two.ended").exists()
    assert house.said == []  # an end that was asked for is nothing to tell


def test_one_that_is_waiting_to_be_started_again_does_not_come_back_after_the_end(house: House) -> None:
    async def scenario() -> None:
        async with house.running(house.process("one", SLEEPER), house.process("two", SLEEPER)) as supervisor:
            (house.folder / "one").unlink()
            os.kill(supervisor.pids()["one"], signal.SIGKILL)
            await house.hears("one was killed by signal 9; starting it again in .* s")
        # Both pids are of processes that have ended, and no file was made anew.
        assert not any(is_running(pid) for pid in supervisor.pids().values())

    play(scenario)
    assert not (house.folder / "one").exists()


def test_one_that_ignores_sigterm_is_ended_by_force(house: House) -> None:
    pids: list[int] = []

    async def scenario() -> None:
        async with house.running(house.process("one", STUBBORN), house.process("two", SLEEPER)) as supervisor:
            pids.extend(supervisor.pids().values())

    play(scenario)  # takes the ten seconds of grace
    assert len(pids) == 2
    assert not any(is_running(pid) for pid in pids)


def test_one_that_ends_while_starting_is_an_error_that_names_its_log_and_the_others_are_ended(house: House) -> None:
    supervisor = house.supervisor(
        house.process("well", SLEEPER), house.process("ill", "print('no such module'); raise SystemExit(7)")
    )
    with pytest.raises(StartError) as caught:
        asyncio.run(supervisor.start())
    log = house.logs / "ill.log"
    assert str(caught.value) == f"ill ended with status 7 while starting: see {log}"
    assert log.read_text() == "no such module\n"
    assert not any(is_running(pid) for pid in supervisor.pids().values())


def test_one_that_does_not_become_ready_is_an_error_that_names_its_log(house: House) -> None:
    supervisor = house.supervisor(house.process("slow", "import time; time.sleep(600)", wait=0.3))
    with pytest.raises(StartError) as caught:
        asyncio.run(supervisor.start())
    assert str(caught.value) == f"slow was not ready within 0.3 s: see {house.logs / 'slow.log'}"
    assert not any(is_running(pid) for pid in supervisor.pids().values())


def test_a_program_that_is_not_there_fails_the_start_and_ends_the_others(house: House) -> None:
    async def never() -> bool:
        return False

    supervisor = house.supervisor(house.process("well", SLEEPER), Process("none", ["/no/such/program"], never))
    with pytest.raises(FileNotFoundError):  # its text depends on the event loop
        asyncio.run(supervisor.start())
    assert not any(is_running(pid) for pid in supervisor.pids().values())


def test_a_start_that_is_called_off_leaves_nothing_behind(house: House) -> None:
    async def scenario() -> None:
        supervisor = house.supervisor(
            house.process("well", SLEEPER), house.process("slow", "import time; time.sleep(600)")
        )
        start = asyncio.create_task(supervisor.start())
        await asyncio.to_thread(until, "both run", lambda: len(supervisor.pids()) == 2)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        assert len(supervisor.pids()) == 2
        assert not any(is_running(pid) for pid in supervisor.pids().values())

    play(scenario)


def test_a_program_that_has_gone_is_tried_until_it_is_there_again(house: House) -> None:
    program = house.folder / "program"
    content = f"#!{sys.executable}\n{SLEEPER}"

    def install() -> None:
        program.write_text(content)
        program.chmod(0o700)

    async def scenario() -> None:
        install()
        process = house.process("one", "")
        process.command = [str(program), str(house.folder / "one")]
        async with house.running(process) as supervisor:
            program.unlink()
            os.kill(supervisor.pids()["one"], signal.SIGKILL)
            await house.hears("one could not be started: No such file or directory")
            install()
            await house.hears("one is back")

    play(scenario)


def test_a_process_that_runs_again_but_does_not_become_ready_is_told(house: House) -> None:
    once = """
import pathlib, sys, time
first = pathlib.Path(sys.argv[1] + ".first")
if not first.exists():
    first.touch()
    pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""

    async def scenario() -> None:
        async with house.running(house.process("one", once, wait=1.0)) as supervisor:
            (house.folder / "one").unlink()
            os.kill(supervisor.pids()["one"], signal.SIGKILL)
            await asyncio.to_thread(
                until, f"'not ready' in {house.said}", lambda: any("not ready" in line for line in house.said), 5.0
            )

    play(scenario)


def test_a_process_gets_its_own_environment_on_top_of_ours(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPLINE_OURS", "ours")
    monkeypatch.setenv("HIPLINE_BOTH", "ours")
    program = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).touch()
print(os.environ["HIPLINE_OURS"], os.environ["HIPLINE_BOTH"], os.getcwd(), flush=True)
time.sleep(600)
"""
    process = house.process("one", program)
    process.environment = {"HIPLINE_BOTH": "its own"}
    log = house.logs / "one.log"

    async def scenario() -> None:
        async with house.running(process):
            await asyncio.to_thread(until, "a line in the log", lambda: log.read_text().endswith("\n"))

    play(scenario)
    assert log.read_text() == f"ours its own {house.folder}\n"


PARENT = """
import asyncio, pathlib, sys
from tests.run.test_supervisor import SLEEPER, House

async def main():
    house = House(pathlib.Path(sys.argv[1]))
    async with house.running(house.process("one", SLEEPER), house.process("two", SLEEPER)) as supervisor:
        print(*supervisor.pids().values(), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_when_the_parent_is_killed_its_processes_die_with_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PARENT, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        try:
            assert parent.stdout is not None
            pids = [int(pid) for pid in parent.stdout.readline().split()]
            assert len(pids) == 2
            assert all(is_running(pid) for pid in pids)
        finally:
            parent.kill()
    until(f"{pids} have ended", lambda: not any(is_running(pid) for pid in pids))
