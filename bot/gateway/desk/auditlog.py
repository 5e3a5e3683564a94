"""The audit log, for admins to read. Nothing here, or anywhere, changes it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.care import audit
from bot.care.tables import AuditEntry
from bot.gateway.desk.access import Member, needs
from bot.gateway.desk.pages import render
from bot.gateway.state import State, state

PAGE = 100  # rows
_LARGEST = 2**63 - 1

router = APIRouter(include_in_schema=False, prefix="/desk/audit")


@router.get("")
async def show(
    request: Request,
    state: Annotated[State, Depends(state)],
    member: Annotated[Member, Depends(needs("admin"))],
) -> Response:
    """The newest rows, or those before a certain one; of one person, act or conversation where asked for."""
    given = request.query_params
    filters = {name: given[name].strip() for name in ("who", "what", "conversation") if given.get(name, "").strip()}
    before = given.get("before", "")
    start = min(int(before), _LARGEST) if before.isascii() and before.isdigit() and len(before) < 20 else None

    def read() -> list[AuditEntry]:
        with state.store.read() as session:
            return audit.listed(
                session,
                before=start,
                limit=PAGE + 1,
                who=filters.get("who"),
                what=filters.get("what"),
                conversation_id=filters.get("conversation"),
            )

    rows = await to_thread.run_sync(read)
    older = f"/desk/audit?{urlencode({**filters, 'before': rows[PAGE - 1].id})}" if len(rows) > PAGE else ""
    return render(request, "desk/audit.html", member, rows=rows[:PAGE], filters=filters, older=older)
