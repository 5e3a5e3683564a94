"""How requests get to Rasa: kept short, since each turn waits for one."""

from __future__ import annotations

from typing import Protocol

import aiohttp

# Below the five seconds after which Rasa's server closes a connection: none is used that is just being closed.
_IDLE = 3.0


class WireError(Exception):
    """No answer came. The message says why, without anybody's words."""


class Wire(Protocol):
    """Takes a request to Rasa and its answer back; see `Network`."""

    async def request(self, path: str, body: bytes | None = None) -> tuple[int, bytes]: ...

    async def aclose(self) -> None: ...


class Network:
    """Requests over the network, to the server at `url`. It sets no limit to the time they take."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def request(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """The status and the content of the answer to a POST of `body`, which is JSON, or to a GET without one.

        Raises `WireError`.
        """
        if self._session is None:  # it belongs to the loop that it is made in
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=_IDLE, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"Content-Type": "application/json"},
            )
        method = "GET" if body is None else "POST"
        try:
            async with self._session.request(method, self._url + path, data=body, allow_redirects=False) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise WireError(type(error).__name__) from None

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
