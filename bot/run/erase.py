"""What `hipline forget` does: deletes one person's data, at the machine itself."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care import callers, database, erasure
from bot.care.callers import NumberError
from bot.care.erasure import NotYet, Plan, Target
from bot.care.tables import Conversation
from bot.settings import Settings

BY = "hipline forget"  # in the audit log: whoever works at the machine
RASA = (
    "The model server keeps the last turns of a conversation in memory alone, under an id that nobody uses again: "
    "they are gone at its next start."
)


class ForgetError(RuntimeError):
    """It can't be deleted. The message says why, and what to do."""


def forget(settings: Settings, who: str, really: bool, say: Callable[[str], object]) -> None:
    """Deletes the data of a number, or of a conversation by its id or name; without `really` it only tells what.

    Raises `DatabaseError`, `ForgetError`.
    """
    try:
        with database.opened(settings.database_url) as store:
            if not really:
                with store.read() as session:
                    _tell(erasure.plan(session, _target(session, settings, who)), say, "Would be deleted")
                say("Nothing is deleted yet. Say it again with --yes to delete this for good.")
                return
            with store.write() as session:
                done = erasure.erase(session, _target(session, settings, who), BY)
            store.wipe()
    except NotYet as error:
        raise ForgetError(str(error)) from None
    except SQLAlchemyError as error:
        raise ForgetError(f"nothing is deleted: the database failed ({type(error).__name__})") from None
    _tell(done, say, "Deleted")
    say(RASA)


def _target(session: Session, settings: Settings, who: str) -> Target:
    if session.get(Conversation, who) is not None:
        return erasure.of_conversation(who)
    named = session.execute(select(Conversation.id).where(Conversation.name == who, Conversation.channel != "sms"))
    if found := tuple(named.scalars()):
        return Target(found)
    try:
        return erasure.of_number(session, callers.number_of(who, settings.telephone_region))
    except NumberError:
        raise ForgetError("there is no such conversation, and it is no telephone number") from None


def _tell(plan: Plan, say: Callable[[str], object], what: str) -> None:
    if plan.is_empty:
        say("There is nothing of that conversation or number.")
    for kind, count in plan.counts.items():
        say(f"{what}: {count} {kind}")
    for kind, count in plan.kept.items():
        say(f"Kept, without its words: {count} {kind}, so that the number gets no texts.")
    if plan.open_escalations:
        say(f"{len(plan.open_escalations)} open warning signs must be resolved before.")
