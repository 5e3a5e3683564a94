"""A stand-in for Twilio: a real HTTP server that speaks its messages API, and calls back with signed requests.

It can be slow, fail, and lose answers.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
from twilio.request_validator import RequestValidator

from benchmarks.processes import listening

ACCOUNT, TOKEN = "AC" + "1" * 32, "a token of the account"
NUMBER = "+12025550100"
ERRORS = {
    20003: "Authenticate",
    21211: "The 'To' number is not a valid phone number.",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
}


@dataclass
class Behaviour:
    """What happens to one POST: `status` other than 201 is an error; `accepted` says whether it is sent all the same.

    `pause` is waited before the answer; with `drops` the connection is closed instead; `body` takes the JSON's place.
    """

    status: int = 201
    code: int = 0
    accepted: bool = True
    pause: float = 0.0
    drops: bool = False
    body: str | None = None


OK = Behaviour()


@dataclass
class StandIn:
    """The account: its messages, the newest last. `behave` says what happens to a POST."""

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    posts: int = 0
    lists: int = 0
    behave: Callable[[dict[str, str]], Behaviour] = lambda _: OK
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Number and text of what went out, in order."""
        with self._lock:
            return [(one["to"], one["body"]) for one in self.messages if one["direction"] != "inbound"]

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        """A message that goes out."""
        return self._add(form["To"], form.get("From", NUMBER), form["Body"], "outbound-api", form.get("StatusCallback"))

    def comes(self, number: str, body: str, at: dt.datetime | None = None) -> dict[str, Any]:
        """A message that somebody sends; `deliver` takes it to a gateway."""
        return self._add(NUMBER, number, body, "inbound", None, at)

    def form_of(self, message: dict[str, Any], **more: str) -> dict[str, str]:
        """What the gateway is told of a message that came in."""
        ids = {"MessageSid": message["sid"], "SmsSid": message["sid"], "AccountSid": ACCOUNT}
        said = {"From": message["from"], "To": message["to"], "Body": message["body"], "NumMedia": "0"}
        return {**ids, **said, "ApiVersion": "2010-04-01", **more}

    def deliver(
        self, message: dict[str, Any], url: str, to: str | None = None, timeout: float = 15.0
    ) -> requests.Response:
        """Tells a gateway of a message that came in. `url` is what is signed, `to` where it is sent, if elsewhere."""
        return self.call(url, self.form_of(message), to, timeout)

    def report(self, sid: str, status: str, code: int | None = None, to: str | None = None) -> requests.Response:
        """Tells the gateway what became of a message, at the address that it gave. `to` is what that begins with."""
        [message] = [one for one in self.messages if one["sid"] == sid]
        form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT, "To": message["to"]}
        if code is not None:
            form["ErrorCode"] = str(code)
        message["status"] = status
        url = message["callback"]
        there = url if to is None else to + url[url.index("/sms/") :]
        return self.call(url, form, there)

    def call(self, url: str, form: dict[str, str], to: str | None = None, timeout: float = 15.0) -> requests.Response:
        """A signed request."""
        signature = RequestValidator(TOKEN).compute_signature(url, form)
        headers = {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        }
        return requests.post(to or url, data=urlencode(form), headers=headers, timeout=timeout)

    def _add(
        self, to: str, from_: str, body: str, direction: str, callback: str | None, at: dt.datetime | None = None
    ) -> dict[str, Any]:
        when = format_datetime(at or dt.datetime.now(dt.timezone.utc))
        with self._lock:
            sid = f"SM{len(self.messages):032x}"
            message = {
                "sid": sid,
                "account_sid": ACCOUNT,
                "to": to,
                "from": from_,
                "body": body,
                "direction": direction,
                "status": "queued",
                "date_created": when,
                "date_sent": when,
                "date_updated": when,
                "num_media": "0",
                "num_segments": "1",
                "price": None,
                "error_code": None,
                "callback": callback,
            }
            self.messages.append(message)
        return message

    def page(self, query: dict[str, str], path: str) -> dict[str, Any]:
        """A page of the list, the newest first."""
        size, number = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        with self._lock:
            found = [one for one in reversed(self.messages) if query.get("To") in (None, one["to"])]
            if (since := query.get("DateSent>")) is not None:
                found = [one for one in found if _day(one["date_sent"]) >= since[:10]]
        here = found[number * size : (number + 1) * size]
        more = urlencode({**query, "Page": number + 1}) if len(found) > (number + 1) * size else None
        shown = [{name: value for name, value in one.items() if name != "callback"} for one in here]
        return {
            "messages": shown,
            "page": number,
            "page_size": size,
            "uri": path,
            "start": 0,
            "end": len(here),
            "next_page_uri": f"{path}?{more}" if more else None,
            "previous_page_uri": None,
            "first_page_uri": path,
        }


def _day(when: str) -> str:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(when).date().isoformat()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: StandIn

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        if not self._is_let_in():
            return
        self.account.posts += 1
        how = self.account.behave(form)
        message = self.account.take(form) if how.accepted else None
        time.sleep(how.pause)
        if how.drops:
            self.close_connection = True
            self.connection.close()
        elif how.body is not None:
            self._answer(how.status, how.body)
        elif how.status != 201:
            self._fails(how.status, how.code)
        else:
            assert message is not None
            self._answer(201, json.dumps({name: value for name, value in message.items() if name != "callback"}))

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        self.account.lists += 1
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._answer(200, json.dumps(self.account.page(query, parts.path)))

    def _is_let_in(self) -> bool:
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self._fails(401, 20003)
        elif urlsplit(self.path).path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            self._fails(404, 20404)
        else:
            return True
        return False

    def _fails(self, status: int, code: int) -> None:
        said = {"code": code, "message": ERRORS.get(code, "No."), "status": status, "more_info": f"errors/{code}"}
        self._answer(status, json.dumps(said))

    def _answer(self, status: int, body: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())
        except OSError:  # whoever asked has gone
            self.close_connection = True


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in that listens."""
    account = StandIn()
    handler = type("Handler", (_Handler,), {"account": account})
    with listening(handler) as url:
        account.url = url
        yield account
