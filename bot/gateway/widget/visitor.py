"""Who writes on the page: known by a secret that their browser alone has, and held to a limit."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import limits
from fastapi import Request

from bot.gateway.errors import Problem

COOKIE = "hipline_visitor"  # of our own page; within another website there is none, and the token takes its place
SCHEME = "visitor"
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")  # 256 bits, made by the browser


@dataclass(frozen=True)
class Visitor:
    """A visitor: the name of their conversation, and the address that they come from."""

    name: str
    address: str


class Visitors:
    """How much each visitor may send: nobody may keep the clinic's other patients from being answered."""

    def __init__(self, rate: str) -> None:
        self._rate = limits.parse(rate)
        self._storage = limits.storage.MemoryStorage()  # kept here: the limiter refers to it weakly
        self._window = limits.strategies.MovingWindowRateLimiter(self._storage)

    def check(self, *who: str) -> None:
        """Counts one message. Raises `Problem` 429 where it is one too many for one of `who`."""
        for name in who:
            if not self._window.hit(self._rate, name):
                wait = str(self._rate.get_expiry())
                raise Problem(429, "That is too many messages at once. Please wait a little.", {"Retry-After": wait})


def conversation_of(secret: str) -> str:
    """The name of a visitor's conversation: whoever reads the database can't take the visitor's place with it."""
    return "visitor-" + hashlib.sha256(secret.encode()).hexdigest()[:40]


async def visitor(request: Request) -> Visitor:
    """The visitor of a request: by the token in its header Authorization, or else by our page's cookie.

    Raises `Problem` 401 where there is neither, 403 where another website sent it.
    """
    check_origin(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    secret = request.cookies.get(COOKIE)
    if scheme:
        secret = token.strip() if scheme.lower() == SCHEME and _TOKEN.fullmatch(token.strip()) else None
    if not secret:
        raise Problem(401, "Please load the page again: it does not say whose conversation this is.")
    return Visitor(conversation_of(secret), address_of(request))


def limit(request: Request, who: Visitor, what: str = "") -> None:
    """Counts one message, or one of `what`, against the visitor's limit. Raises `Problem` 429."""
    request.app.state.visitors.check(f"{what}visitor {who.name}", f"{what}address {who.address}")


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def check_origin(request: Request) -> None:
    """Raises `Problem` 403 where another website sent a request."""
    origin = request.headers.get("origin")
    if origin and _host(origin) != request.headers.get("host"):
        raise Problem(403, "This message came from another website.")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
