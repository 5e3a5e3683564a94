"""Twilio's REST API, by its own client library, with time limits and with every failure sorted."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from bot.sms.account import Account
from bot.sms.transports import MaybeSent, NotSent, Refused

LIMITS = (5.0, 10.0)  # seconds: to connect, and for each read
_LOOKED_THROUGH = 200  # of the newest texts to one number
_CLOCKS = dt.timedelta(minutes=2)  # how far the carrier's clock may be behind ours
_ACCOUNT_TROUBLE = (401, 403, 404)  # statuses: it is not the text that is wrong
_FULL = (20429, 21611)  # codes: too many at once, or waiting

# The client library logs addresses with the telephone numbers in them.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)


class Limited(TwilioHttpClient):
    """The library's HTTP client with both time limits, without its log, and at another address where `api` is one."""

    def __init__(self, api: str) -> None:
        super().__init__()
        self._api = urlsplit(api)

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        """One request. Raises what requests raises."""
        more["timeout"] = None  # the library wants one number
        self.timeout = LIMITS
        there = urlsplit(url)
        if there.hostname == "api.twilio.com":
            there = there._replace(scheme=self._api.scheme, netloc=self._api.netloc, path=self._api.path + there.path)
        return super().request(method, urlunsplit(there), *args, **more)

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing: it would be telephone numbers."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing."""


class Twilio:
    """Sends texts from the account's number or messaging service."""

    def __init__(self, account: Account, api: str) -> None:
        self._account = account
        self._client = Client(account.sid, account.token, http_client=Limited(api))
        sender = account.sender
        self._sender = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}

    def send(self, text_id: str, number: str, words: str) -> str:
        """See `Transport`."""
        callback = f"{self._account.base}/sms/status?text={text_id}"
        try:
            made = self._client.messages.create(to=number, body=words, status_callback=callback, **self._sender)
        except TwilioRestException as error:
            raise _sorted(error) from None
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise NotSent("no connection") from None
            raise MaybeSent("the connection broke") from None
        except requests.RequestException as error:
            raise MaybeSent(type(error).__name__) from None
        except (TwilioException, ValueError, KeyError, TypeError) as error:  # an answer that is none of the API's
            raise MaybeSent(type(error).__name__) from None
        return str(made.sid)

    def find(self, number: str, words: str, since: dt.datetime, known: Collection[str]) -> str | None:
        """See `Transport`."""
        try:
            for one in self._client.messages.stream(to=number, limit=_LOOKED_THROUGH, page_size=_LOOKED_THROUGH):
                if one.date_created is not None and one.date_created < since - _CLOCKS:
                    return None  # the newest come first
                if one.body == words and one.sid not in known and str(one.direction).startswith("outbound"):
                    return str(one.sid)
        except (TwilioException, requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise NotSent(f"the list can't be read: {type(error).__name__}") from None
        return None

    def came_in(self, since: dt.datetime) -> Iterator[dict[str, str]]:
        """The forms of what came in since a time, the newest first. Raises `NotSent` where the API can't be asked."""
        try:
            # The API compares whole days.
            for one in self._client.messages.stream(date_sent_after=since - dt.timedelta(days=1)):
                at = one.date_created or one.date_sent
                if str(one.direction) == "inbound" and (at is None or at >= since):
                    yield {
                        "MessageSid": str(one.sid),
                        "From": str(one.from_ or ""),
                        "Body": str(one.body or ""),
                        "NumMedia": str(one.num_media or "0"),
                    }
        except (TwilioException, requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise NotSent(f"the list can't be read: {type(error).__name__}") from None


def _sorted(error: TwilioRestException) -> Exception:
    if error.status == 429 or error.code in _FULL:
        return NotSent("too many at once")
    if error.status in _ACCOUNT_TROUBLE:
        return NotSent(f"the account is refused with status {error.status}, code {error.code}")
    if error.status >= 500 or error.status == 408:
        return MaybeSent(f"status {error.status}")
    return Refused(error.code)


def _never_connected(error: requests.ConnectionError) -> bool:
    """Whether nothing can have reached the API: the connection was refused, or never came about."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))
