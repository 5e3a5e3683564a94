"""Who may see a page of the desk, and whether a form came from one of its pages."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs, quote, urlsplit

from anyio import to_thread
from fastapi import Depends, Request

from bot.care.staff import sessions
from bot.care.staff.accounts import Role
from bot.care.staff.sessions import Limits
from bot.care.tables import now
from bot.gateway.api import body
from bot.gateway.desk.door import door
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.settings import Settings

COOKIE = "hipline_desk"
SIGN_IN = "/desk/signin"
_LONGEST_TOKEN = 128
_FIELDS = 100  # in one form


@dataclass(frozen=True)
class Member:
    """A member of staff who is signed in. `name` is what patients are told."""

    id: str
    name: str
    role: Role


def token_of(request: Request) -> str:
    """The token in the session's cookie; empty where there is none."""
    return (request.cookies.get(COOKIE) or "")[:_LONGEST_TOKEN]


async def member_of(request: Request, state: State) -> Member | None:
    """Who is signed in with this request's cookie, now: pages that stay open ask again from time to time."""
    token = token_of(request)
    return await to_thread.run_sync(_look_up, state, door(request).entrance.limits, token) if token else None


async def signed_in(request: Request, state: Annotated[State, Depends(state)]) -> Member:
    """A dependency: who is signed in. Anybody else is sent to sign in (a page), or gets 401 (all else)."""
    member = await member_of(request, state)
    if member is not None:
        request.state.member = member  # for the frame of an error's page
        return member
    if _is_page(request):
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise Problem(303, "Please sign in.", {"Location": f"{SIGN_IN}?next={quote(path, safe='')}"})
    raise Problem(401, "Your session has ended: please sign in again.", {"HX-Redirect": SIGN_IN})


def needs(*roles: Role) -> Callable[[Member], Awaitable[Member]]:
    """A dependency that lets those with one of `roles` through, and answers all others with 403."""

    async def allowed(member: Annotated[Member, Depends(signed_in)]) -> Member:
        if member.role not in roles:
            raise Problem(403, "Your account may not do this. Please ask an admin of Hipline.")
        return member

    return allowed


async def form(
    request: Request, member: Annotated[Member, Depends(signed_in)], state: Annotated[State, Depends(state)]
) -> dict[str, str]:
    """A dependency: the fields of a form of ours. Raises `Problem` 403 where another site, or session, sent it."""
    check_origin(request, state.settings)
    fields = await fields_of(request)
    given = request.headers.get("x-csrf-token") or fields.pop("csrf", "")
    fields.pop("csrf", None)
    if not fits(given, token_of(request)):
        raise Problem(403, "This form is out of date. Please load the page again, and send it once more.")
    return fields


def csrf(token: str) -> str:
    """What a form must carry that is sent under the cookie `token`: another site can't know it."""
    return hmac.new(token.encode(), b"a form of the desk", hashlib.sha256).hexdigest()


def fits(given: str, token: str) -> bool:
    """Whether a form carries what belongs to the cookie `token`."""
    return hmac.compare_digest(given.encode(), csrf(token).encode())


def check_origin(request: Request, settings: Settings) -> None:
    """Raises `Problem` 403 where a browser says that the request comes from a page of another site."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    try:
        given = urlsplit(origin)
    except ValueError:
        given = urlsplit("")
    hosts = {request.headers.get("host", "")}
    own = urlsplit(settings.public_url)
    if given.scheme == own.scheme:  # a proxy may have put another host in place of ours
        hosts.add(own.netloc)
    if not given.netloc or given.netloc not in hosts:
        raise Problem(403, "This form came from another website.")


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form, as it came; of several with one name, the first. Raises `Problem` 400, 413."""
    try:
        given = parse_qs(
            (await body(request)).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS
        )
    except ValueError:
        raise Problem(400, "The form has too many fields.") from None
    return {name: values[0] for name, values in given.items()}


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether the browser talks to us by TLS, so that cookies are for TLS alone."""
    return request.url.scheme == "https" or settings.public_url.startswith("https:")


def _is_page(request: Request) -> bool:
    if request.method not in ("GET", "HEAD") or "hx-request" in request.headers:
        return False
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return mode == "navigate" and "text/event-stream" not in request.headers.get("accept", "")


def _look_up(state: State, limits: Limits, token: str) -> Member | None:
    at = now()
    with state.store.read() as session:
        found = sessions.find(session, token, at, limits)
    if found is None:
        return None
    account, its_session = found
    if at - its_session.seen_at > sessions.EVERY:
        with state.store.write() as session:
            sessions.seen(session, token, at)
    return Member(account.id, account.name, account.role)
