"""One reply, as it goes over the wire: what `shared` clients read, and what actions, gateway and tests build."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Extra

Kind = Literal[
    "answer", "escalation", "self_care", "handoff", "advice_boundary", "clinic_info", "out_of_scope", "clarify",
    "smalltalk", "crisis", "consent", "check_in",
]  # fmt: skip
Urgency = Literal["none", "routine", "urgent", "emergency"]
LEVELS: tuple[Urgency, ...] = ("none", "routine", "urgent", "emergency")


class Button(BaseModel, extra=Extra.forbid):
    """A choice under a reply: tapping it sends `text`. `topic` is the topic that it asks for, if it asks for one."""

    title: str
    text: str
    topic: str | None = None


class Reply(BaseModel, extra=Extra.forbid):
    """What the person reads, with what programs need to know of it."""

    text: str
    kind: Kind
    topic: str | None = None
    urgency: Urgency = "none"
    section: str | None = None
    buttons: list[Button] = []
