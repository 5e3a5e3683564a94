"""A text message as Twilio's form has it, turned into what is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.cleaning import TextError, clean

UNSEEN = ("[picture]", "[video]", "[voice message]", "[file]")  # in words, so that the staff see that there was one
PLACE, EMPTY = "[place on a map]", "[empty message]"
_NOTES = (*UNSEEN, PLACE, EMPTY)
_BY_TYPE = {"image": UNSEEN[0], "video": UNSEEN[1], "audio": UNSEEN[2]}
_MOST_MEDIA = 10
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class FormError(ValueError):
    """A form that is no text message. The text names the field."""


@dataclass(frozen=True)
class Inbound:
    """A text message: who sent it (as the conversation is called), what is stored of it, the carrier's id for it."""

    number: str
    text: str
    sid: str


def is_number(name: str) -> bool:
    """Whether a text can be sent to `name`: a number in E.164. A sender may be a short code or a word."""
    return _E164.fullmatch(name) is not None


def of_form(fields: Mapping[str, str]) -> Inbound:
    """The message in a form. Raises `FormError`.

    What comes without words is kept as a note in brackets; the place of a location is not kept.
    """
    sid, number = fields.get("MessageSid") or fields.get("SmsSid") or "", fields.get("From", "").strip()
    for name, value in (("MessageSid", sid), ("From", number)):
        if not value or len(value) > 64 or not value.isprintable():
            raise FormError(f"{name} is missing, or no id")
    notes = _notes(fields)
    body = fields.get("Body", "")
    try:
        words = clean(body, cut=True)
    except TextError:
        words = ""
    # The notes go first: the words alone may be as long as a message can be.
    text = clean("\n".join([*notes, words]), cut=True) if notes or words else EMPTY
    return Inbound(number, text, sid)


def parted(text: str) -> tuple[list[str], str]:
    """The notes at the beginning of a stored text, and its words."""
    lines = text.split("\n")
    count = next((place for place, line in enumerate(lines) if line not in _NOTES), len(lines))
    return lines[:count], "\n".join(lines[count:]).strip()


def _notes(fields: Mapping[str, str]) -> list[str]:
    media = fields.get("NumMedia", "0")
    count = min(int(media), _MOST_MEDIA) if media.isascii() and media.isdigit() else 0
    types = (fields.get(f"MediaContentType{place}", "").partition("/")[0].lower() for place in range(count))
    notes = [_BY_TYPE.get(kind, UNSEEN[3]) for kind in types]
    if fields.get("Latitude") and fields.get("Longitude"):
        notes.append(PLACE)
    return notes
