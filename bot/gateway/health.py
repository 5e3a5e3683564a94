"""`/healthz`: this process lives. `/readyz`: everything that an answer needs does, and if not, what is wrong."""

from __future__ import annotations

import logging
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.care import heartbeats, outbox, textbox
from bot.care.tables import now
from bot.gateway.state import State, state

logger = logging.getLogger(__name__)
router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Always well, as long as anything answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "what is not ready, by name"}})
async def readyz(state: Annotated[State, Depends(state)]) -> JSONResponse:
    """Whether messages can be stored, Rasa can answer them, and those who are to be told of warning signs are told."""
    parts = {
        **await to_thread.run_sync(_kept, state),
        "triage": "words only" if state.turns.judges_by_words_alone else "ok",
        "rasa": "ok" if await state.rasa.is_ready() else "down",
    }
    # Nobody to tell is told here, and said at the start; it is the clinic's choice, and no failure.
    wrong = {name: how for name, how in parts.items() if how not in ("ok", "none")}
    if wrong:
        logger.error("not ready: %s", ", ".join(f"{name} {how}" for name, how in wrong.items()))
    return JSONResponse({"ready": not wrong, **parts}, 503 if wrong else 200)


def _kept(state: State) -> dict[str, str]:
    """How the database is, and what is read from it: the worker's sign of life, alerts and texts that are overdue."""
    contacts = "ok" if state.contacts() else "none"
    if state.contacts.problem:
        logger.error("%s", state.contacts.problem)
        contacts = "broken"
    try:
        with state.store.read() as session:
            at = now()
            worker = "ok" if heartbeats.is_well(session, heartbeats.WORKER, at) else "down"
            alerts = "overdue" if outbox.overdue(session, at) else "ok"
            texts = "overdue" if textbox.overdue(session, at) else "ok"
    except SQLAlchemyError as error:
        logger.error("the database is not ready: %s", type(error).__name__)
        return {"database": "down", "worker": "unknown", "alerts": "unknown", "texts": "unknown", "contacts": contacts}
    return {"database": "ok", "worker": worker, "alerts": alerts, "texts": texts, "contacts": contacts}
