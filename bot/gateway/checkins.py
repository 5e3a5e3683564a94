"""`POST /api/check-ins`: a check-in now, for the clinic's own programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Extra, Field, StrictStr, validator

from bot.care import checkins, conversations, optouts, patients
from bot.care.tables import now
from bot.followup.wording import Wording
from bot.gateway.api import authorized, json_of, parse
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.replies import Reply

router = APIRouter(prefix="/api", dependencies=[Depends(authorized)])


class CheckInIn(BaseModel, extra=Extra.forbid):
    """Whom to ask what."""

    to: StrictStr = Field(max_length=16, description="A telephone number in E.164, such as +12025550123.")
    question: StrictStr = Field("pain_score", max_length=32, description="A question of the clinic's programme.")

    @validator("to")
    def _is_a_number(cls, value: str) -> str:
        return patients.number_of(value)


class CheckInOut(BaseModel):
    """The check-in, and what was asked."""

    id: str
    conversation: str
    question: str
    replies: list[Reply]


@router.post(
    "/check-ins",
    response_model=CheckInOut,
    openapi_extra={
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": CheckInIn.schema()}}},
    },
    responses={status: {"description": "error.code, error.message"} for status in (400, 401, 409, 413, 422, 503)},
)
async def post_check_in(request: Request, state: Annotated[State, Depends(state)]) -> CheckInOut:
    """Asks now, whoever it is and whatever the time. What was asked before and has no answer is replaced."""
    incoming = parse(CheckInIn, await json_of(request))
    programme = state.programme
    if incoming.question not in programme.questions:
        raise Problem(422, f"question: must be one of {', '.join(programme.questions)}")

    def ask() -> tuple[CheckInOut, str]:
        conversation_id = conversations.stored(
            state.store, lambda session: conversations.id_made(session, "sms", incoming.to)
        )
        at = now()
        with state.store.write() as session:
            if optouts.is_out(session, incoming.to):
                raise Problem(409, "to: this number has asked for no more texts, so nothing was sent")
            wording = Wording(programme, state.speech)
            reply = wording.question(incoming.question, first=not checkins.has_any(session, conversation_id))
            patient = checkins.followed(session, conversation_id)
            made = checkins.ask(
                session,
                conversation_id,
                incoming.question,
                reply,
                at,
                answer_by=at + dt.timedelta(hours=programme.answer_hours),
                patient_id=None if patient is None else patient.id,
                day=None if patient is None else patients.day_of(patient, at),
            )
            out = CheckInOut(id=made.id, conversation=incoming.to, question=incoming.question, replies=[reply])
        return out, conversation_id

    out, conversation_id = await to_thread.run_sync(ask)
    state.hub.wake(conversation_id)
    return out
