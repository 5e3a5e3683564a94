"""Keeps a set of processes running: starts them again when they die, ends them all together."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_GRACE = 10.0  # seconds between SIGTERM and SIGKILL
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before the first, second, ... restart in a row
_STEADY = 60.0  # seconds after which a process counts as well again
_LOG_LIMIT = 5_000_000  # bytes: at a start a log larger than this is put aside as NAME.log.old

_LIBC = ctypes.CDLL(None)  # before any fork: what runs between fork and exec must do as little as it can

Say = Callable[[str], None]


class StartError(RuntimeError):
    """A process did not become ready. The message says which, and where its log is."""


def die_with_parent() -> None:
    """For `preexec_fn`: asks Linux to end this process when the one that started it is gone, however it went."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Process:
    """One process: its command, and `ready`, which says whether it answers. `wait` is in seconds."""

    name: str
    command: Sequence[str]
    ready: Callable[[], Awaitable[bool]]
    wait: float = 120.0
    environment: Mapping[str, str] = field(default_factory=dict)


class Supervisor:
    """Runs processes until `stop`. `say` tells a person, a line at a time; output goes to a log file a process."""

    def __init__(
        self, processes: Sequence[Process], logs: Path, folder: Path, say: Say, pids: Path | None = None
    ) -> None:
        self._processes, self._logs, self._folder, self._say = processes, logs, folder, say
        self._pids = pids  # a file that names the running processes, where somebody wants one
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watchers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Starts all, and returns when all are ready. Raises `StartError`, having ended them, where one is not."""
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            for process in self._processes:
                await self._launch(process)
            await asyncio.gather(*(self._until_ready(process) for process in self._processes))
        except BaseException:
            await self.stop()
            raise
        self._watchers = [asyncio.create_task(self._watch(process)) for process in self._processes]

    async def stop(self) -> None:
        """Ends all: politely first, by force after `_GRACE`."""
        if self._pids is not None:
            self._pids.unlink(missing_ok=True)
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        running = [process for process in self._running.values() if process.returncode is None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        waits = [asyncio.create_task(process.wait()) for process in running]
        if waits:
            _, late = await asyncio.wait(waits, timeout=_GRACE)
            if late:
                for process in running:
                    if process.returncode is None:
                        process.kill()
                await asyncio.wait(late)

    def pids(self) -> dict[str, int]:
        """The process ids by name."""
        return {name: process.pid for name, process in self._running.items()}

    async def _launch(self, process: Process) -> None:
        log = self._logs / f"{process.name}.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.old"))
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:  # noqa: ASYNC230 - a local file, once
            self._running[process.name] = await asyncio.create_subprocess_exec(
                *process.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                env={**os.environ, **process.environment},
                start_new_session=True,  # Ctrl-C in the terminal is for us alone: we end them in order
                preexec_fn=die_with_parent,
            )

        if self._pids is not None:
            self._pids.write_text("".join(f"{name} {pid}\n" for name, pid in self.pids().items()))

    async def _until_ready(self, process: Process) -> None:
        running = self._running[process.name]
        end = time.monotonic() + process.wait
        log = self._logs / f"{process.name}.log"
        while not await process.ready():
            if running.returncode is not None:
                raise StartError(f"{process.name} ended with status {running.returncode} while starting: see {log}")
            if time.monotonic() > end:
                raise StartError(f"{process.name} was not ready within {process.wait:g} s: see {log}")
            await asyncio.sleep(0.2)

    async def _watch(self, process: Process) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            status = await self._running[process.name].wait()
            failures = 0 if time.monotonic() - started > _STEADY else failures
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            failures += 1
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            self._say(f"{process.name} {how}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            try:
                await self._launch(process)
            except OSError as error:
                self._say(f"{process.name} could not be started: {error.strerror}")
                continue
            asyncio.create_task(self._tell_when_back(process))  # noqa: RUF006 - it only talks

    async def _tell_when_back(self, process: Process) -> None:
        running = self._running[process.name]
        try:
            await self._until_ready(process)
            self._say(f"{process.name} is back")
        except StartError as error:
            if running.returncode is None:  # if it ended, the watcher says so
                self._say(str(error))
