"""The page behind the link in an alert: what is known, and the buttons. Only pressing one changes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.care import escalations, outbox
from bot.care.keys import digest
from bot.care.tables import Alert, Conversation, Escalation, now
from bot.gateway.api import body
from bot.gateway.state import State, state
from bot.gateway.templating import SECURITY_HEADERS, templates

_LONGEST_TOKEN = 128
_GONE = {
    404: "This link is not known. Please open the newest alert.",
    410: "This link has expired. Please open the newest alert.",
}

router = APIRouter(include_in_schema=False, prefix="/alerts")


@dataclass(frozen=True)
class _Seen:
    """What a link leads to: a status, and the page's content where there is one."""

    status: int
    content: dict[str, Any] = field(default_factory=dict)


@router.get("/{token}", response_class=HTMLResponse)
async def show(request: Request, token: str, state: Annotated[State, Depends(state)]) -> Response:
    """The page. Looking at it, as programs that preview links do, changes nothing."""
    seen = await to_thread.run_sync(_look, state, token)
    return _page(request, seen)


@router.post("/{token}/acknowledge")
async def acknowledge(request: Request, token: str, state: Annotated[State, Depends(state)]) -> Response:
    """Somebody takes care of it. A second time changes nothing, and the page says who was first."""
    return await _change(request, token, state, escalations.acknowledge)


@router.post("/{token}/resolve")
async def resolve(request: Request, token: str, state: Annotated[State, Depends(state)]) -> Response:
    """It is done."""
    return await _change(request, token, state, escalations.resolve)


async def _change(request: Request, token: str, state: State, how: Callable[..., bool]) -> Response:
    try:
        fields = parse_qs((await body(request)).decode("utf-8", "replace"), max_num_fields=4)
    except ValueError:
        fields = {}
    given = " ".join(fields.get("who", [""])[0].split())[:80]
    given = "".join(character for character in given if character.isprintable())

    def change() -> int:
        with state.store.write() as session:
            alert = _valid(outbox.by_token_hash(session, digest(token[:_LONGEST_TOKEN])))
            if isinstance(alert, int):
                return alert
            escalation = escalations.find(session, alert.escalation_id)
            assert escalation is not None
            how(session, escalation, f"{given} ({alert.contact})" if given else alert.contact, now())
        return 303

    status = await to_thread.run_sync(change)
    if status != 303:
        return _page(request, _Seen(status))
    return RedirectResponse(f"{state.settings.alerts_path}/{token}", 303)


def _look(state: State, token: str) -> _Seen:
    with state.store.read() as session:
        alert = _valid(outbox.by_token_hash(session, digest(token[:_LONGEST_TOKEN])))
        if isinstance(alert, int):
            return _Seen(alert)
        escalation = session.get(Escalation, alert.escalation_id)
        conversation = session.get(Conversation, escalation.conversation_id)
        told = [message.text for _, message in escalations.messages(session, escalation.id)]
        denied = escalations.last_denied(session, escalation.id)
    contacts = state.contacts()
    share = contacts.share if contacts else "none"
    category = escalations.in_words(escalation.category) if escalation.category else None
    return _Seen(
        200,
        {
            "escalation": escalation,
            "contact": alert.contact,
            "channel": conversation.channel,
            "messages": told,
            "denied": denied,
            "texts": told if share == "text" else [],
            "category": category if share != "none" else None,
            "status": _said(escalation),
            "path": f"{state.settings.alerts_path}/{token}",
        },
    )


def _valid(alert: Alert | None) -> Alert | int:
    """The alert, or the status of a page that says why there is none."""
    if alert is None:
        return 404
    return alert if alert.expires_at is not None and alert.expires_at > now() else 410


def _said(escalation: Escalation) -> str:
    if escalation.state == "resolved":
        return f"Resolved by {escalation.resolved_by} at {escalation.resolved_at:%Y-%m-%d %H:%M} UTC."
    if escalation.state == "acknowledged":
        return f"Acknowledged by {escalation.acknowledged_by} at {escalation.acknowledged_at:%Y-%m-%d %H:%M} UTC."
    return "Nobody has acknowledged this yet."


def _page(request: Request, seen: _Seen) -> Response:
    if seen.status == 200:
        content = {"title": f"A warning sign: {seen.content['escalation'].urgency}", **seen.content}
    else:
        content = {"title": "No such alert", "status": _GONE[seen.status]}
    return templates.TemplateResponse(request, "alert.html", content, status_code=seen.status, headers=SECURITY_HEADERS)
