"""Signing in and out."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from bot.care import audit
from bot.care.staff import sessions, signing_in
from bot.care.staff.lockout import Paused
from bot.care.tables import now
from bot.gateway.desk import access
from bot.gateway.desk.access import COOKIE, SIGN_IN, Member, form, signed_in
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

FORM_COOKIE = "hipline_desk_form"  # ties the form for signing in to the browser, before there is a session
HOME = "/desk"
_LONGEST_PATH = 500
_WRONG = "That name and password do not go together. Please try again."

router = APIRouter(include_in_schema=False, prefix="/desk")


@router.get("/signin")
async def show(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """The form. Who is signed in already goes on to the desk."""
    target = own_path(request.query_params.get("next"))
    if await access.member_of(request, state) is not None:
        return RedirectResponse(target, 303, headers=HEADERS)
    return _form(request, state, target)


@router.post("/signin")
async def sign_in(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """Looks at name and password."""
    fields = await _fields(request, state)
    target = own_path(fields.get("next"))
    name, password = fields.get("name", ""), fields.get("password", "")
    address = request.client.host if request.client else ""
    try:
        done = await to_thread.run_sync(
            lambda: signing_in.by_password(state.store, name, password, address, now(), access.limits(state.settings))
        )
    except Paused as pause:
        wait = f"{-(-pause.seconds // 60)} minutes" if pause.seconds > 90 else f"{pause.seconds} seconds"
        problem = f"Too many attempts failed. Please wait {wait} and try again, or ask an admin to end the pause."
        return _form(request, state, target, name, problem, 429, {"Retry-After": str(pause.seconds)})
    if done is None:
        return _form(request, state, target, name, _WRONG, 401)
    response = RedirectResponse(target, 303, headers=HEADERS)
    set_session(request, response, state, done.token)
    return response


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


def set_session(request: Request, response: Response, state: State, token: str) -> None:
    """Hands the browser the cookie of its new session."""
    _set(request, response, state, COOKIE, token)


def _set(request: Request, response: Response, state: State, name: str, value: str) -> None:
    secure = access.is_secure(request, state.settings)
    response.set_cookie(name, value, path="/desk", httponly=True, samesite="lax", secure=secure)


def _form(
    request: Request,
    state: State,
    target: str,
    name: str = "",
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    cookie = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    response = render(
        request,
        "desk/signin.html",
        None,
        status,
        headers=headers,
        csrf=access.csrf(cookie),
        next=target,
        name=name[:80],
        problem=problem,
    )
    _set(request, response, state, FORM_COOKIE, cookie)
    return response


async def _fields(request: Request, state: State) -> dict[str, str]:
    access.check_origin(request, state.settings)
    fields = await access.fields_of(request)
    cookie = request.cookies.get(FORM_COOKIE) or ""
    if not cookie or not hmac.compare_digest(fields.get("csrf", "").encode(), access.csrf(cookie).encode()):
        raise Problem(403, "Please allow cookies for this page, load it again, and sign in once more.")
    return fields
