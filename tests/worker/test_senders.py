"""Sending: a signed webhook, and Apprise over a real server of its json:// kind."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.care.contacts import Contacts, Webhook
from bot.datafiles import DataFileError
from bot.settings import ROOT
from bot.worker import senders
from bot.worker.notice import Notice, of_test
from bot.worker.senders import NotDelivered, send

AT = dt.datetime(2026, 7, 1, 16, 0, tzinfo=dt.timezone.utc)
NOTICE = Notice(
    id="8a5e3e9d2c6f4b1f9c0d7a6b5e4f3a2b",
    kind="alert",
    escalation="5f0c7d1e9b8a4c3d2e1f0a9b8c7d6e5f",
    level="emergency",
    channel="web",
    raised_at=AT,
    message_at=AT,
    round=0,
    link="https://hipline.example.org/alerts/TOKEN",
)
SECRET = "sixteen-characters-at-least"
WEBHOOK = Webhook(url="https://clinic.test/hook", secret=SECRET)


def answering(status: int, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    """A receiver that answers with a status."""

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, headers={"Location": "https://elsewhere.test/"})

    return httpx.MockTransport(answer)


def documented_check() -> Callable[[str, str, bytes], bool]:
    """The few lines of docs/alerts.md that check a signature."""
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    return names["is_from_hipline"]  # type: ignore[no-any-return]


# --- A webhook


def test_a_webhook_gets_the_documented_body_its_id_and_a_signature() -> None:
    seen: list[httpx.Request] = []
    send(WEBHOOK, NOTICE, transport=answering(204, seen), clock=lambda: 1_800_000_000.7)
    [request] = seen
    assert (request.method, str(request.url)) == ("POST", "https://clinic.test/hook")
    assert request.headers["Hipline-Delivery"] == NOTICE.id
    wanted = hmac.new(SECRET.encode(), b"1800000000." + request.content, hashlib.sha256).hexdigest()
    assert request.headers["Hipline-Signature"] == f"t=1800000000,v1={wanted}"
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    [documented] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert json.loads(request.content) == json.loads(documented)


def test_the_check_in_the_documentation_takes_what_is_ours_and_nothing_else() -> None:
    seen: list[httpx.Request] = []
    send(WEBHOOK, NOTICE, transport=answering(200, seen))
    [request] = seen
    header, body = request.headers["Hipline-Signature"], request.content
    check = documented_check()
    assert check(SECRET, header, body)
    assert not check("another secret", header, body)
    assert not check(SECRET, header, body + b" ")
    old = senders.signature(SECRET, body, 1_700_000_000)
    assert not check(SECRET, old, body)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410, 429, 500, 503])
def test_whatever_is_no_success_is_not_delivered(status: int) -> None:
    with pytest.raises(NotDelivered, match=rf"^status {status}$"):
        send(WEBHOOK, NOTICE, transport=answering(status))


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
def test_a_receiver_that_can_not_be_reached_is_told_without_its_address(error: type[httpx.HTTPError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("clinic.test and its secrets")

    with pytest.raises(NotDelivered, match=rf"^{error.__name__}$"):
        send(WEBHOOK, NOTICE, transport=httpx.MockTransport(fail))


def test_a_receiver_that_hangs_is_not_waited_for() -> None:
    go_on = threading.Event()

    def hang(request: httpx.Request) -> httpx.Response:
        go_on.wait(60)
        return httpx.Response(200)

    try:
        with pytest.raises(NotDelivered, match=r"^no answer in time$"):
            send(WEBHOOK, NOTICE, limit=0.05, transport=httpx.MockTransport(hang))
    finally:
        go_on.set()


def test_what_a_service_raises_is_told_by_its_kind_alone() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError("with a secret")

    with pytest.raises(NotDelivered, match=r"^ZeroDivisionError$"):
        send(WEBHOOK, NOTICE, transport=httpx.MockTransport(fail))


# --- Apprise


@contextlib.contextmanager
def server(status: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A real server that keeps the JSON posted to it; its port, and what it kept."""
    kept: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made.server_port, kept
        finally:
            made.shutdown()
            thread.join()


def test_apprise_gets_a_title_and_a_few_lines_with_the_link() -> None:
    with server(200) as (port, kept):
        send(f"json://127.0.0.1:{port}/", NOTICE)
    [body] = kept
    assert body["title"] == "Hipline: emergency"
    assert body["message"].splitlines() == [
        "A patient wrote of a warning sign (emergency) at 2026-07-01 16:00 UTC, by web.",
        "See and acknowledge: https://hipline.example.org/alerts/TOKEN",
        "Escalation 5f0c7d1e9b8a4c3d2e1f0a9b8c7d6e5f",
    ]


def test_a_test_alert_says_that_nothing_has_happened() -> None:
    with server(200) as (port, kept):
        send(f"json://127.0.0.1:{port}/", of_test("1", AT, "https://hipline.test/alerts"))
    assert kept[0]["title"] == "Hipline: a test alert"
    assert "nothing has happened" in kept[0]["message"]


def test_a_service_that_refuses_is_not_delivered_and_nothing_of_its_address_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with server(500) as (port, _), pytest.raises(NotDelivered, match=r"^the service did not take it$"):
        send(f"json://user:pa55word@127.0.0.1:{port}/", NOTICE)
    assert "pa55word" not in caplog.text
    with pytest.raises(NotDelivered, match=r"^Apprise does not know this kind of URL$"):
        send("nosuchservice://pa55word/", NOTICE)
    assert "pa55word" not in caplog.text


def test_urls_that_apprise_does_not_know_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "contacts.yml"
    file.write_text(
        "contacts:\n- name: Nurse\n  apprise:\n  - json://127.0.0.1/\n  - nosuch://pa55word/\n", encoding="utf-8"
    )
    contacts = Contacts.parse_obj(
        {"contacts": [{"name": "Nurse", "apprise": ["json://127.0.0.1/", "nosuch://pa55word/"]}]}
    )
    with pytest.raises(DataFileError) as caught:
        senders.check(file, contacts)
    assert str(caught.value).startswith(f"{file}:5: contacts.0.apprise.1: is no URL that Apprise knows")
    assert "pa55word" not in str(caught.value)
