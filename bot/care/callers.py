"""Where people are called back: numbers that callers told the desk, or that patients left on the website."""

from __future__ import annotations

import datetime as dt

import phonenumbers
from phonenumbers import ValidationResult
from sqlalchemy.orm import Session

from bot.care import timeline
from bot.care.tables import CallerNumber, now
from bot.cleaning import TextError, clean

THE_PATIENT = "the patient"  # who did what nobody on the staff did
LONGEST_NAME = 160  # characters


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
    # Not `is_possible_number`: that takes one without its area code, which nobody can call from elsewhere.
    whole = ValidationResult.IS_POSSIBLE
    if number is None or phonenumbers.is_possible_number_with_reason(number) != whole or number.extension:
        raise NumberError("This is no telephone number that can be called, such as (202) 555-0123 or +44 20 7946 0018.")
    found: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return found


def name_of(given: str) -> str | None:
    """A person's name as they write it, on one line; None where it holds nothing. Raises `TextError` where too long."""
    try:
        name = " ".join(clean(given, cut=True).split())
    except TextError:
        return None
    if len(name) > LONGEST_NAME:
        raise TextError(f"The name is too long: {LONGEST_NAME} characters at most are taken.")
    return name


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


def leave(session: Session, conversation_id: str, number: str, name: str | None = None) -> bool:
    """Keeps the number (E.164) that a patient leaves, in place of any other: they know best. The name that is known
    stays where none is given. Gives whether that changes anything.
    """
    timeline.lock(session, conversation_id)  # two that come at once are kept one after the other
    known = of_conversation(session, conversation_id)
    name = name or (str(known.name) if known is not None and known.name else None)
    if known is not None and (known.number, known.name, known.taken_by) == (number, name, THE_PATIENT):
        return False
    keep(session, conversation_id, number, THE_PATIENT, name)
    return True


def of_conversation(session: Session, conversation_id: str) -> CallerNumber | None:
    """Where the caller of a conversation is called back; None where that is not known."""
    return session.get(CallerNumber, conversation_id)
