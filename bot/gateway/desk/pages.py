"""How a page of the desk is made: the frame with its navigation, the headers, and errors that people can read."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from bot.gateway.desk.access import Member, csrf, token_of
from bot.gateway.errors import Problem
from bot.gateway.state import state_of
from bot.gateway.templating import templates

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
ROLES = {"front_desk": "front desk", "clinician": "clinician", "admin": "admin"}
_NAVIGATION = (
    ("Queue", "/desk"),
    ("Conversations", "/desk/conversations"),
    ("Ask", "/desk/ask"),
    ("Patients", "/desk/patients"),
    ("Numbers", "/desk/numbers"),
)
_ADMIN = ("Admin", "/desk/staff")


def render(
    request: Request,
    template: str,
    member: Member | None,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    """A page of `template` (its path below `templates/`), which extends `desk/layout.html`.

    Besides `context` the template has `clinic` (the settings), `member`, `csrf` (for the hidden field `csrf` of each
    form), `navigation` and `roles`.
    """
    entries = [*_NAVIGATION, *([_ADMIN] if member is not None and member.role == "admin" else [])]
    path = request.url.path
    fitting = [target for _, target in entries if path == target or path.startswith(f"{target}/")]
    current = max(fitting, key=len, default="")
    if current == "/desk" and path != "/desk":
        current = ""
    whole = {
        "clinic": state_of(request).settings,
        "member": member,
        "csrf": csrf(token_of(request)),
        "navigation": [(name, target, target == current) for name, target in entries] if member else [],
        "roles": ROLES,
        **context,
    }
    return templates.TemplateResponse(request, template, whole, status_code=status, headers=HEADERS)


def install(app: FastAPI) -> None:
    """Errors of the desk become pages where a browser shows them; call it after `errors.install`."""
    for kind in (Problem, HTTPException):
        app.add_exception_handler(kind, _as_page(app.exception_handlers[kind]))


def _as_page(otherwise: Callable) -> Callable:
    async def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, Problem):
            status, message, headers = error.status, error.message, error.headers
        else:
            assert isinstance(error, HTTPException)
            status, message, headers = error.status_code, str(error.detail), dict(error.headers or {})
        wants_page = "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers
        if status < 400 or not wants_page or not _is_desk(request.url.path):
            answer = await otherwise(request, error)
            assert isinstance(answer, Response)
            return answer
        if isinstance(error, HTTPException) and status == 404:
            message = "There is no such page."
        title = HTTPStatus(status).phrase
        member = getattr(request.state, "member", None)
        page = render(request, "desk/problem.html", member, status, title=title, message=message)
        page.headers.update(headers)
        return page

    return handle


def _is_desk(path: str) -> bool:
    return path == "/desk" or path.startswith("/desk/")
