"""Where callers are called back: numbers that were told to the desk."""

from __future__ import annotations

import datetime as dt

import phonenumbers
from sqlalchemy.orm import Session

from bot.care.tables import CallerNumber, now


class NumberError(ValueError):
    """What was given is no telephone number that can be called."""


def number_of(given: str, region: str) -> str:
    """A number as people write it, in E.164; `region` is where one without a country code belongs ("US").

    Raises `NumberError`.
    """
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or number.extension:
        raise NumberError("This is no telephone number that can be called, such as (202) 555-0123 or +44 20 7946 0018.")
    found: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return found


def keep(
    session: Session,
    conversation_id: str,
    number: str,
    taken_by: str,
    name: str | None = None,
    at: dt.datetime | None = None,
) -> CallerNumber:
    """Keeps a caller's number (E.164) and name with the conversation, in place of what was kept before."""
    row = session.merge(
        CallerNumber(
            conversation_id=conversation_id, number=number, name=name or None, taken_by=taken_by, at=at or now()
        )
    )
    session.flush()
    return row


def of_conversation(session: Session, conversation_id: str) -> CallerNumber | None:
    """Where the caller of a conversation is called back; None where nobody took that down."""
    return session.get(CallerNumber, conversation_id)
