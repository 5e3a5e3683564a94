"""Signing in, with a code where the account has asked for it, and out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from bot.care import audit
from bot.care.staff import sessions
from bot.care.staff.lockout import Paused
from bot.care.staff.signing_in import Over, SignedIn
from bot.care.tables import now
from bot.gateway.desk import access
from bot.gateway.desk.access import COOKIE, SIGN_IN, Member, form, signed_in
from bot.gateway.desk.door import door
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

FORM_COOKIE = "hipline_desk_form"  # ties a form to the browser before there is a session
KNOWN_COOKIE = "hipline_desk_known"  # says that an account has signed in here before
HOME = "/desk"
_LONGEST_PATH = 500
_YEAR = 365 * 24 * 3600
_WRONG = "That name and password do not go together. Please try again."
_WRONG_CODE = "This code is not right, or it was used before. Please try the next one that your telephone shows."
_OVER = "That took more than five minutes. Please begin again."

router = APIRouter(include_in_schema=False, prefix="/desk")
Result = TypeVar("Result")


@router.get("/signin")
async def show(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """The form. Who is signed in already goes on to the desk."""
    target = own_path(request.query_params.get("next"))
    if await access.member_of(request, state) is not None:
        return RedirectResponse(target, 303, headers=HEADERS)
    return _form(request, state, next=target)


@router.post("/signin")
async def sign_in(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """Looks at name and password."""
    fields = await form_before_session(request, state)
    target = own_path(fields.get("next"))
    name, password = fields.get("name", ""), fields.get("password", "")
    own = door(request)
    trusted = own.knows(request.cookies.get(KNOWN_COOKIE) or "", name)

    def look() -> SignedIn | None:
        return own.entrance.by_password(name, password, address_of(request), now(), trusted=trusted)

    try:
        done = await in_turn(request, look)
    except Paused as pause:
        response = _form(request, state, 429, next=target, name=name[:80], problem=in_words(pause))
        response.headers.update(retry_after(pause))
        return response
    if done is None:
        return _form(request, state, 401, next=target, name=name[:80], problem=_WRONG)
    if done.half:
        response = render(request, "desk/code.html", None, csrf=access.csrf(done.token), next=target)
        set_session(request, response, state, done.token)
        return response
    return _welcome(request, state, done, target)


@router.post("/signin/code")
async def sign_in_by_code(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """Looks at the code, after the password was right."""
    access.check_origin(request, state.settings)
    fields, token = await access.fields_of(request), access.token_of(request)
    target = own_path(fields.get("next"))
    if not token or not access.fits(fields.get("csrf", ""), token):
        return _form(request, state, 403, next=target, problem=_OVER)

    own = door(request)

    def look() -> SignedIn | None:
        at = now()
        with state.store.read() as session:
            found = sessions.find(session, token, at, own.entrance.limits, half=True)
        trusted = found is not None and own.knows(request.cookies.get(KNOWN_COOKIE) or "", found[0].login)
        code = fields.get("code", "")[:64]
        return own.entrance.by_code(token, code, address_of(request), at, trusted=trusted)

    context = {"csrf": fields["csrf"], "next": target}
    try:
        done = await in_turn(request, look)
    except Over:
        return _form(request, state, 401, next=target, problem=_OVER)
    except Paused as pause:
        response = render(request, "desk/code.html", None, 429, problem=in_words(pause), **context)
        response.headers.update(retry_after(pause))
        return response
    if done is None:
        return render(request, "desk/code.html", None, 401, problem=_WRONG_CODE, **context)
    return _welcome(request, state, done, target)


@router.post("/signout")
async def sign_out(
    request: Request,
    state: Annotated[State, Depends(state)],
    member: Annotated[Member, Depends(signed_in)],
    fields: Annotated[dict[str, str], Depends(form)],
) -> Response:
    """Ends the session, here and in the database."""

    def end() -> None:
        with state.store.write() as session:
            sessions.end(session, access.token_of(request))
            audit.write(session, member.name, "signed out")

    await to_thread.run_sync(end)
    response = RedirectResponse(SIGN_IN, 303, headers=HEADERS)
    response.delete_cookie(COOKIE, path="/desk")
    return response


def own_path(given: str | None) -> str:
    """Where to go after signing in: a page of the desk, whatever the address says."""
    path = given or ""
    fits = len(path) <= _LONGEST_PATH and re.fullmatch(r"/desk(?:/[\w/-]*)?(?:\?[!-~]*)?", path, re.ASCII)
    return path if fits and "\\" not in path and not re.match(r"/desk/sign(?:in|out)\b", path) else HOME


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


async def in_turn(request: Request, work: Callable[[], Result]) -> Result:
    """Does what looks at a password, few at once: a flood of them takes neither memory nor threads from others."""
    return await to_thread.run_sync(work, limiter=door(request).limiter)


def in_words(pause: Paused) -> str:
    """What somebody is told who has to wait."""
    wait = f"{-(-pause.seconds // 60)} minutes" if pause.seconds > 90 else f"{pause.seconds} seconds"
    return f"Too many attempts failed. Please wait {wait} and try again, or ask an admin to end the pause."


def retry_after(pause: Paused) -> dict[str, str]:
    """The same for programs."""
    return {"Retry-After": str(pause.seconds)}


def set_session(request: Request, response: Response, state: State, token: str) -> None:
    """Hands the browser the cookie of its new session."""
    _set(request, response, state, COOKIE, token)


def form_cookie(request: Request) -> str:
    """What a form that is shown before there is a session is tied to."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)


def set_form_cookie(request: Request, response: Response, state: State, cookie: str) -> None:
    """Hands it to the browser."""
    _set(request, response, state, FORM_COOKIE, cookie)


async def form_before_session(request: Request, state: State) -> dict[str, str]:
    """The fields of a form that needs no session. Raises `Problem` 403 where another site, or browser, sent it."""
    access.check_origin(request, state.settings)
    fields = await access.fields_of(request)
    cookie = request.cookies.get(FORM_COOKIE) or ""
    if not cookie or not access.fits(fields.pop("csrf", ""), cookie):
        raise Problem(403, "Please allow cookies for this page, load it again, and send the form once more.")
    return fields


def _welcome(request: Request, state: State, done: SignedIn, target: str) -> Response:
    response = RedirectResponse(target, 303, headers=HEADERS)
    set_session(request, response, state, done.token)
    _set(request, response, state, KNOWN_COOKIE, door(request).mark(done.login), _YEAR)
    return response


def _set(request: Request, response: Response, state: State, name: str, value: str, seconds: int | None = None) -> None:
    secure = access.is_secure(request, state.settings)
    response.set_cookie(name, value, seconds, path="/desk", httponly=True, samesite="lax", secure=secure)


def _form(request: Request, state: State, status: int = 200, **context: str) -> Response:
    cookie = form_cookie(request)
    response = render(request, "desk/signin.html", None, status, csrf=access.csrf(cookie), **context)
    set_form_cookie(request, response, state, cookie)
    return response
