"""`/desk`: what waits for the staff, the most urgent first; live, with a plain page beneath it."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.care import queue, targets
from bot.care.tables import now
from bot.gateway.desk import live, words
from bot.gateway.desk.access import Member, signed_in
from bot.gateway.desk.pages import render
from bot.gateway.live import ALL
from bot.gateway.state import State, state
from bot.gateway.templating import templates

router = APIRouter(include_in_schema=False, prefix="/desk")


@router.get("")
async def show(
    request: Request, state: Annotated[State, Depends(state)], member: Annotated[Member, Depends(signed_in)]
) -> Response:
    """The queue, as it is now."""
    return render(request, "desk/queue.html", member, **await to_thread.run_sync(_content, state))


@router.get("/events")
async def events(
    request: Request, state: Annotated[State, Depends(state)], member: Annotated[Member, Depends(signed_in)]
) -> Response:
    """The event `queue`, with the rows as the page shows them, whenever something has happened."""

    async def tell(_: bool) -> str:
        return live.event("queue", await to_thread.run_sync(rows, state))

    return live.response(request, state, ALL, tell)


def rows(state: State) -> str:
    """The rows as the page shows them."""
    return templates.get_template("desk/_queue_rows.html").render(_content(state))


def _content(state: State) -> dict[str, Any]:
    at = now()
    with state.store.read() as session:
        found = queue.rows(session, targets.of(state.settings), at)
    lines = [words.line(row, at) for row in found]
    return {"lines": lines, "open": sum(line.is_open for line in lines)}
