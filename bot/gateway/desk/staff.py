"""The accounts, for admins: made, disabled, given a new link, and freed from a pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.staff import accounts, codes, lockout
from bot.care.staff.accounts import AccountError
from bot.care.tables import Staff, now
from bot.gateway.desk.access import Member, form, needs
from bot.gateway.desk.pages import HEADERS, ROLES, render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

HERE = "/desk/staff"

router = APIRouter(include_in_schema=False, prefix=HERE)
In = Annotated[State, Depends(state)]
Admin = Annotated[Member, Depends(needs("admin"))]
Fields = Annotated[dict[str, str], Depends(form)]


@router.get("")
async def show(request: Request, state: In, member: Admin) -> Response:
    """All accounts."""
    return await _page(request, state, member)


@router.post("")
async def add(request: Request, state: In, member: Admin, fields: Fields) -> Response:
    """A new account, and the link with which its owner sets the password: shown this once."""

    def make() -> tuple[str, str]:
        with state.store.write() as session:
            role = _role(fields)
            account = accounts.add(session, fields.get("name", ""), role, by=member.name)
            return account.name, accounts.make_link(session, account, by=member.name)

    return await _with_link(request, state, member, make)


@router.post("/{staff_id}/link")
async def link(request: Request, staff_id: str, state: In, member: Admin, fields: Fields) -> Response:
    """A new link for a password, shown this once."""

    def make() -> tuple[str, str]:
        with state.store.write() as session:
            account = _account(session, staff_id)
            return account.name, accounts.make_link(session, account, by=member.name)

    return await _with_link(request, state, member, make)


@router.post("/{staff_id}/{change}")
async def change(request: Request, staff_id: str, change: str, state: In, member: Admin, fields: Fields) -> Response:
    """Any other change."""
    if change not in _CHANGES:
        raise Problem(404, "There is no such page.")

    def make() -> None:
        with state.store.write() as session:
            _CHANGES[change](session, _account(session, staff_id), member, fields)

    try:
        await to_thread.run_sync(make)
    except AccountError as error:
        return await _page(request, state, member, 422, problem=str(error))
    return RedirectResponse(HERE, 303, headers=HEADERS)


def _lift(session: Session, account: Staff, member: Member, _: dict[str, str]) -> None:
    lockout.lift(session, account.login)
    audit.write(session, member.name, "pause ended", about=account.name)


_CHANGES: dict[str, Callable[[Session, Staff, Member, dict[str, str]], None]] = {
    "disable": lambda session, account, member, _: accounts.disable(session, account, by=member.name),
    "enable": lambda session, account, member, _: accounts.enable(session, account, by=member.name),
    "role": lambda session, account, member, fields: accounts.set_role(session, account, _role(fields), by=member.name),
    "codes-off": lambda session, account, member, _: codes.turn_off(session, account, by=member.name),
    "lift": _lift,
}


async def _with_link(request: Request, state: State, member: Member, make: Callable[[], tuple[str, str]]) -> Response:
    try:
        name, token = await to_thread.run_sync(make)
    except AccountError as error:
        return await _page(request, state, member, 422, problem=str(error))
    base = state.settings.public_url or str(request.base_url).rstrip("/")
    return await _page(request, state, member, link=f"{base}/desk/password/{token}", link_of=name)


async def _page(request: Request, state: State, member: Member, status: int = 200, **context: str) -> Response:
    def read() -> list[dict[str, object]]:
        at = now()
        with state.store.read() as session:
            return [
                {
                    "id": account.id,
                    "name": account.name,
                    "role": account.role,
                    "disabled": account.disabled_at is not None,
                    "codes": account.totp_seed is not None,
                    "waiting": account.password is None,
                    "paused": lockout.is_paused(session, account.login, at),
                }
                for account in accounts.listed(session)
            ]

    whole = {"accounts": await to_thread.run_sync(read), "hours": accounts.LINK_HOURS, **context}
    return render(request, "desk/staff.html", member, status, **whole)


def _account(session: Session, staff_id: str) -> Staff:
    account = session.get(Staff, staff_id)
    if account is None:
        raise Problem(404, "There is no such account.")
    return account


def _role(fields: dict[str, str]) -> accounts.Role:
    given = fields.get("role", "")
    for role in accounts.ROLES:
        if role == given:
            return role
    raise AccountError(f"Please choose a role: {', '.join(ROLES.values())}.")
