"""A patient's telephone number on the chat page: after which replies it is asked for, what is said once it is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.care.contacts import somebody_is_told
from bot.care.timeline import Said
from bot.replies import Kind, Reply
from bot.settings import Settings

KINDS: tuple[Kind, ...] = ("escalation", "crisis", "handoff")  # of the replies after which somebody may want to ring


def asked_after(said: Sequence[Said]) -> Reply | None:
    """The last reply in a conversation after which a number is asked for; None where there was none."""
    found = (one.reply for one in reversed(said) if one.reply is not None and one.reply.kind in KINDS)
    return next(found, None)


def kept(words: Mapping[str, str], clinic: Settings) -> dict[str, str]:
    """What is said once a number is left: for `crisis`, or by the urgency of the reply that it was asked for after.

    That somebody calls back is said only after an alert, and only where the clinic says when.
    """
    calls_back = clinic.clinic_callback and somebody_is_told(clinic, "urgent")
    return {
        "crisis": words["contact_kept_crisis"],
        "emergency": words["contact_kept_emergency"],
        "urgent": words["contact_kept_callback" if calls_back else "contact_kept"],
        "none": words["contact_kept"],
    }


def kept_after(reply: Reply | None, said: Mapping[str, str]) -> str:
    """Which of `kept` is said where the number was asked for after a reply."""
    if reply is None:
        return said["none"]
    return said["crisis"] if reply.kind == "crisis" else said.get(reply.urgency, said["none"])
