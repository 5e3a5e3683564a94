"""The assistant on a caller's behalf: a question typed in, the answer to read out, and the way to a clinician."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from bot.care import audit, callers, conversations, messages, timeline
from bot.care.callers import NumberError
from bot.care.messages import MessageConflict
from bot.care.tables import CallerNumber
from bot.care.timeline import Said
from bot.cleaning import MAX_CHARACTERS, TextError, clean
from bot.gateway.desk.access import Member, form, signed_in
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.errors import RETRY, Problem
from bot.gateway.state import State, state
from bot.replies import LEVELS, Kind, Reply, Urgency
from bot.speech import STARTERS
from bot.turn.turns import NotStored

HERE = "/desk/ask"
CHANNEL = DOOR = BY = "desk"
URGENCIES: dict[str, str] = {
    "none": "A question: somebody calls back",
    "urgent": "Urgent: a clinician must hear of it today",
    "emergency": "Emergency: a clinician must hear of it at once",
}
_CALLER = re.compile(r"caller-[0-9a-f]{32}")
_FORM = re.compile(r"[0-9a-f]{32}")

router = APIRouter(include_in_schema=False, prefix=HERE)
In = Annotated[State, Depends(state)]
Someone = Annotated[Member, Depends(signed_in)]
Fields = Annotated[dict[str, str], Depends(form)]


@dataclass(frozen=True)
class _Talk:
    """What was said with a caller so far: the last question with its answers, and what came before it."""

    conversation: str | None = None  # its id
    asked: str = ""
    answers: list[Said] = field(default_factory=list)
    earlier: list[Said] = field(default_factory=list)
    number: CallerNumber | None = None

    @property
    def urgency(self) -> Urgency:
        """The highest of the answers."""
        found = [one.reply.urgency for one in self.answers if one.reply is not None]
        return max(found, key=LEVELS.index, default="none")


@router.get("")
async def show(request: Request, state: In, member: Someone) -> Response:
    """A new caller."""
    return _page(request, state, member, None, _Talk())


@router.post("")
async def begin(request: Request, state: In, member: Someone, fields: Fields) -> Response:
    """A new caller's first question."""
    # The form's own id names the caller: a form that is sent twice makes one conversation.
    return await _ask(request, state, member, f"caller-{_form_id(fields)}", fields)


@router.get("/{caller}")
async def show_caller(request: Request, state: In, member: Someone, caller: str) -> Response:
    """What was said with a caller so far."""
    talk = await _talk(state, member, caller)
    if talk.conversation is None:
        raise Problem(404, "There is no such caller.")
    return _page(request, state, member, caller, talk)


@router.post("/{caller}")
async def ask(request: Request, state: In, member: Someone, fields: Fields, caller: str) -> Response:
    """A caller's next question."""
    return await _ask(request, state, member, _named(caller), fields)


@router.post("/{caller}/raise")
async def pass_on(request: Request, state: In, member: Someone, fields: Fields, caller: str) -> Response:
    """Passes a caller on to a clinician, with a number for calling back."""
    message_id = _form_id(fields)
    urgency = fields.get("urgency", "")
    try:
        if urgency not in URGENCIES:
            raise TextError("Please choose how urgent it is.")
        number = callers.number_of(fields.get("number", ""), state.settings.telephone_region)
        note = clean(fields.get("note", ""))
        name = " ".join(fields.get("name", "").split())[:160]
        await to_thread.run_sync(_pass_on, state, member, _named(caller), message_id, number, name, note, urgency)
    except (NumberError, TextError, MessageConflict) as error:
        talk = await _talk(state, member, caller)
        return _page(request, state, member, caller, talk, 422, raising=str(error), given=fields)
    return RedirectResponse(f"{HERE}/{caller}", 303, headers=HEADERS)


async def _ask(request: Request, state: State, member: Member, caller: str, fields: dict[str, str]) -> Response:
    text = fields.get("text", "")
    problem, status = "", 303
    try:
        done = await state.turns.take(CHANNEL, caller, text, _form_id(fields), DOOR)
    except (TextError, MessageConflict) as error:
        problem, status = str(error), 422
    except NotStored as error:
        said = " ".join(reply.text for reply in error.replies)
        problem, status = f"{said} This could not be stored. Please try again, and write it down.".strip(), 503
    else:
        await to_thread.run_sync(_log, state, member, "asked for a caller", done.conversation_id)
        return RedirectResponse(f"{HERE}/{caller}", 303, headers=HEADERS)
    talk = await _talk(state, member, caller)
    page = _page(
        request, state, member, caller if talk.conversation else None, talk, status, problem=problem, text=text
    )
    if status == 503:
        page.headers.update(RETRY)
    return page


def _page(
    request: Request, state: State, member: Member, caller: str | None, talk: _Talk, status: int = 200, **more: Any
) -> Response:
    last = next((one.reply for one in reversed(talk.answers) if one.reply is not None), None)
    buttons = last.buttons if last is not None else [] if caller else state.speech.buttons(STARTERS)
    return render(
        request,
        "desk/ask.html",
        member,
        status,
        caller=caller,
        talk=talk,
        next=[(button, secrets.token_hex(16)) for button in buttons],
        form_id=secrets.token_hex(16),
        raise_id=secrets.token_hex(16),
        urgencies=URGENCIES,
        limit=MAX_CHARACTERS,
        **{"given": {}, **more},
    )


async def _talk(state: State, member: Member, caller: str) -> _Talk:
    return await to_thread.run_sync(_read, state, member, _named(caller))


def _read(state: State, member: Member, caller: str) -> _Talk:
    with state.store.read() as session:
        conversation = conversations.id_of(session, CHANNEL, caller)
        if conversation is None:
            return _Talk()
        said = timeline.since(session, conversation)
        number = callers.of_conversation(session, conversation)
    _log(state, member, "looked", conversation)
    last = max((place for place, one in enumerate(said) if one.who == "patient"), default=None)
    if last is None:
        return _Talk(conversation, earlier=said, number=number)
    return _Talk(conversation, said[last].text, said[last + 1 :], said[:last], number)


def _pass_on(
    state: State, member: Member, caller: str, message_id: str, number: str, name: str, note: str, urgency: str
) -> None:
    """Stores what the clinician is to know as a message, and its answer with the escalation and the number at once."""
    received = messages.receive(state.store, CHANNEL, caller, note, message_id, DOOR)
    kind: Kind = "handoff" if urgency == "none" else "escalation"
    text = "emergency_passed_on" if urgency == "emergency" else "passed_on"
    reply = Reply.parse_obj({"text": state.speech.by(CHANNEL).words(text), "kind": kind, "urgency": urgency})
    conversation = received.conversation_id
    with state.store.write() as session:
        messages.answer(
            session,
            received.id,
            [reply],
            BY,
            state.contacts(),
            records=[lambda session: callers.keep(session, conversation, number, member.name, name)],
        )
        if received.replies is None:
            audit.write(session, member.name, "passed a caller on", conversation_id=conversation, about=urgency)


def _log(state: State, member: Member, what: str, conversation: str) -> None:
    with state.store.write() as session:
        audit.write(session, member.name, what, conversation_id=conversation)


def _named(caller: str) -> str:
    if not _CALLER.fullmatch(caller):
        raise Problem(404, "There is no such caller.")
    return caller


def _form_id(fields: dict[str, str]) -> str:
    given = fields.get("form_id", "")
    if not _FORM.fullmatch(given):
        raise Problem(422, "This form is not complete. Please load the page again.")
    return given
