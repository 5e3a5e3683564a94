"""Patients who are followed up after an injection."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import phonenumbers
from sqlalchemy.orm import Session

from bot.care.tables import Patient


def number_of(text: str) -> str:
    """A telephone number in E.164 as it is kept. Raises `ValueError`, which says what is wrong with it."""
    wrong = "must be a telephone number in E.164, such as +12025550123"
    if not text.startswith("+") or not text[1:].isdigit() or not text.isascii():
        raise ValueError(wrong)
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise ValueError(wrong) from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{wrong}: this one has too few or too many digits, or a country code that is none")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def is_out(session: Session, number: str) -> bool:
    """Whether a number has asked for no more texts."""
    return False


def day_of(patient: Patient, at: dt.datetime) -> int:
    """The day from the injection, by the patient's own calendar."""
    day: int = (at.astimezone(ZoneInfo(patient.zone)).date() - patient.injected_on).days
    return day
