"""Sending one alert by one way, within a time limit: Apprise's services, or a signed webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import httpx

from bot import datafiles
from bot.care.contacts import Contacts, Webhook
from bot.worker.notice import Notice

LIMIT = 12.0  # seconds for a whole attempt
_READ = 10.0  # seconds for each step of it
SIGNATURE, DELIVERY = "Hipline-Signature", "Hipline-Delivery"


class NotDelivered(RuntimeError):
    """An alert did not arrive, as far as we know. The message says why, without addresses, secrets and words."""


class Sender(Protocol):
    """What sends a notice by a way. Raises `NotDelivered`."""

    def __call__(self, way: str | Webhook, notice: Notice) -> None: ...


def send(
    way: str | Webhook,
    notice: Notice,
    *,
    limit: float = LIMIT,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Sends a notice: an Apprise URL, or a webhook. `limit` is in seconds. Raises `NotDelivered`."""
    if isinstance(way, Webhook):
        body = json.dumps(notice.payload()).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Hipline",
            DELIVERY: notice.id,
            SIGNATURE: signature(way.secret, body, int(clock())),
        }
        _within(limit, lambda: _post(way.url, body, headers, transport))
    else:
        _within(limit, lambda: _notify(way, notice))


def signature(secret: str, body: bytes, at: int) -> str:
    """The header that proves that an alert is ours: HMAC-SHA256 over the time (Unix seconds), a dot and the body."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


def check(file: Path, contacts: Contacts) -> None:
    """Refuses Apprise URLs that Apprise does not know. Raises `DataFileError`, which does not show the URL."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    for place, contact in enumerate(contacts.contacts):
        for number, url in enumerate(contact.apprise):
            if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
                path = ("contacts", place, "apprise", number)
                raise datafiles.refusal(file, path, "is no URL that Apprise knows: see Apprise's list of services")


def _post(url: str, body: bytes, headers: dict[str, str], transport: httpx.BaseTransport | None) -> None:
    try:
        with (
            httpx.Client(timeout=_READ, transport=transport, verify=_authorities()) as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            if not response.is_success:  # a redirect is not followed: the signature is for this receiver
                raise NotDelivered(f"status {response.status_code}")
    except httpx.TimeoutException:
        raise NotDelivered("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotDelivered(type(error).__name__) from None


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed: read once, since that takes longer than all the rest."""
    return httpx.create_ssl_context()


def _notify(url: str, notice: Notice) -> None:
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines hold addresses and tokens
    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise NotDelivered("Apprise does not know this kind of URL")
    sender = apprise.Apprise()
    sender.add(service)
    if not sender.notify(title=notice.title(), body=notice.body(), body_format=apprise.NotifyFormat.TEXT):
        raise NotDelivered("the service did not take it")


def _within(limit: float, job: Callable[[], None]) -> None:
    """Runs a job in a thread of its own, and waits for it no longer than `limit` seconds.

    What is late goes on by itself, and may arrive: the alert is sent again all the same.
    """
    result: dict[str, Any] = {}

    def run() -> None:
        try:
            job()
        except NotDelivered as error:
            result["error"] = error
        except Exception as error:  # a service's plugin may raise anything, with words that are not for the log
            result["error"] = NotDelivered(type(error).__name__)

    thread = threading.Thread(target=run, name="alert", daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        raise NotDelivered("no answer in time")
    if "error" in result:
        raise result["error"]
