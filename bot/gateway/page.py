"""The plain chat page at `/`: works as a form without JavaScript, and as a chat with it."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import limits
from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Extra, Field, StrictStr

from bot.care import messages
from bot.care.messages import MessageConflict, Received
from bot.cleaning import MAX_CHARACTERS, TextError
from bot.gateway.api import body, json_of, parse
from bot.gateway.errors import RETRY, Problem
from bot.gateway.state import State, state
from bot.speech import STARTERS
from bot.turn.turns import NotStored

HERE = Path(__file__).parent
COOKIE = "hipline_visitor"
_YEAR = 365 * 24 * 3600

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(HERE / "templates")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}


class Visitors:
    """How much each visitor may send: nobody may keep the clinic's other patients from being answered."""

    def __init__(self, rate: str) -> None:
        self._rate = limits.parse(rate)
        self._storage = limits.storage.MemoryStorage()  # kept here: the limiter refers to it weakly
        self._window = limits.strategies.MovingWindowRateLimiter(self._storage)

    def check(self, *who: str) -> None:
        """Counts one message. Raises `Problem` 429 where it is one too many for one of `who`."""
        for name in who:
            if not self._window.hit(self._rate, name):
                wait = str(self._rate.get_expiry())
                raise Problem(429, "That is too many messages at once. Please wait a little.", {"Retry-After": wait})


class VisitorMessage(BaseModel, extra=Extra.forbid):
    """What the page sends."""

    text: StrictStr
    message_id: StrictStr = Field(min_length=8, max_length=64, regex=r"^[0-9A-Za-z-]+\Z")


def conversation_of(cookie: str) -> str:
    """The name of a visitor's conversation: whoever reads the database can't take the visitor's place with it."""
    return "visitor-" + hashlib.sha256(cookie.encode()).hexdigest()[:40]


@router.get("/", response_class=HTMLResponse)
async def page(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """The page, with the conversation so far."""
    cookie = request.cookies.get(COOKIE) or ""

    def read() -> list[dict[str, object]]:
        with state.store.read() as session:
            talk = messages.transcript(session, "web", conversation_of(cookie))
        return [{"text": message.text, "replies": replies} for message, replies in talk]

    context = {
        "clinic": state.settings,
        "talk": await to_thread.run_sync(read) if cookie else [],
        "starters": state.speech.buttons(STARTERS),
        "message_id": secrets.token_hex(16),
        "limit": MAX_CHARACTERS,
    }
    response = templates.TemplateResponse(request, "chat.html", context, headers=SECURITY_HEADERS)
    if not cookie:
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, secrets.token_urlsafe(32), max_age=_YEAR, httponly=True, samesite="lax", secure=secure
        )
    return response


@router.post("/chat")
async def post_form(request: Request, state: Annotated[State, Depends(state)]) -> Response:
    """A message sent as a form: answered on the page itself."""
    try:
        fields = parse_qs((await body(request)).decode("utf-8", "replace"), max_num_fields=8)
    except ValueError:
        raise Problem(400, "The form has too many fields.") from None
    values = {name: given[0] for name, given in fields.items()}
    try:
        await _take(request, state, values)
    except Problem as problem:
        if problem.status != 422:
            raise
        # An empty box, or one too full: back to the page, where the box says how much it takes.
    except NotStored as error:
        context = {"clinic": state.settings, "replies": error.replies}
        headers = {**SECURITY_HEADERS, **RETRY}
        return templates.TemplateResponse(request, "unstored.html", context, status_code=503, headers=headers)
    return RedirectResponse("/#end", 303)


@router.post("/chat/messages")
async def post_script(request: Request, state: Annotated[State, Depends(state)]) -> JSONResponse:
    """A message sent by the page's script."""
    done = await _take(request, state, await json_of(request))
    replies = [reply.dict() for reply in done.replies or ()]
    return JSONResponse({"replies": replies}, headers=SECURITY_HEADERS)


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


async def _take(request: Request, state: State, values: object) -> Received:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise Problem(403, "Please allow cookies for this page and load it again: they keep your conversation yours.")
    origin = request.headers.get("origin")
    if origin and _host(origin) != request.headers.get("host"):
        raise Problem(403, "This message came from another website.")
    message = parse(VisitorMessage, values)
    address = request.client.host if request.client else ""
    request.app.state.visitors.check(f"visitor {cookie}", f"address {address}")
    try:
        return await state.turns.take("web", conversation_of(cookie), message.text, message.message_id, "page")
    except (TextError, MessageConflict) as error:
        raise Problem(422, str(error)) from None
