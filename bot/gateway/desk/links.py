"""The page behind a link with which somebody sets their password, once."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.care.staff import accounts, passwords
from bot.care.staff.passwords import PasswordError
from bot.gateway.desk import access, signin
from bot.gateway.desk.door import door
from bot.gateway.desk.pages import render
from bot.gateway.state import State, state

_LONGEST_TOKEN = 128
_GONE = "This link is not known, was used, or is too old. Please ask an admin for a new one."

router = APIRouter(include_in_schema=False, prefix="/desk")


@router.get("/password/{token}")
async def show(request: Request, token: str, state: Annotated[State, Depends(state)]) -> Response:
    """The form. Looking at it, as programs that preview links do, changes nothing."""
    name = await to_thread.run_sync(_whose, state, token)
    return _page(request, state, name) if name else _gone(request)


@router.post("/password/{token}")
async def set_password(request: Request, token: str, state: Annotated[State, Depends(state)]) -> Response:
    """Sets the password. The link works no more then."""
    fields = await signin.form_before_session(request, state)
    name = await to_thread.run_sync(_whose, state, token)
    if not name:
        return _gone(request)
    try:
        new = chosen(fields, name)
    except PasswordError as error:
        return _page(request, state, name, 422, str(error))
    hashed = await signin.in_turn(request, lambda: door(request).entrance.passwords.hashed(new))

    def keep() -> bool:
        with state.store.write() as session:
            account = accounts.of_link(session, token[:_LONGEST_TOKEN])
            if account is not None:
                accounts.set_password(session, account, hashed, by=account.name)
            return account is not None

    if not await to_thread.run_sync(keep):
        return _gone(request)
    return render(request, "desk/password_set.html", None, name=name)


def chosen(fields: dict[str, str], name: str) -> str:
    """The new password of a form that asks for it twice. Raises `PasswordError`."""
    new = fields.get("new", "")
    passwords.check(new, name)
    if new != fields.get("again"):
        raise PasswordError("The two passwords are not the same. Please type them once more.")
    return new


def _whose(state: State, token: str) -> str | None:
    with state.store.read() as session:
        account = accounts.of_link(session, token[:_LONGEST_TOKEN])
        return None if account is None else str(account.name)


def _page(request: Request, state: State, name: str, status: int = 200, problem: str = "") -> Response:
    cookie = signin.form_cookie(request)
    response = render(
        request,
        "desk/password.html",
        None,
        status,
        csrf=access.csrf(cookie),
        name=name,
        problem=problem,
        minimum=passwords.rules().minimum,
    )
    signin.set_form_cookie(request, response, state, cookie)
    return response


def _gone(request: Request) -> Response:
    return render(request, "desk/problem.html", None, 404, title="No such link", message=_GONE)
