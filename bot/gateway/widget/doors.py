"""What the page's script asks for and sends: messages, events, consent, feedback, a number, to be forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, Extra, Field, StrictBool, StrictStr, conint
from sqlalchemy.exc import SQLAlchemyError

from bot.care import callers, forgetting, timeline, visitors
from bot.care.callers import NumberError
from bot.care.messages import MessageConflict, Received
from bot.care.tables import now
from bot.cleaning import TextError
from bot.gateway.api import json_of, parse
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.gateway.widget import events, transcript
from bot.gateway.widget.setup import Widget
from bot.gateway.widget.visitor import Visitor, limit, visitor

router = APIRouter(prefix="/widget", include_in_schema=False)

Who = Annotated[Visitor, Depends(visitor)]
StateOf = Annotated[State, Depends(state)]


async def widget(request: Request) -> Widget:
    """The chat of the app that a request reached."""
    found = request.app.state.widget
    assert isinstance(found, Widget)
    return found


WidgetOf = Annotated[Widget, Depends(widget)]


class MessageIn(BaseModel, extra=Extra.forbid):
    """A message. `after` is the number of the last entry that the page has."""

    text: StrictStr
    message_id: StrictStr = Field(min_length=8, max_length=64, regex=r"^[0-9A-Za-z-]+\Z")
    after: conint(strict=True, ge=0) = 0  # type: ignore[valid-type]


class ConsentIn(BaseModel, extra=Extra.forbid):
    """Agreement to the wording of that name."""

    wording: StrictStr = Field(max_length=64)


class FeedbackIn(BaseModel, extra=Extra.forbid):
    """Whether entry number `position` helped."""

    position: conint(strict=True, ge=1)  # type: ignore[valid-type]
    helpful: StrictBool


class ContactIn(BaseModel, extra=Extra.forbid):
    """Where the clinic can ring the visitor, as they write it."""

    number: StrictStr
    name: StrictStr = ""


@router.get("/session")
async def get_session(who: Who, state: StateOf, widget: WidgetOf) -> JSONResponse:
    """Whether the visitor has agreed to what the page now says, and the number that the clinic can ring."""

    def read() -> dict[str, bool | str | None]:
        with state.store.read() as session:
            found = visitors.conversation_id(session, who.name)
            caller = callers.of_conversation(session, found) if found else None
            return {
                "agreed": visitors.has_agreed(session, found, widget.wording),
                "number": str(caller.number) if caller is not None else None,
            }

    return JSONResponse(await to_thread.run_sync(read))


@router.post("/consent")
async def post_consent(request: Request, who: Who, state: StateOf, widget: WidgetOf) -> JSONResponse:
    """Keeps what the visitor agreed to, and when."""
    await agree(request, state, widget, who, parse(ConsentIn, await json_of(request)).wording)
    return JSONResponse({"agreed": True})


@router.post("/messages")
async def post_message(request: Request, who: Who, state: StateOf, widget: WidgetOf) -> JSONResponse:
    """Stores a message and answers it; gives all that the page lacks, the message and its replies among it."""
    message = parse(MessageIn, await json_of(request))
    await take(request, state, widget, who, message.text, message.message_id)
    found = await to_thread.run_sync(events.entries, state.store, who.name, message.after)
    return JSONResponse({"entries": found or []})


@router.get("/events")
async def get_events(
    request: Request,
    who: Who,
    state: StateOf,
    widget: WidgetOf,
    after: Annotated[int, Query(ge=0)] = 0,
    wait: bool = True,
) -> Response:
    """What was said after entry number `after` (or `Last-Event-ID`), and with `wait` what will be."""
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else after

    def read() -> str | None:
        with state.store.read() as session:
            return visitors.conversation_id(session, who.name)

    conversation_id = await to_thread.run_sync(read)
    if conversation_id is None:
        raise Problem(404, "There is no conversation yet.")
    if not wait:
        found = await to_thread.run_sync(events.entries, state.store, who.name, after)
        text = events.GONE if found is None else "".join(map(events.event, found))
        return Response(text, media_type="text/event-stream")
    widget.streams.check(who.name)

    async def whole() -> AsyncIterator[str]:
        with widget.streams.one_of(who.name):
            async for part in events.stream(state.hub, state.store, who.name, conversation_id, after):
                yield part

    return StreamingResponse(whole(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.post("/feedback")
async def post_feedback(request: Request, who: Who, state: StateOf) -> JSONResponse:
    """Keeps whether an answer helped."""
    given = parse(FeedbackIn, await json_of(request))
    limit(request, who, "feedback ")

    def write() -> bool:
        with state.store.write() as session:
            found = visitors.conversation_id(session, who.name)
            return found is not None and visitors.rate(session, found, given.position, given.helpful)

    if not await to_thread.run_sync(write):
        raise Problem(404, "There is no such answer.")
    return JSONResponse({"helpful": given.helpful})


@router.post("/contact")
async def post_contact(request: Request, who: Who, state: StateOf) -> JSONResponse:
    """Keeps the number that the clinic can ring, and gives it in E.164."""
    given = parse(ContactIn, await json_of(request))
    return JSONResponse({"number": await leave_number(request, state, who, given)})


@router.get("/transcript")
async def get_transcript(who: Who, state: StateOf, widget: WidgetOf) -> PlainTextResponse:
    """The conversation as a text file."""

    def read() -> str:
        with state.store.read() as session:
            found = visitors.conversation_id(session, who.name)
            said = timeline.since(session, found) if found else []
        return transcript.text(said, widget.words, now())

    name = f"conversation-{now():%Y-%m-%d}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(await to_thread.run_sync(read), headers=headers)


@router.post("/forget")
async def post_forget(request: Request, who: Who, state: StateOf, widget: WidgetOf) -> JSONResponse:
    """Deletes the conversation, and says honestly what is kept for a while."""
    kept = await forget(request, state, who)
    return JSONResponse({"kept": kept, "message": told(widget, kept)})


async def agree(request: Request, state: State, widget: Widget, who: Visitor, wording: str) -> None:
    """Keeps that a visitor agreed. Raises `Problem` 409 where the page has another wording by now."""
    limit(request, who, "consent ")
    if wording != widget.wording_id:
        raise Problem(409, "The text has changed. Please load the page again.")
    await to_thread.run_sync(visitors.agree, state.store, who.name, widget.wording)


async def take(request: Request, state: State, widget: Widget, who: Visitor, text: str, message_id: str) -> Received:
    """Takes a visitor's message through. Raises `Problem`, `NotStored`."""

    def has_agreed() -> bool:
        try:
            with state.store.read() as session:
                return visitors.has_agreed(session, visitors.conversation_id(session, who.name))
        except SQLAlchemyError:
            return True  # a warning sign is answered whatever fails

    limit(request, who)
    if not await to_thread.run_sync(has_agreed):
        raise Problem(403, widget.words["consent_again"])
    try:
        return await state.turns.take(visitors.CHANNEL, who.name, text, message_id, "page")
    except (TextError, MessageConflict) as error:
        raise Problem(422, str(error)) from None


