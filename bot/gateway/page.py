"""The chat as a page of its own at `/`: works as plain forms without JavaScript, and as the widget's chat with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.care import callers, timeline, visitors
from bot.care.timeline import Said
from bot.gateway.api import body, parse
from bot.gateway.errors import RETRY, Problem
from bot.gateway.state import State, state
from bot.gateway.templating import SECURITY_HEADERS, templates
from bot.gateway.widget import contact, doors
from bot.gateway.widget.doors import ConsentIn, ContactIn, MessageIn, WidgetOf
from bot.gateway.widget.page import context_of
from bot.gateway.widget.setup import Widget
from bot.gateway.widget.visitor import COOKIE, Visitor, check_origin, conversation_of, visitor
from bot.replies import Button
from bot.speech import STARTERS
from bot.turn.turns import NotStored

_YEAR = 365 * 24 * 3600

router = APIRouter(include_in_schema=False)
StateOf = Annotated[State, Depends(state)]


async def own_visitor(request: Request) -> Visitor:
    """The visitor of a form. Raises `Problem` 403 where the cookie is missing, or another website sent it."""
    check_origin(request)
    if not request.cookies.get(COOKIE):
        raise Problem(403, "Please allow cookies for this page and load it again: they keep your conversation yours.")
    return await visitor(request)


Own = Annotated[Visitor, Depends(own_visitor)]


@router.get("/", response_class=HTMLResponse)
@router.get("/chat", response_class=HTMLResponse)
async def page(request: Request, state: StateOf, widget: WidgetOf) -> Response:
    """The page, with the conversation so far."""
    response = await _page(request, state, widget)
    if not request.cookies.get(COOKIE):
        _give_cookie(request, response, state)
    return response


@router.post("/chat")
async def post_message(request: Request, who: Own, state: StateOf, widget: WidgetOf) -> Response:
    """A message sent as a form: answered on the page itself."""
    try:
        message = parse(MessageIn, await _fields(request))
        await doors.take(request, state, widget, who, message.text, message.message_id)
    except Problem as problem:
        if problem.status != 422:
            raise
        # An empty box, or one too full: back to the page, where the box says how much it takes.
    except NotStored as error:
        context = {"clinic": state.settings, "words": widget.words, "replies": error.replies}
        return templates.TemplateResponse(
            request, "unstored.html", context, status_code=503, headers={**SECURITY_HEADERS, **RETRY}
        )
    return RedirectResponse("/#end", 303)


@router.post("/chat/consent")
async def post_consent(request: Request, who: Own, state: StateOf, widget: WidgetOf) -> Response:
    """Agreement, as a form."""
    await doors.agree(request, state, widget, who, parse(ConsentIn, await _fields(request)).wording)
    return RedirectResponse("/#end", 303)


@router.post("/chat/contact", response_class=HTMLResponse)
async def post_contact(request: Request, who: Own, state: StateOf, widget: WidgetOf) -> Response:
    """The number that the clinic can ring, as a form. One that can't be called stays in its box, with the reason."""
    fields = {"number": "", **await _fields(request)}
    try:
        await doors.leave_number(request, state, who, parse(ContactIn, fields))
    except Problem as problem:
        if problem.status == 422:
            return await _page(request, state, widget, 422, given=fields, problem=problem.message)
        if problem.status != 404:
            raise
        # Deleted meanwhile: back to the page, which begins anew.
    return RedirectResponse("/?number=left#contact", 303)


@router.get("/chat/forget", response_class=HTMLResponse)
async def ask_to_forget(request: Request, state: StateOf, widget: WidgetOf) -> Response:
    """Asks whether the conversation is to be deleted."""
    context = {"clinic": state.settings, "words": widget.words, "done": ""}
    return templates.TemplateResponse(request, "forget.html", context, headers=SECURITY_HEADERS)


@router.post("/chat/forget", response_class=HTMLResponse)
async def post_forget(request: Request, who: Own, state: StateOf, widget: WidgetOf) -> Response:
    """Deletes the conversation, and says what is kept for a while."""
    kept = await doors.forget(request, state, who)
    context = {"clinic": state.settings, "words": widget.words, "done": doors.told(widget, kept)}
    response = templates.TemplateResponse(request, "forget.html", context, headers=SECURITY_HEADERS)
    _give_cookie(request, response, state)
    return response


async def _page(
    request: Request,
    state: State,
    widget: Widget,
    status: int = 200,
    given: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    """The page; `given` is what was typed into the form for a telephone number, and `problem` what is wrong with it."""
    cookie = request.cookies.get(COOKIE) or ""

    def read() -> tuple[bool, list[Said], str]:
        with state.store.read() as session:
            found = visitors.conversation_id(session, conversation_of(cookie))
            if found is None or not visitors.has_agreed(session, found, widget.wording):
                return False, [], ""
            caller = callers.of_conversation(session, found)
            return True, timeline.since(session, found), str(caller.number) if caller is not None else ""

    agreed, talk, number = await to_thread.run_sync(read) if cookie else (False, [], "")
    after = contact.asked_after(talk)
    is_left = request.query_params.get("number") == "left"  # just now
    context = context_of(
        state,
        widget,
        embedded=False,
        agreed=agreed,
        talk=talk,
        buttons=_offered(talk) if talk else state.speech.buttons(STARTERS),
        message_id=secrets.token_hex(16),
        asks_number=bool(number or after or problem),
        number=number,
        number_given=given or {"number": number},
        number_problem=problem,
        status=contact.kept_after(after, contact.kept(widget.words, state.settings)) if number and is_left else "",
    )
    return templates.TemplateResponse(request, "chat.html", context, status_code=status, headers=SECURITY_HEADERS)


def _give_cookie(request: Request, response: Response, state: State) -> None:
    """A new visitor's cookie: it ends with the browser unless the clinic would have it kept."""
    response.set_cookie(
        COOKIE,
        secrets.token_urlsafe(32),
        max_age=_YEAR if state.settings.widget_remember == "device" else None,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _offered(talk: list[Said]) -> list[Button]:
    """The buttons of the last reply."""
    last = talk[-1].reply
    return list(last.buttons) if last is not None else []


async def _fields(request: Request) -> dict[str, str]:
    try:
        fields = parse_qs((await body(request)).decode("utf-8", "replace"), max_num_fields=8)
    except ValueError:
        raise Problem(400, "The form has too many fields.") from None
    return {name: given[0] for name, given in fields.items()}
