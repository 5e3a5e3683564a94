"""One's own account: the password, codes from the telephone, and the other browsers that are signed in."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from bot.care import audit
from bot.care.staff import accounts, codes, passwords, sessions
from bot.care.staff.codes import CodeError
from bot.care.staff.lockout import Paused
from bot.care.staff.passwords import PasswordError
from bot.care.tables import Staff, now
from bot.gateway.desk import access, signin
from bot.gateway.desk.access import Member, form, signed_in
from bot.gateway.desk.door import door
from bot.gateway.desk.links import chosen
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.state import State, state

HERE = "/desk/account"
_WRONG = "This is not your present password. Please try again."
_DONE = {
    "password": "Your password is changed. All your other browsers are signed out.",
    "off": "No code is asked for any more.",
    "others": "All your other browsers are signed out.",
}

router = APIRouter(include_in_schema=False, prefix=HERE)
In = Annotated[State, Depends(state)]
Who = Annotated[Member, Depends(signed_in)]
Fields = Annotated[dict[str, str], Depends(form)]


@router.get("")
async def show(request: Request, state: In, member: Who) -> Response:
    """What one may change."""
    return await _page(request, state, member, done=_DONE.get(request.query_params.get("done", ""), ""))


@router.post("/password")
async def change_password(request: Request, state: In, member: Who, fields: Fields) -> Response:
    """Sets a new password; this browser gets a new session, and all others are signed out."""
    try:
        new = chosen(fields, member.name)
    except PasswordError as error:
        return await _page(request, state, member, 422, problem=str(error))
    refused = await _refused(request, state, member, fields)
    if refused is not None:
        return refused
    hashed = await signin.in_turn(request, lambda: door(request).entrance.passwords.hashed(new))

    def keep() -> str:
        with state.store.write() as session:
            accounts.set_password(session, session.get(Staff, member.id), hashed, by=member.name)
            return sessions.begin(session, member.id, now(), door(request).entrance.limits)

    response = _back("password")
    signin.set_session(request, response, state, await to_thread.run_sync(keep))
    return response


@router.post("/codes")
async def begin_codes(request: Request, state: In, member: Who, fields: Fields) -> Response:
    """Shows what the app on the telephone is to read."""
    refused = await _refused(request, state, member, fields)
    if refused is not None:
        return refused

    def begin() -> None:
        with state.store.write() as session:
            codes.begin(session, session.get(Staff, member.id))

    await to_thread.run_sync(begin)
    return await _enrolment(request, state, member)


@router.post("/codes/confirm")
async def confirm_codes(request: Request, state: In, member: Who, fields: Fields) -> Response:
    """Turns the codes on, where the first one is right, and shows the recovery codes, this once."""

    def turn_on() -> list[str]:
        with state.store.write() as session:
            account, code = session.get(Staff, member.id), fields.get("code", "")[:64]
            made = codes.turn_on(session, account, code, door(request).entrance.key, now())
            sessions.end_all(session, member.id, but=access.token_of(request))
            return made

    try:
        made = await to_thread.run_sync(turn_on)
    except CodeError as error:
        return await _enrolment(request, state, member, 422, str(error))
    return render(request, "desk/recovery.html", member, codes=made)


@router.post("/codes/off")
async def end_codes(request: Request, state: In, member: Who, fields: Fields) -> Response:
    """Asks for no codes any more."""
    refused = await _refused(request, state, member, fields)
    if refused is not None:
        return refused

    def turn_off() -> None:
        with state.store.write() as session:
            codes.turn_off(session, session.get(Staff, member.id), by=member.name)

    await to_thread.run_sync(turn_off)
    return _back("off")


@router.post("/others")
async def end_others(request: Request, state: In, member: Who, fields: Fields) -> Response:
    """Signs all other browsers out."""

    def end() -> None:
        with state.store.write() as session:
            sessions.end_all(session, member.id, but=access.token_of(request))
            audit.write(session, member.name, "other sessions ended")

    await to_thread.run_sync(end)
    return _back("others")


async def _refused(request: Request, state: State, member: Member, fields: dict[str, str]) -> Response | None:
    """The page that says so, where the present password was not given: a session alone is not enough for this."""
    given, address = fields.get("password", ""), signin.address_of(request)
    try:
        right = await signin.in_turn(request, lambda: door(request).entrance.confirm(member.id, given, address, now()))
    except Paused as pause:
        response = await _page(request, state, member, 429, problem=signin.in_words(pause))
        response.headers.update(signin.retry_after(pause))
        return response
    return None if right else await _page(request, state, member, 403, problem=_WRONG)


async def _page(request: Request, state: State, member: Member, status: int = 200, **context: str) -> Response:
    def read() -> bool:
        with state.store.read() as session:
            return session.get(Staff, member.id).totp_seed is not None

    whole = {"with_codes": await to_thread.run_sync(read), "minimum": passwords.rules().minimum, **context}
    return render(request, "desk/account.html", member, status, **whole)


async def _enrolment(request: Request, state: State, member: Member, status: int = 200, problem: str = "") -> Response:
    def read() -> dict[str, str] | None:
        with state.store.read() as session:
            account, key = session.get(Staff, member.id), door(request).entrance.key
            if account.totp_pending is None:
                return None
            address = codes.address(account, key, state.settings.clinic_name)
            return {"picture": codes.picture(address), "secret": codes.secret(account, key)}

    shown = await to_thread.run_sync(read)
    if shown is None:
        return await _page(request, state, member, status, problem=problem)
    return render(request, "desk/codes.html", member, status, problem=problem, **shown)


def _back(done: str) -> Response:
    return RedirectResponse(f"{HERE}?done={done}", 303, headers=HEADERS)
