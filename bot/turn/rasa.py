"""The gateway's side of the talk with Rasa: a message out, checked replies back, within a time limit."""

from __future__ import annotations

import json
from typing import Any, Protocol

from anyio import fail_after
from pydantic import ValidationError, parse_obj_as

from bot.care.messages import Context
from bot.cleaning import for_rasa
from bot.nlu.known import packed
from bot.replies import Reply
from bot.triage.assessment import Assessment
from bot.turn.wire import Network, Wire, WireError

_DOOR = "/webhooks/hipline/"


class RasaUnavailable(RuntimeError):
    """Rasa is down, slow, or answered something that is no reply. The message says which, without anybody's words."""


class Asked(Protocol):
    """What answers messages; see `Rasa.ask`."""

    async def ask(
        self,
        conversation_id: str,
        channel: str,
        text: str,
        topic: str | None,
        before: Context,
        assessment: Assessment | None,
    ) -> list[Reply]: ...


class NoRasa:
    """Stands where Rasa is not to be asked: every message that needs it has to wait."""

    async def ask(self, *_: object, **__: object) -> list[Reply]:
        """Raises `RasaUnavailable`."""
        raise RasaUnavailable("it is not asked")


class Rasa:
    """A client for Rasa's own door of ours (`bot.nlu.channel`). Close it with `aclose`.

    `timeout` is in seconds, for a request and its whole answer; `wire` stands in for the network, in tests.
    """

    def __init__(self, url: str, timeout: float, wire: Wire | None = None) -> None:
        self._wire, self._timeout = wire or Network(url), timeout

    async def ask(
        self,
        conversation_id: str,
        channel: str,
        text: str,
        topic: str | None,
        before: Context,
        assessment: Assessment | None,
    ) -> list[Reply]:
        """The replies to `text`, judged as `assessment`; or, where `topic` is given, to a tap on that topic's button.

        Raises `RasaUnavailable`.
        """
        body: dict[str, Any] = {
            "sender": conversation_id,
            "message": f"/{topic}" if topic else for_rasa(text),
            "metadata": {
                "channel": channel,
                "context": {"topic": before.topic, "kind": before.kind, "asked": dict(before.asked)},
            },
        }
        if assessment is not None and assessment.shares is not None:  # by words alone, Rasa's own judgement is better
            body["metadata"]["triage"] = {"urgency": assessment.urgency, "category": assessment.category}
        encoded = None if assessment is None else assessment.encoded
        if encoded is not None and encoded[0] == body["message"]:
            body["vector"] = packed(encoded[1])
        try:
            status, content = await self._asked("webhook", json.dumps(body).encode())
            replies = parse_obj_as(list[Reply], json.loads(content)) if status == 200 else []
        except TimeoutError:
            raise RasaUnavailable(f"no answer within {self._timeout:g} s") from None
        except WireError as error:
            raise RasaUnavailable(str(error)) from None
        except (ValidationError, ValueError):
            raise RasaUnavailable("an answer that holds no replies") from None
        if status != 200:
            raise RasaUnavailable(f"status {status}")
        if not replies:
            raise RasaUnavailable("no reply")
        return replies

    async def is_ready(self) -> bool:
        """Whether Rasa answers at all."""
        try:
            status, _ = await self._asked("")
        except (TimeoutError, WireError):
            return False
        return status == 200

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._wire.aclose()

    async def _asked(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        with fail_after(self._timeout):
            return await self._wire.request(_DOOR + path, body)
