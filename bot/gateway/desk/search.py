"""The list of conversations, and looking for one. Words and numbers go by POST: no address, and so no log, has them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.care import audit, search
from bot.care.search import PAGE, Found, SearchError, Wanted
from bot.gateway.desk.access import Member, form, signed_in
from bot.gateway.desk.pages import render
from bot.gateway.state import State, state
from bot.hours import Hours

FIELDS = ("words", "number", "channel", "since", "until", "urgency", "state")
CHANNELS = {"web": "Website", "sms": "Text messages", "desk": "Desk"}
URGENCIES = {"emergency": "Emergency", "urgent": "Urgent"}
STATES = {"open": "Open", "resolved": "Resolved"}
_LONGEST = 200  # characters of a field
_MOST_PAGES = 10_000

router = APIRouter(include_in_schema=False, prefix="/desk/conversations")
In = Annotated[State, Depends(state)]
Someone = Annotated[Member, Depends(signed_in)]


@router.get("")
async def show(request: Request, state: In, member: Someone) -> Response:
    """All conversations, those with the newest words first."""
    return await _page(request, state, member, {})


@router.post("")
async def look(
    request: Request, state: In, member: Someone, fields: Annotated[dict[str, str], Depends(form)]
) -> Response:
    """Those that fit, a page of them."""
    return await _page(request, state, member, fields)


async def _page(request: Request, state: State, member: Member, fields: dict[str, str]) -> Response:
    asked = {name: fields.get(name, "").strip()[:_LONGEST] for name in FIELDS}
    given = fields.get("page", "")
    page = min(int(given), _MOST_PAGES) if re.fullmatch(r"[1-9]\d{0,5}", given, re.ASCII) else 1
    problem, found, total = "", list[Found](), 0
    try:
        wanted = _wanted(asked, state.settings.hours)
        found, total = await to_thread.run_sync(_search, state, member, wanted, page)
    except SearchError as error:
        problem = str(error)
    return render(
        request,
        "desk/conversations.html",
        member,
        422 if problem else 200,
        asked=asked,
        problem=problem,
        found=found,
        total=total,
        page=page,
        pages=max(-(-total // PAGE), 1),
        channels=CHANNELS,
        urgencies=URGENCIES,
        states=STATES,
        zone=state.settings.hours.zone,
    )


def _search(state: State, member: Member, wanted: Wanted, page: int) -> tuple[list[Found], int]:
    with state.store.read() as session:
        found, total = search.find(session, wanted, page)
    what = "listed conversations" if wanted == Wanted() else "searched conversations"
    with state.store.write() as session:
        audit.write(session, member.name, what, about=f"{total} found, page {page}")
    return found, total


def _wanted(asked: dict[str, str], hours: Hours) -> Wanted:
    """What the form asks for; days are those of the clinic's clock. Raises `SearchError`."""
    for name, known in (("channel", CHANNELS), ("urgency", URGENCIES), ("state", STATES)):
        if asked[name] and asked[name] not in known:
            raise SearchError(f"{asked[name]!r} is no {name}: please choose one of the list.")
    since, until = _day(asked["since"]), _day(asked["until"])
    if since and until and until < since:
        raise SearchError("The last day comes before the first one.")
    wanted = Wanted(
        words=asked["words"],
        number=asked["number"],
        channel=asked["channel"],
        urgency=asked["urgency"],
        state=asked["state"] or None,  # type: ignore[arg-type]
    )
    return replace(
        wanted,
        since=None if since is None else dt.datetime.combine(since, dt.time(), hours.zone),
        until=None if until is None else dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), hours.zone),
    )


def _day(given: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(given) if given else None
    except ValueError:
        raise SearchError("Please give days such as 2026-11-24.") from None
    if day is not None and not 1970 < day.year < 9000:
        raise SearchError("That day is too far away.")
    return day
