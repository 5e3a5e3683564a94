"""The chat as other websites show it: the button's script, the page in its frame, and what the page looks like."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.cleaning import MAX_CHARACTERS
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.gateway.templating import templates
from bot.gateway.widget import contact, transcript
from bot.gateway.widget.doors import WidgetOf
from bot.gateway.widget.setup import Widget
from bot.speech import STARTERS

router = APIRouter(include_in_schema=False)
templates.env.globals.update(speaker=transcript.speaker, section_of=transcript.section)

# What the page's script says; the rest stands in the page itself.
_SCRIPT_WORDS = (
    *("you", "assistant", "system", "staff", "section", "greeting", "writing", "sending", "refused"),
    *("call_now", "call_crisis", "call_clinic", "offline", "not_yet", "too_many", "action_failed", "helpful_thanks"),
    *("contact_left", "contact_failed"),
)


@router.get("/widget.js")
async def get_launcher(request: Request, widget: WidgetOf) -> Response:
    """The script that a website loads: it shows the button, and the page in a frame."""
    return widget.launcher.response(request)


@router.get("/widget", response_class=HTMLResponse)
async def get_page(request: Request, state: Annotated[State, Depends(state)], widget: WidgetOf) -> Response:
    """The chat in a frame: it belongs to nobody until its script says to whom."""
    context = context_of(state, widget, embedded=True)
    return templates.TemplateResponse(request, "chat.html", context, headers=widget.policy)


@router.get("/widget/theme.css")
async def get_theme(request: Request, widget: WidgetOf) -> Response:
    """The clinic's own colours."""
    return widget.theme.response(request)


@router.get("/widget/logo")
async def get_logo(request: Request, widget: WidgetOf) -> Response:
    """The clinic's own picture."""
    if widget.logo is None:
        raise Problem(404, "There is no picture.")
    return widget.logo.response(request)


def context_of(state: State, widget: Widget, *, embedded: bool, **more: Any) -> dict[str, Any]:
    """What the template of the chat is filled with; `more` is what else it is to know."""
    clinic = state.settings
    script = {
        "embedded": embedded,
        "origins": widget.origins,
        "remember": widget.remember,
        "wording": widget.wording_id,
        "starters": [button.dict() for button in state.speech.buttons(STARTERS)],
        "calls": {"emergency": clinic.emergency_number, "crisis": clinic.crisis_number, "clinic": clinic.clinic_phone},
        "contact": {"after": contact.KINDS, "kept": contact.kept(widget.words, clinic)},
        "words": {name: widget.words[name] for name in _SCRIPT_WORDS},
    }
    return {
        "clinic": clinic,
        "words": widget.words,
        "wording_id": widget.wording_id,
        "has_logo": widget.logo is not None,
        "embedded": embedded,
        "script": json.dumps(script),
        "limit": MAX_CHARACTERS,
        "agreed": False,
        "talk": [],
        "buttons": [],
        "asks_number": False,
        "number": "",
        "number_given": {},
        "number_problem": "",
        "status": "",
        **more,
    }
