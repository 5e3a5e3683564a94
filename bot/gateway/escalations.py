"""`/api/escalations`: what is open, who took care of it; for the clinic's own programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Extra, Field, StrictStr, validator
from sqlalchemy.orm import Session

from bot.care import escalations
from bot.care.tables import Conversation, Escalation, now
from bot.gateway.api import authorized, json_of, parse
from bot.gateway.errors import Problem
from bot.gateway.state import State, state

MOST = 200

router = APIRouter(prefix="/api/escalations", dependencies=[Depends(authorized)])
_DESCRIBED: dict[str, Any] = {
    "openapi_extra": {"security": [{"bearer": []}]},
    "responses": {status: {"description": "error.code, error.message"} for status in (401, 404, 422, 503)},
}


class By(BaseModel, extra=Extra.forbid):
    """Who acknowledges or resolves."""

    by: StrictStr = Field(min_length=1, max_length=80, description="A name, as others are to read it.")

    @validator("by")
    def _is_a_name(cls, value: str) -> str:
        if not value.isprintable() or not value.strip():
            raise ValueError("must be a name, without control characters")
        return value.strip()


class EventOut(BaseModel):
    """One thing that happened to an escalation."""

    at: dt.datetime
    what: str
    who: str
    level: str


class MessageOut(BaseModel):
    """A message that belongs to an escalation."""

    message_id: str
    at: dt.datetime
    level: str
    text: str


class EscalationOut(BaseModel):
    """An escalation as it is now. `level` is the highest so far."""

    id: str
    state: str
    level: str
    category: str | None
    findings: Any = None
    channel: str
    conversation: str
    raised_at: dt.datetime
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    resolved_at: dt.datetime | None
    resolved_by: str | None


class WholeEscalationOut(EscalationOut):
    """The same with its messages and all that happened."""

    messages: list[MessageOut]
    events: list[EventOut]


@router.get("", response_model=list[EscalationOut], **_DESCRIBED)
async def list_escalations(
    state_of: Annotated[State, Depends(state)],
    state: Literal["open", "raised", "notified", "acknowledged", "resolved"] = "open",
) -> list[EscalationOut]:
    """Escalations in one state, or all that are not resolved (`open`): the newest first, 200 at most."""
    states = [name for name in escalations.STATES if name != "resolved"] if state == "open" else [state]

    def read() -> list[EscalationOut]:
        with state_of.store.read() as session:
            return [EscalationOut(**_fields(session, one)) for one in escalations.listed(session, states, MOST)]

    return await to_thread.run_sync(read)


@router.get("/{escalation_id}", response_model=WholeEscalationOut, **_DESCRIBED)
async def get_escalation(escalation_id: str, state: Annotated[State, Depends(state)]) -> WholeEscalationOut:
    """One escalation, with its messages and all that happened to it."""

    def read() -> WholeEscalationOut | None:
        with state.store.read() as session:
            found = session.get(Escalation, escalation_id)
            return None if found is None else _whole(session, found)

    return _found(await to_thread.run_sync(read))


@router.post("/{escalation_id}/acknowledge", response_model=WholeEscalationOut, **_DESCRIBED)
async def acknowledge(
    request: Request, escalation_id: str, state: Annotated[State, Depends(state)]
) -> WholeEscalationOut:
    """Somebody takes care of it. A second time changes nothing: `acknowledged_by` says who was first."""
    return await _change(request, escalation_id, state, escalations.acknowledge)


@router.post("/{escalation_id}/resolve", response_model=WholeEscalationOut, **_DESCRIBED)
async def resolve(request: Request, escalation_id: str, state: Annotated[State, Depends(state)]) -> WholeEscalationOut:
    """It is done. A second time changes nothing."""
    return await _change(request, escalation_id, state, escalations.resolve)


async def _change(request: Request, escalation_id: str, state: State, how: Callable[..., bool]) -> WholeEscalationOut:
    who = parse(By, await json_of(request)).by

    def change() -> WholeEscalationOut | None:
        with state.store.write() as session:
            found = escalations.find(session, escalation_id)
            if found is None:
                return None
            how(session, found, who, now())
            session.flush()
            return _whole(session, found)

    return _found(await to_thread.run_sync(change))


def _found(escalation: WholeEscalationOut | None) -> WholeEscalationOut:
    if escalation is None:
        raise Problem(404, "There is no such escalation.")
    return escalation


def _fields(session: Session, one: Escalation) -> dict[str, Any]:
    conversation = session.get(Conversation, one.conversation_id)
    return {
        "id": one.id,
        "state": one.state,
        "level": one.urgency,
        "category": one.category,
        "findings": one.findings,
        "channel": conversation.channel,
        "conversation": conversation.name,
        "raised_at": one.raised_at,
        "acknowledged_at": one.acknowledged_at,
        "acknowledged_by": one.acknowledged_by,
        "resolved_at": one.resolved_at,
        "resolved_by": one.resolved_by,
    }


def _whole(session: Session, one: Escalation) -> WholeEscalationOut:
    messages = [
        MessageOut(message_id=message.external_id, at=message.received_at, level=part.urgency, text=message.text)
        for part, message in escalations.messages(session, one.id)
    ]
    events = [
        EventOut(at=event.at, what=event.what, who=event.who, level=event.urgency)
        for event in escalations.events(session, one.id)
    ]
    return WholeEscalationOut(**_fields(session, one), messages=messages, events=events)
