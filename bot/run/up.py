"""`hipline up`: everything that has to be there, then the processes, until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx

from bot import knowledge
from bot.care import database, keys
from bot.run import alerts, frontend, model
from bot.run.ports import free_port
from bot.run.supervisor import Process, StartError, Supervisor
from bot.settings import ROOT, Settings
from bot.triage import assessment, examples

Say = Callable[[str], None]
_LOCAL_KEY = "local.key"


class UpError(RuntimeError):
    """Hipline can't start. The message is one line that says why and what to do."""


def prepare(settings: Settings, say: Say, install: Callable[[Say], object] = frontend.install) -> Path:
    """Checks the data files, brings the database up to date, makes the keys, trains if need be. Returns the model.

    `install` puts the packages of the pages in place.
    Raises `DataFileError`, `DatabaseError`, `TrainingError`, `UpError`.
    """
    knowledge.load(settings.knowledge_folder)
    told = alerts.check(settings)
    assessment.check_files()
    trained = model.path(settings)
    if not trained.is_file():
        examples.read()  # two seconds, before minutes of training
    _check_port(settings)  # not only after five minutes of training
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database.opened(settings.database_url) as store:
        _make_keys(settings, store, say)
    try:
        install(say)
    except frontend.FrontendError as error:  # patients are answered all the same, and the desk shows no news by itself
        say(f"the staff's pages do without their scripts: {error}")
    if told is None:
        say(f"nobody is told of warning signs: there is no {settings.contacts} (docs/alerts.md)")
    return trained if trained.is_file() else model.train(settings, say)


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Holds the state folder for this process. Raises `UpError` where another Hipline runs on it."""
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(settings.state / "up.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpError(
                f"another Hipline runs on {settings.state}: end it, or set HIPLINE_STATE to another folder"
            ) from None
        yield


@contextlib.asynccontextmanager
async def running(settings: Settings, trained: Path, say: Say) -> AsyncIterator[str]:
    """The three processes, ready to answer; gives the gateway's URL, and ends them. Raises `StartError`, `UpError`."""
    _check_port(settings)
    rasa_port = free_port()
    rasa = f"http://127.0.0.1:{rasa_port}"
    url = settings.gateway_url
    run = settings.state / "run"
    run.mkdir(parents=True, exist_ok=True, mode=0o700)
    python = [sys.executable, "-W", "ignore", "-m"]
    inner = {
        **model.ONE_THREAD,
        "HIPLINE_RASA_URL": rasa,
        "HIPLINE_MODEL": str(trained),
        "PYTHONPATH": str(ROOT),
    }
    async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
        processes = [
            Process(
                "rasa",
                [
                    *[*python, "rasa", "run", "--model", str(trained), "--endpoints", "endpoints.yml"],
                    *["--credentials", "credentials.yml", "-i", "127.0.0.1", "-p", str(rasa_port)],
                ],
                _answers(client, f"{rasa}/webhooks/hipline/"),
                environment={**model.rasa_environment(), **model.ONE_THREAD},
            ),
            Process(
                "gateway",
                [
                    *[*python, "uvicorn", "--factory", "bot.gateway.app:from_environment"],
                    *["--no-access-log", "--ws", "none", "--timeout-graceful-shutdown", "5"],
                    *["--host", settings.host, "--port", str(settings.port)],
                ],
                _answers(client, f"{url}/healthz"),
                environment=inner,
            ),
            Process(
                "worker",
                [*python, "bot.worker"],
                _runs(run / "worker.ready"),
                environment=inner,
            ),
        ]
        supervisor = Supervisor(processes, settings.state / "log", ROOT, say, pids=run / "pids")
        await supervisor.start()
        try:
            yield url
        finally:
            await supervisor.stop()


async def until_told(settings: Settings, trained: Path, say: Say) -> None:
    """Runs Hipline until SIGINT or SIGTERM."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    say("starting Rasa, the gateway and the worker (about half a minute)")
    started = asyncio.Event()
    whole = asyncio.create_task(_run(settings, trained, say, started, told))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({whole, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not started.is_set():
        whole.cancel()  # it would go on waiting for what starts; once started, it ends by itself
    with contextlib.suppress(asyncio.CancelledError):
        await whole


async def _run(settings: Settings, trained: Path, say: Say, started: asyncio.Event, told: asyncio.Event) -> None:
    try:
        async with running(settings, trained, say) as url:
            started.set()
            say(f"Hipline is ready: {url}/ is the chat page, {url}/api/messages the API. Ctrl-C ends it.")
            await told.wait()
            say("ending")
    finally:
        say("ended")


def local_key(settings: Settings) -> str:
    """The key of this machine's own command line. Raises `UpError` where Hipline has never run."""
    try:
        return (settings.state / _LOCAL_KEY).read_text().strip()
    except OSError:
        raise UpError(f"no key in {settings.state}: run ./hipline up first") from None


def _make_keys(settings: Settings, store: database.Store, say: Say) -> None:
    file = settings.state / _LOCAL_KEY
    with store.write() as session:
        if not file.exists() or not keys.is_known(session, file.read_text().strip()):
            key = keys.create(session, "local command line")
            file.unlink(missing_ok=True)  # an old one would keep its mode
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
                output.write(key + "\n")
        if not settings.api_key and not keys.exists(session, "first"):
            say(f"your API key, shown this once: {keys.create(session, 'first')}")


def _check_port(settings: Settings) -> None:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((settings.host, settings.port), family=family):
            pass
    except OSError as error:
        raise UpError(
            f"port {settings.port} on {settings.host} can't be used ({error.strerror}): "
            "end what uses it, or set HIPLINE_PORT"
        ) from None


def _answers(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        try:
            return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False

    return answers


def _runs(file: Path) -> Callable[[], Awaitable[bool]]:
    """Whether the process runs that has written its id into `file`."""

    async def runs() -> bool:
        try:
            os.kill(int(await asyncio.to_thread(file.read_text)), 0)
        except (OSError, ValueError):
            return False
        return True

    return runs


__all__ = ["StartError", "UpError", "local_key", "only_one", "prepare", "running", "until_told"]
