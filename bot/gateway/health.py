"""`/healthz`: this process lives. `/readyz`: everything that an answer needs does, and if not, what is wrong."""

from __future__ import annotations

import logging
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.state import State, state

logger = logging.getLogger(__name__)
router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Always well, as long as anything answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "what is not ready, by name"}})
async def readyz(state: Annotated[State, Depends(state)]) -> JSONResponse:
    """Whether messages can be stored and Rasa can answer them."""

    def database() -> bool:
        try:
            with state.store.read() as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            logger.error("the database is not ready: %s", type(error).__name__)
            return False
        return True

    parts = {
        "database": await to_thread.run_sync(database),
        "rasa": await state.rasa.is_ready(),
        "actions": await state.rasa.actions_are_ready(),
    }
    ready = all(parts.values())
    body = {"ready": ready, **{name: "ok" if well else "down" for name, well in parts.items()}}
    return JSONResponse(body, 200 if ready else 503)
