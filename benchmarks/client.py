"""One kept connection, and JSON over it.

By the standard library, because what a client takes is part of every figure: requests takes a millisecond of the
processor more for each.
"""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT = 30.0  # seconds for one answer


class RequestFailed(Exception):
    """No answer came, or none that can be read. The message says why."""


class Session:
    """Requests to one server, which is that of the first. `headers` go with each of them."""

    def __init__(self) -> None:
        self.headers = {"Content-Type": "application/json"}
        self._connection: HTTPConnection | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def post(self, url: str, body: dict[str, Any]) -> Any:
        """The JSON that answers `body`. Raises `RequestFailed`."""
        where = urlsplit(url)
        if self._connection is None:
            self._connection = HTTPConnection(where.netloc, timeout=_TIMEOUT)
        try:
            self._connection.request("POST", where.path, json.dumps(body).encode(), self.headers)
            answer = self._connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise RequestFailed(f"status {answer.status}")
            return json.loads(content)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise RequestFailed(type(error).__name__) from None

    def close(self) -> None:
        """Closes the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
