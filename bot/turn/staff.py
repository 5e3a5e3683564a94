"""A conversation that a person on the staff has taken: the assistant says nothing there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.turn.attendants import Arrived, Attended

BY = "staff"


def attend(session: Session, message: Arrived) -> Attended | None:
    """Leaves a message to whoever has the conversation; nothing where nobody has."""
    return None if message.holder is None else Attended(BY)