async def leave_number(request: Request, state: State, who: Visitor, given: ContactIn) -> str:
    """Keeps a visitor's telephone number; the desk sees it at once. Gives the number in E.164.

    Raises `Problem`: 422 where it is no number that can be called, 404 where there is no conversation yet.
    """
    limit(request, who, "contact ")
    try:
        number = callers.number_of(given.number, state.settings.telephone_region)
        name = callers.name_of(given.name)
    except (NumberError, TextError) as error:
        raise Problem(422, str(error)) from None

    def write() -> tuple[str | None, bool]:
        with state.store.write() as session:
            found = visitors.conversation_id(session, who.name)
            return found, found is not None and callers.leave(session, found, number, name)

    conversation_id, changed = await to_thread.run_sync(write)
    if conversation_id is None:
        raise Problem(404, "There is no conversation yet.")
    if changed:
        state.hub.wake(conversation_id)
    return number


async def forget(request: Request, state: State, who: Visitor) -> forgetting.Kept:
    """Deletes a visitor's conversation; its pages learn of it."""
    limit(request, who, "forget ")

    def write() -> tuple[forgetting.Kept, str | None]:
        with state.store.write() as session:
            found = visitors.conversation_id(session, who.name)
            return forgetting.forget(session, visitors.CHANNEL, who.name), found

    kept, conversation_id = await to_thread.run_sync(write)
    if conversation_id is not None:
        state.hub.wake(conversation_id)
    return kept


def told(widget: Widget, kept: forgetting.Kept) -> str:
    """What a patient is told of what is kept."""
    return widget.words["forgotten" if kept == "nothing" else f"forgotten_{kept}"]
