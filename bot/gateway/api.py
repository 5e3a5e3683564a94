"""`POST /api/messages`: the wire contract for the clinic's own programs."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Extra, Field, StrictStr, ValidationError, validator

from bot.care.messages import MessageConflict
from bot.cleaning import TextError
from bot.gateway.errors import Problem
from bot.gateway.state import State, state, state_of
from bot.replies import Reply
from bot.sms.inbound import is_number

MAX_BODY = 64 * 1024  # bytes

Model = TypeVar("Model", bound=BaseModel)

router = APIRouter(prefix="/api")


class MessageIn(BaseModel, extra=Extra.forbid):
    """A person's message."""

    conversation: StrictStr = Field(min_length=1, max_length=128, description="Any id; with sms a number in E.164.")
    channel: Literal["web", "sms", "desk"]
    text: StrictStr = Field(description="At most 2,000 characters.")
    message_id: StrictStr | None = Field(None, min_length=1, max_length=128, description="Makes a repeat harmless.")

    @validator("conversation", "message_id")
    def _is_printable(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("must not hold control characters")
        return value

    @validator("channel")
    def _names_a_number(cls, channel: str, values: dict[str, Any]) -> str:
        if channel == "sms" and not is_number(values.get("conversation", "+1000000")):
            raise ValueError("with sms, conversation must be a number in E.164, such as +12025550123")
        return channel


class MessageOut(BaseModel):
    """The replies to it."""

    conversation: str
    escalation: str | None
    replies: list[Reply]


async def authorized(request: Request, state: Annotated[State, Depends(state)]) -> None:
    """Lets a request with a known key through."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Problem(401, "Send the header Authorization: Bearer KEY.", {"WWW-Authenticate": "Bearer"})

    if not await state.keys.accept(key.strip()):
        raise Problem(401, "This key is not known.", {"WWW-Authenticate": "Bearer"})


async def body(request: Request) -> bytes:
    """The body of a request, refused as soon as it is larger than `MAX_BODY`."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise Problem(413, f"The body is larger than {MAX_BODY:,} bytes.")
        parts.append(part)
    return b"".join(parts)


async def json_of(request: Request) -> object:
    """The JSON in the body of a request. Raises `Problem` 400 where it is none."""
    try:
        return json.loads(await body(request))
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON in UTF-8.") from None


def parse(schema: type[Model], data: object) -> Model:
    """`data` as an instance of `schema`. Raises `Problem` 422, which names the field, where it is none."""
    if not isinstance(data, dict):
        raise Problem(422, "body: must be a JSON object")
    try:
        return schema.parse_obj(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Problem(422, f"{field}: {first['msg']}") from None


@router.post(
    "/messages",
    response_model=MessageOut,
    openapi_extra={
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": MessageIn.schema()}}},
    },
    responses={status: {"description": "error.code, error.message"} for status in (400, 401, 413, 422, 503)},
)
async def post_message(request: Request) -> Response:
    """Stores a message and answers it. The same `message_id` again gives the stored replies."""
    # Without FastAPI's dependencies, which it looks through anew for each request.
    state = state_of(request)
    await authorized(request, state)
    incoming = parse(MessageIn, await json_of(request))
    try:
        done = await state.turns.take(incoming.channel, incoming.conversation, incoming.text, incoming.message_id)
    except TextError as error:
        raise Problem(422, f"text: {error}") from None
    except MessageConflict as error:
        raise Problem(422, f"message_id: {error}") from None
    out = MessageOut.construct(
        conversation=incoming.conversation, escalation=done.escalation, replies=list(done.replies or ())
    )
    return JSONResponse(out.dict())  # as it is: FastAPI would check each reply again, and take it apart field by field
