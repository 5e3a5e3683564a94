"""`/desk/conversations/{id}`: one conversation, why it is here, and what staff can do with it."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from bot.care import audit, desk
from bot.care.handoffs import Colleague, Refused
from bot.care.tables import Conversation, now
from bot.cleaning import MAX_CHARACTERS
from bot.gateway.desk import conversation_view, live, transcript
from bot.gateway.desk.access import Member, form, signed_in
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.gateway.templating import templates
from bot.replies import Reply

Act = Callable[[Session, Colleague, dt.datetime], object]
In = Annotated[State, Depends(state)]
Who = Annotated[Member, Depends(signed_in)]
Fields = Annotated[dict[str, str], Depends(form)]

router = APIRouter(include_in_schema=False, prefix="/desk/conversations")


@router.get("/{conversation_id}")
async def show(request: Request, conversation_id: str, state: In, member: Who) -> Response:
    """The page. Looking at it is written into the audit log."""

    def look() -> None:
        with state.store.write() as session:
            _known(session, conversation_id)
            audit.write(session, member.name, "looked at a conversation", conversation_id=conversation_id)

    await to_thread.run_sync(look)
    return await _page(request, state, member, conversation_id, draft=_chosen(state, request))


@router.get("/{conversation_id}/events")
async def events(
    request: Request, conversation_id: str, state: In, member: Who, after: int = 0, seen: str = ""
) -> Response:
    """The events `entry`, for what is said after entry number `after`, and `state`, where that has changed or not.

    `seen` is the state that the page was made for.
    """
    last = request.headers.get("last-event-id", "")
    position = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else after

    def read(is_news: bool) -> str:
        nonlocal position
        with state.store.read() as session:
            view = conversation_view.of(session, state, conversation_id, member.id)
            said = (
                transcript.since(session, conversation_id, position, state.turns.findings)
                if is_news and view is not None
                else []
            )
        if view is None:
            return live.event("ended", "")
        position = said[-1].position if said else position
        entry = templates.get_template("desk/_entry.html")
        told = [live.event("entry", entry.render(one=one), one.position) for one in said]
        status = templates.get_template("desk/_conversation_state.html").render(view=view, seen=seen)
        return "".join([*told, live.event("state", status)])

    async def tell(is_news: bool) -> str:
        return await to_thread.run_sync(read, is_news)

    await to_thread.run_sync(_exists, state, conversation_id)
    return live.response(request, state, conversation_id, tell)


@router.post("/{conversation_id}/take")
async def take(request: Request, conversation_id: str, state: In, member: Who, fields: Fields) -> Response:
    """Takes the conversation over; `instead_of` is the account that has it, as the page said."""

    def act(session: Session, who: Colleague, at: dt.datetime) -> None:
        notice = _notice(session, state, conversation_id, "staff_here", who)
        desk.take(session, conversation_id, who, notice, at, instead_of=fields.get("instead_of") or None)

    return await _do(request, state, member, conversation_id, fields, "took a conversation", act)


@router.post("/{conversation_id}/reply")
async def reply(request: Request, conversation_id: str, state: In, member: Who, fields: Fields) -> Response:
    """Says something to the patient."""

    def act(session: Session, who: Colleague, at: dt.datetime) -> None:
        desk.reply(session, conversation_id, who, fields.get("text", ""), at)

    return await _do(request, state, member, conversation_id, fields, "replied", act)


@router.post("/{conversation_id}/seen")
async def seen(request: Request, conversation_id: str, state: In, member: Who, fields: Fields) -> Response:
    """Has seen a warning sign that came after the taking."""

    def act(session: Session, who: Colleague, at: dt.datetime) -> None:
        desk.acknowledge(session, conversation_id, who, at)

    return await _do(request, state, member, conversation_id, fields, "saw a warning sign", act)


@router.post("/{conversation_id}/note")
async def note(request: Request, conversation_id: str, state: In, member: Who, fields: Fields) -> Response:
    """Writes something down for the staff alone."""

    def act(session: Session, who: Colleague, at: dt.datetime) -> None:
        desk.note(session, conversation_id, who, fields.get("text", ""), at)

    return await _do(request, state, member, conversation_id, fields, "wrote a note", act)


@router.post("/{conversation_id}/back")
async def hand_back(request: Request, conversation_id: str, state: In, member: Who, fields: Fields) -> Response:
    """Gives the conversation back to the assistant."""

    def act(session: Session, who: Colleague, at: dt.datetime) -> None:
        notice = _notice(session, state, conversation_id, "staff_left", who)
        desk.hand_back(session, conversation_id, who, notice, at)

    return await _do(request, state, member, conversation_id, fields, "handed a conversation back", act)


@router.post("/{conversation_id}/resolve")
async def resolve(request: Request, conversation_id: str, state: In, member: Who, fields: Fields) -> Response:
    """Ends it with an outcome."""
    outcome = fields.get("outcome", "")

    def act(session: Session, who: Colleague, at: dt.datetime) -> None:
        notice = _notice(session, state, conversation_id, "staff_closed", who)
        desk.resolve(session, conversation_id, who, outcome, fields.get("text", ""), notice, at)

    return await _do(request, state, member, conversation_id, fields, "resolved a conversation", act, about=outcome)


async def _do(
    request: Request,
    state: State,
    member: Member,
    conversation_id: str,
    fields: dict[str, str],
    what: str,
    act: Act,
    about: str | None = None,
) -> Response:
    """Does what a form asks for, once, and goes back to the page, which says why where that was refused."""
    form_id = fields.get("form", "")
    if not re.fullmatch(r"[0-9a-f]{32}", form_id):
        raise Problem(422, "form: must be the id that the page has in the form")

    def change() -> None:
        at = now()
        with state.store.write() as session:
            _known(session, conversation_id)
            if desk.is_new(session, conversation_id, form_id, at):
                act(session, Colleague(member.id, member.name), at)
                audit.write(session, member.name, what, conversation_id=conversation_id, about=about, at=at)

    try:
        await to_thread.run_sync(change)
    except Refused as refused:
        draft = fields.get("text", "")
        return await _page(request, state, member, conversation_id, 409, problem=str(refused), draft=draft)
    state.hub.wake(conversation_id)
    return RedirectResponse(f"/desk/conversations/{conversation_id}#end", 303, headers=HEADERS)


async def _page(
    request: Request,
    state: State,
    member: Member,
    conversation_id: str,
    status: int = 200,
    problem: str = "",
    draft: str = "",
) -> Response:
    def read() -> dict[str, Any]:
        with state.store.read() as session:
            view = conversation_view.of(session, state, conversation_id, member.id)
            if view is None:  # deleted meanwhile
                raise Problem(404, "There is no such conversation.")
            return {"view": view, "said": transcript.since(session, conversation_id, 0, state.turns.findings)}

    content = await to_thread.run_sync(read)
    view = content["view"]
    return render(
        request,
        "desk/conversation.html",
        member,
        status,
        **content,
        seen=view.seen,
        problem=problem,
        draft=draft,
        form_id=lambda: secrets.token_hex(16),
        canned=state.speech.by(view.channel).canned() if view.is_mine else [],
        limit=MAX_CHARACTERS,
    )


def _chosen(state: State, request: Request) -> str:
    """The ready-made reply that the address asks for."""
    given = request.query_params.get("canned", "")
    replies = state.speech.canned() if given.isascii() and given.isdigit() and len(given) < 4 else []
    return replies[int(given)][1] if replies and int(given) < len(replies) else ""


def _known(session: Session, conversation_id: str) -> Conversation:
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise Problem(404, "There is no such conversation.")
    return found


def _exists(state: State, conversation_id: str) -> None:
    with state.store.read() as session:
        _known(session, conversation_id)


def _notice(session: Session, state: State, conversation_id: str, text: str, who: Colleague) -> Reply:
    channel = _known(session, conversation_id).channel
    return state.speech.by(channel).say(text, "handoff", staff=who.name)
