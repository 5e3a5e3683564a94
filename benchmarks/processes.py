"""Other programs, run for a measurement: with a time limit, with the memory that they took at most."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from bot.run.supervisor import die_with_parent

_GRACE = 15.0  # seconds between SIGTERM and SIGKILL


class ContenderFailed(RuntimeError):
    """A contender could not be trained, started or asked. The message says why, in words fit for a table."""


@dataclass(frozen=True)
class Program:
    """A command with its folder and what is added to the environment. `log` gets what it says."""

    command: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """How long a program took, by the clock and of the processors, in seconds; its largest process's peak, in bytes."""

    seconds: float
    processor: float
    peak: int


class Machine:
    """What others do on this machine from now on: figures of time can be trusted where that is little."""

    def __init__(self) -> None:
        self._start = time.monotonic(), _busy(), _own()

    def others(self) -> float:
        """How many cores they kept busy on average. What we have started and not yet ended counts as theirs."""
        begun, busy, own = self._start
        return max(0.0, (_busy() - busy - (_own() - own)) / max(time.monotonic() - begun, 1e-9))


@contextlib.contextmanager
def listening(handler: type[BaseHTTPRequestHandler], port: int = 0) -> Iterator[str]:
    """A server on this machine that answers as `handler` does; gives its address, and ends it. Port 0: a free one."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run(program: Program, limit: float) -> Done:
    """Runs it to its end, `limit` seconds at most. Raises `ContenderFailed`."""
    begun = time.monotonic()
    process = _start(program)
    try:
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() - begun > limit:
                raise ContenderFailed(f"{_name(program)} took longer than {limit:g} s")
            time.sleep(0.05)
    except BaseException:
        _end(process)
        raise
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    if process.returncode != 0:
        raise ContenderFailed(f"{_name(program)} ended with status {process.returncode}: {_last_line(program.log)}")
    used = ended[2]
    return Done(time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


@contextlib.contextmanager
def serving(program: Program, ready: str, limit: float) -> Iterator[int]:
    """Runs it meanwhile; gives its process id once the URL `ready` answers with 200. Raises `ContenderFailed`."""
    process = _start(program)
    try:
        end = time.monotonic() + limit
        while not _answers(ready):
            if process.poll() is not None:
                raise ContenderFailed(f"{_name(program)} ended while starting: {_last_line(program.log)}")
            if time.monotonic() > end:
                raise ContenderFailed(f"{_name(program)} did not answer within {limit:g} s")
            time.sleep(0.3)
        yield process.pid
    finally:
        _end(process)


def peak_memory(pid: int) -> int:
    """The sum of the peaks of a process and of all that descend from it, in bytes."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            parents.setdefault(parent, []).append(int(folder.name))
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        waiting += parents.get(one, [])
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{one}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total += int(line.split()[1]) * 1024
    return total


def _busy() -> float:
    """The seconds that all processors have been busy since the machine's start."""
    user, nice, system, _, _, *others = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    """Those that this process and the ended ones it has started have had."""
    mine, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + ended.ru_utime + ended.ru_stime


def _start(program: Program) -> subprocess.Popen[bytes]:
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as output:
        try:
            return subprocess.Popen(
                list(program.command),
                cwd=program.folder,
                env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            raise ContenderFailed(f"{program.command[0]} cannot be run: {error.strerror}") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and what it started, which is a session of its own."""
    if process.poll() is None:
        process.terminate()  # what has children of its own ends them in order
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _name(program: Program) -> str:
    return Path(program.command[0]).name


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
