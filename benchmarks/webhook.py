"""How long the text line's door takes: `python -m benchmarks.webhook`, for which nothing need run.

Starts a gateway and a worker over a new database, and sends signed texts at 50 a second for 20 seconds: with a Rasa
that answers, then with nobody where Rasa should be. Prints the median and the 99th percentile in milliseconds, how
many were refused, and how many cores others kept busy meanwhile. The sender runs on the same machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlencode

import requests
from twilio.request_validator import RequestValidator

from benchmarks import figures
from benchmarks.processes import Machine, Program, listening, serving
from bot.run.ports import free_port
from bot.settings import ROOT, Settings
from bot.sms.account import Account

RATE, SECONDS, NUMBERS = 50, 20, 200
QUESTIONS = ["does it hurt", "how long does it last", "what are the risks", "can i drive home", "when can i exercise"]


class _Rasa(BaseHTTPRequestHandler):
    """Answers as Rasa does."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        """One answer to everything."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'[{"text": "It may take a few days.", "kind": "answer"}]'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Measures and prints."""
    with listening(_Rasa) as rasa:
        measure("Rasa alive", rasa)
    measure("Rasa dead", f"http://127.0.0.1:{free_port()}")


def measure(what: str, rasa: str) -> None:
    """One line."""
    with tempfile.TemporaryDirectory() as folder:
        state, port = Path(folder), free_port()
        (state / "clinic.yml").write_text("", encoding="utf-8")
        environment = {
            "HIPLINE_CONFIG": str(state / "clinic.yml"),
            "HIPLINE_STATE": folder,
            "HIPLINE_PORT": str(port),
            "HIPLINE_RASA_URL": rasa,
            "HIPLINE_API_KEY": secrets.token_hex(8),
            "PYTHONPATH": str(ROOT),
        }
        python = [sys.executable, "-W", "ignore", "-m"]
        server = ["uvicorn", "--factory", "bot.gateway.app:from_environment", "--no-access-log", "--ws", "none"]
        gateway = Program([*python, *server, "--port", str(port)], ROOT, state / "gateway.log", environment)
        settings = Settings.parse_obj({"state": state, "port": port})
        account = Account.of(settings)  # before both make it
        with serving(gateway, f"{settings.gateway_url}/healthz", 60), a_worker(environment, state):
            send(account, settings.gateway_url, 1)
            machine = Machine()
            taken, refused = send(account, settings.gateway_url, SECONDS)
            others = machine.others()
    found = figures.times(taken)
    print(
        f"{what:10} n {found['n']:5}   p50 {found['p50']:6.1f} ms   p99 {found['p99']:6.1f} ms   "
        f"refused {refused}   other cores busy {others:.1f}"
    )


@contextlib.contextmanager
def a_worker(environment: dict[str, str], state: Path) -> Iterator[None]:
    """A worker that has begun its work."""
    with (state / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bot.worker"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + 60
        while not (state / "run" / "worker.ready").exists():
            if process.poll() is not None or time.monotonic() > end:
                sys.exit("the worker did not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def send(account: Account, url: str, seconds: float) -> tuple[list[float], int]:
    """Texts at the rate, each at its time whether the one before is answered or not; their times, and those refused."""
    count = int(RATE * seconds)
    start = time.monotonic() + 0.2
    local = threading.local()
    bodies = [_signed(account, place) for place in range(count)]

    def one(place: int) -> tuple[float, bool]:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.trust_env = False
        time.sleep(max(0.0, start + place / RATE - time.monotonic()))
        body, headers = bodies[place]
        begun = time.perf_counter()
        response = local.session.post(f"{url}/sms/inbound", data=body, headers=headers, timeout=15)
        return (time.perf_counter() - begun) * 1000, response.status_code == 200

    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(one, range(count)))
    return [taken for taken, _ in results], sum(not well for _, well in results)


def _signed(account: Account, place: int) -> tuple[str, dict[str, str]]:
    sid = f"SM{secrets.token_hex(16)}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": account.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "From": f"+1202555{1000 + place % NUMBERS}",
        "To": "+12025550100",
        "Body": QUESTIONS[place % len(QUESTIONS)],
        "FromCity": "WASHINGTON",
        "FromState": "DC",
        "FromCountry": "US",
        "ApiVersion": "2010-04-01",
    }
    signature = RequestValidator(account.token).compute_signature(f"{account.base}/sms/inbound", form)
    return urlencode(form), {
        "X-Twilio-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    }


if __name__ == "__main__":
    os.environ.pop("HIPLINE_CONFIG", None)
    main()
