"""`/sms/inbound`: text messages from Twilio, stored before they are answered with nothing; the worker answers them.

`/sms/status`: what became of those that went out.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Annotated
from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from bot.care import counters, messages, textbox, texts
from bot.care.messages import MessageConflict
from bot.care.tables import now
from bot.gateway.api import body
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.sms import inbound
from bot.sms.account import Account
from bot.sms.inbound import FormError

_MOST_FIELDS = 200
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_COUNTED_AFTER = 1.0  # seconds: whoever floods this door must not keep the database busy

_STATES = {
    "sent": texts.SENT,
    "delivered": texts.DELIVERED,
    "read": texts.DELIVERED,
    "undelivered": texts.UNDELIVERED,
    "failed": texts.FAILED,
    "canceled": texts.FAILED,
}

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/sms", include_in_schema=False)

Form = ImmutableMultiDict[str, str]


class Refusals:
    """Counts what was refused, and writes that down once a second at most."""

    def __init__(self, state: State) -> None:
        self._store = state.store
        self._pending: Counter[str] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def count(self, name: str) -> None:
        """Counts one. Call it in the event loop."""
        self._pending[name] += 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def aclose(self) -> None:
        """Writes what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            await self._flush()

    async def _write(self) -> None:
        await asyncio.sleep(_COUNTED_AFTER)
        self._writing = None
        await self._flush()

    async def _flush(self) -> None:
        pending, self._pending = self._pending, Counter()
        for name, count in pending.items():
            logger.warning("the text line refused requests (%s): %d", name, count)
        await to_thread.run_sync(self._store_counts, pending)

    def _store_counts(self, pending: Counter[str]) -> None:
        try:
            with self._store.write() as session:
                for name, count in pending.items():
                    counters.add(session, name, count, now())
        except SQLAlchemyError as error:
            logger.error("refusals can't be counted: %s", type(error).__name__)


class Line:
    """The text line of a gateway: whose requests it takes, and what it refused."""

    def __init__(self, state: State) -> None:
        self.account = Account.of(state.settings)
        self.refusals = Refusals(state)
        self._validator = RequestValidator(self.account.token)

    async def form(self, request: Request) -> Form:
        """The fields of a request that the carrier signed. Raises `Problem` 403 where it did not."""
        content = (await body(request)).decode("utf-8", "replace")
        try:
            fields = Form(parse_qsl(content, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise self.refused(counters.REFUSED_FORM, 400, "The form has too many fields.") from None
        url = self.account.base + request.url.path + (f"?{request.url.query}" if request.url.query else "")
        signature = request.headers.get("x-twilio-signature", "")
        if not self._validator.validate(url, fields, signature):
            raise self.refused(counters.REFUSED_SIGNATURE, 403, "The signature is not that of this request.")
        if fields.get("AccountSid") != self.account.sid:
            raise self.refused(counters.REFUSED_ACCOUNT, 403, "This is another account's request.")
        return fields

    def refused(self, counted_as: str, status: int, message: str) -> Problem:
        """The error for what is refused, which is counted."""
        self.refusals.count(counted_as)
        return Problem(status, message)


async def line(request: Request) -> Line:
    """The text line of the app that a request reached."""
    found = request.app.state.line
    assert isinstance(found, Line)
    return found


@router.post("/inbound")
async def post_inbound(
    request: Request, state: Annotated[State, Depends(state)], line: Annotated[Line, Depends(line)]
) -> Response:
    """Stores a text under the carrier's id for it; a repeat changes nothing. 503 where it can't be stored."""
    form = await line.form(request)
    try:
        message = inbound.of_form(form)
    except FormError as error:
        raise line.refused(counters.REFUSED_FORM, 422, str(error)) from None
    try:
        received = await to_thread.run_sync(
            messages.receive, state.store, "sms", message.number, message.text, message.sid, "sms"
        )
    except MessageConflict:
        # It is signed, so the carrier has sent one id with two texts: the first one stands, and a repeat helps nobody.
        line.refusals.count(counters.CONFLICTS)
    else:
        state.hub.wake(received.conversation_id)
    return Response(_EMPTY, media_type="text/xml")


@router.post("/status")
async def post_status(
    request: Request, state: Annotated[State, Depends(state)], line: Annotated[Line, Depends(line)]
) -> Response:
    """What became of a text that went out: `text` in the query is our id for it."""
    form = await line.form(request)
    reported = _STATES.get(form.get("MessageStatus", "").lower())
    sid, code = form.get("MessageSid", ""), form.get("ErrorCode", "")
    if reported is not None and sid:
        known = await to_thread.run_sync(
            _store_status, state, request.query_params.get("text", ""), sid[:64], reported, _number(code)
        )
        if not known:
            line.refusals.count(counters.UNKNOWN_TEXTS)
    return Response(status_code=204)


def _store_status(state: State, text_id: str, sid: str, reported: str, code: int | None) -> bool:
    with state.store.write() as session:
        return textbox.reported(session, text_id, sid, reported, code, now())


def _number(code: str) -> int | None:
    return int(code) if code.isascii() and code.isdigit() and len(code) < 8 else None
