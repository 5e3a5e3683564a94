"""The gateway's door into Rasa: one message in, the payloads of the replies out. Nobody's words reach the log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.nlu import rules
from bot.nlu.action_results import validate_once
from bot.nlu.actions_here import ActionsHere
from bot.nlu.known import knowing, unpacked
from bot.nlu.runner import DirectRunner

logger = logging.getLogger(__name__)


class GatewayInput(InputChannel):
    """`POST /webhooks/hipline/webhook` with `sender`, `message` and `metadata`; answers with a list of payloads.

    `vector`, where it is given, is the message's sentence vector as `bot.nlu.known.packed` makes it. Custom actions run
    in Rasa's own process: an action server beside it would take four milliseconds of each turn.
    A turn that fails inside Rasa is answered with 500, so that the gateway knows and answers by itself.
    """

    def __init__(self) -> None:
        super().__init__()
        validate_once()

    @classmethod
    def name(cls) -> str:
        """The channel's name, also in the URL."""
        return "hipline"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The route."""
        door = Blueprint("hipline_gateway_input", __name__)
        actions = ActionsHere("actions")

        def equip(processor: MessageProcessor | None) -> None:
            """What Rasa gives no setting for: each model that it loads has a new processor."""
            if processor is not None:
                processor.action_endpoint = actions
                if isinstance(processor.graph_runner, DaskGraphRunner):
                    processor.graph_runner = runner = DirectRunner.of(processor.graph_runner)
                    for policy in runner.components(RulePolicy):
                        rules.remember(policy)
                    # Rasa writes the whole domain out at each message, to see whether there is anything in it.
                    processor.domain.is_empty = partial(bool, processor.domain.is_empty())

        @door.listener("after_server_start")
        async def start(app: Sanic, _: object) -> None:
            equip(app.ctx.agent.processor)

        @door.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @door.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            output = CollectingOutputChannel()
            message = UserMessage(
                body["message"], output, body["sender"], input_channel=self.name(), metadata=body["metadata"]
            )
            equip(request.app.ctx.agent.processor)
            try:
                with knowing(body["message"], unpacked(body.get("vector"))):
                    await on_new_message(message)
            except Exception as error:  # the text would be in Rasa's own message of it
                logger.error("a turn failed: %s", type(error).__name__)
                return response.json({"error": type(error).__name__}, status=500)
            return response.json([sent["custom"] for sent in output.messages if "custom" in sent])

        return door
