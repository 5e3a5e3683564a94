"""Errors as the wire contract has them: `{"error": {"code", "message"}}`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from bot.turn.turns import NotStored

logger = logging.getLogger(__name__)

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}


class Problem(Exception):
    """What is wrong with a request: a status of the contract, and a sentence that names the field."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


NOT_STORED = "The message could not be stored. Please try again."
RETRY = {"Retry-After": "5"}


def response(status: int, message: str, headers: Mapping[str, str] | None = None, **more: object) -> JSONResponse:
    """The body of an error, with what else it is to hold."""
    plain = message.encode("utf-8", "replace").decode()  # half a character in a field's name can't be sent back
    body = {"error": {"code": _CODES.get(status, "error"), "message": plain}}
    return JSONResponse({**body, **more}, status, dict(headers or {}))


def install(app: FastAPI) -> None:
    """Makes every error of `app` one of the contract's."""

    async def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return response(error.status, error.message, error.headers)

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return response(error.status_code, str(error.detail), error.headers)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        return response(422, f"{first['loc'][-1]}: {first['msg']}")

    async def database(_: Request, error: Exception) -> Response:
        logger.error("the database failed: %s", type(error).__name__)  # its text may hold the statement's values
        return response(503, NOT_STORED, RETRY)

    async def not_stored(_: Request, error: Exception) -> Response:
        assert isinstance(error, NotStored)
        # To be sent again, and shown to the person meanwhile: only a warning sign has replies here.
        more = {"replies": [reply.dict() for reply in error.replies]} if error.replies else {}
        return response(503, NOT_STORED, RETRY, **more)

    async def unexpected(_: Request, error: Exception) -> Response:
        logger.error("a request failed: %s", type(error).__name__)
        return response(500, "Something went wrong on our side. Please try again.")

    app.add_exception_handler(Exception, unexpected)
    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(SQLAlchemyError, database)
    app.add_exception_handler(NotStored, not_stored)
