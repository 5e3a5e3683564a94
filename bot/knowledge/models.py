"""The shape of the knowledge files: topics by section, and the other texts. What does not fit is refused."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConstrainedStr, Extra, validator

from bot import gsm7

SMS_LIMIT = 306  # septets: two joined segments
_BRACES = {ord("{"): None, ord("}"): None}  # of what is filled in
TITLE_LIMIT = 40  # characters: what fits on a button of a telephone's screen

Aspect = Literal["how_common", "how_long", "how_serious", "what_to_do", "why", "rephrased"]


class _Text(ConstrainedStr):
    strip_whitespace = True
    min_length = 1


def source_line(section: str) -> str:
    """What an SMS answer ends with, so that it too names where it comes from."""
    return f"\nFrom: {section}"


def _sms(text: str, limit: int) -> str:
    if strange := gsm7.strangers(text):
        raise ValueError(f"has characters that SMS charges double for: {' '.join(strange)}")
    if (size := gsm7.septets(text)) > limit:
        raise ValueError(f"takes {size} characters of SMS, {limit} at most")
    return text


class Review(BaseModel, extra=Extra.forbid):
    """Who last checked a text against the document, and when."""

    by: _Text
    on: datetime.date


class TopicText(BaseModel, extra=Extra.forbid):
    """One topic as its file has it. Lengths of SMS forms are in septets."""

    title: _Text
    answer: _Text
    sms: _Text
    next: list[str]
    aspects: dict[Aspect, _Text]
    reviewed: Review

    @validator("title")
    def _title_fits_a_button(cls, title: str) -> str:
        if len(title) > TITLE_LIMIT:
            raise ValueError(f"has {len(title)} characters, {TITLE_LIMIT} at most")
        return _sms(title, TITLE_LIMIT)


class TopicFile(BaseModel, extra=Extra.forbid):
    """A section of the document with its topics."""

    section: _Text
    topics: dict[str, TopicText]

    @pydantic.root_validator(skip_on_failure=True)
    def _sms_forms_fit(cls, values: dict[str, Any]) -> dict[str, Any]:
        room = SMS_LIMIT - gsm7.septets(source_line(values["section"]))
        errors: list[pydantic.error_wrappers.ErrorWrapper] = []
        for name, topic in values["topics"].items():
            for field, text in [("sms", topic.sms), *((f"aspects.{k}", v) for k, v in topic.aspects.items())]:
                try:
                    _sms(text, room)
                except ValueError as error:
                    errors.append(pydantic.error_wrappers.ErrorWrapper(error, ("topics", name, *field.split("."))))
            if "rephrased" not in topic.aspects:
                missing = ValueError("lacks `rephrased`: the answer said again in other words")
                errors.append(pydantic.error_wrappers.ErrorWrapper(missing, ("topics", name, "aspects")))
        if errors:
            raise pydantic.ValidationError(errors, cls)  # type: ignore[arg-type]
        return values


class Topic(TopicText):
    """A topic with its id, its section, and the file that it comes from."""

    id: str
    section: str
    file: Path


class Text(BaseModel, extra=Extra.forbid):
    """A sentence that is no topic's answer. `sms` is said by SMS where it is given, otherwise `text`."""

    text: _Text
    sms: _Text | None = None

    @validator("sms")
    def _sms_fits(cls, sms: str | None) -> str | None:
        return sms if sms is None else _sms(sms.translate(_BRACES), SMS_LIMIT) and sms


class TextFile(BaseModel, extra=Extra.forbid):
    """The sentences that are no topic's answer: greetings, boundaries, handoffs, what is said when all else fails."""

    texts: dict[str, Text]
    reviewed: Review


class SymptomFile(BaseModel, extra=Extra.forbid):
    """What is said about symptoms by their category (`bot/triage/examples`), the mild and the serious ones."""

    mild: dict[str, _Text]
    serious: dict[str, _Text]
    reviewed: Review

    @validator("mild")
    def _has_a_way_out(cls, mild: dict[str, str]) -> dict[str, str]:
        if "other" not in mild:
            raise ValueError("must have a text for `other`")
        return mild
