"""Deleting one person's data on request, for admins: first what it is, then the deletion itself."""

from __future__ import annotations

import re
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from bot.care import callers, erasure
from bot.care.callers import NumberError
from bot.care.erasure import NotYet, Plan, Target
from bot.gateway.desk.access import Member, form, needs
from bot.gateway.desk.pages import render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

router = APIRouter(include_in_schema=False, prefix="/desk/erasure")
In = Annotated[State, Depends(state)]
Admin = Annotated[Member, Depends(needs("admin"))]
Fields = Annotated[dict[str, str], Depends(form)]

_TEMPLATE = "desk/erasure.html"


@router.get("")
async def ask(request: Request, member: Admin) -> Response:
    """Whose data?"""
    conversation = request.query_params.get("conversation", "")[:32]
    return render(request, _TEMPLATE, member, step="ask", conversation=conversation)


@router.post("/plan")
async def show(request: Request, state: In, member: Admin, fields: Fields) -> Response:
    """What would be deleted; nothing is yet."""

    def look() -> Plan:
        with state.store.read() as session:
            return erasure.plan(session, _target(session, state, fields))

    try:
        plan = await to_thread.run_sync(look)
    except NumberError as error:
        return render(request, _TEMPLATE, member, 422, step="ask", problem=str(error), **_given(fields))
    return render(request, _TEMPLATE, member, step="plan", plan=plan, **_given(fields))


@router.post("")
async def delete(request: Request, state: In, member: Admin, fields: Fields) -> Response:
    """Deletes it for good. Sent twice, the second time finds nothing."""
    if fields.get("sure") != "yes":
        raise Problem(422, "Please confirm that the data is to be deleted for good.")

    def erase() -> Plan:
        with state.store.write() as session:
            done = erasure.erase(session, _target(session, state, fields), member.name)
        state.store.wipe()
        return done

    try:
        plan = await to_thread.run_sync(erase)
    except NumberError as error:
        return render(request, _TEMPLATE, member, 422, step="ask", problem=str(error), **_given(fields))
    except NotYet as error:
        return render(request, _TEMPLATE, member, 409, step="ask", problem=str(error), **_given(fields))
    for conversation in plan.target.conversations:
        state.hub.wake(conversation)
    return render(request, _TEMPLATE, member, step="done", plan=plan)


def _target(session: Session, state: State, fields: dict[str, str]) -> Target:
    """Whose data a form names. Raises `NumberError`, and `Problem` where it names nothing."""
    if number := fields.get("number", "").strip():
        return erasure.of_number(session, callers.number_of(number, state.settings.telephone_region))
    conversation = fields.get("conversation", "").strip()
    if not re.fullmatch(r"[0-9a-f]{32}", conversation):
        raise Problem(422, "Please give a telephone number, or the id of a conversation: its page's address has it.")
    return erasure.of_conversation(conversation)


def _given(fields: dict[str, str]) -> dict[str, Any]:
    return {name: fields.get(name, "").strip()[:40] for name in ("number", "conversation")}
