"""A conversation as the staff read it: what was said, with the words marked that make a warning sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import timeline
from bot.care.tables import Entry, EscalationMessage, OutgoingText
from bot.care.timeline import Said
from bot.triage.rules import Finding

Find = Callable[[str], Sequence[Finding]]

_SPEAKERS = {"patient": "Patient", "assistant": "Assistant", "system": "Notice"}
_TEXTS = {
    "undelivered": "This text message did not arrive.",
    "failed": "This text message did not arrive.",
    "stopped": "Not sent: the patient wants no text messages.",
}
_ASSERTIONS = {
    "asserted": "reported",
    "uncertain": "not certain",
    "someone_else": "of somebody else",
    "negated": "denied",
    "conditional": "only if it happens",
    "past": "of the past",
    "question": "asked about",
}


@dataclass(frozen=True)
class Part:
    """A piece of what was said; `sign` names the warning sign that it is, where it is one."""

    text: str
    sign: str = ""


@dataclass(frozen=True)
class Spoken:
    """One entry as the page shows it. `urgency` is that of an answer to a warning sign."""

    position: int
    at: dt.datetime
    who: str
    speaker: str
    parts: Sequence[Part]
    urgency: str
    is_sign: bool
    trouble: str


def since(session: Session, conversation_id: str, position: int, find: Find) -> list[Spoken]:
    """What was said after entry number `position`; `find` gives the warning signs that a text holds."""
    said = timeline.since(session, conversation_id, position)
    ids = [one.message_id for one in said if one.who == "patient"]
    signs = set(
        session.execute(select(EscalationMessage.message_id).where(EscalationMessage.message_id.in_(ids))).scalars()
    )
    troubles = _troubles(session, conversation_id)
    return [_spoken(one, one.who == "patient" and one.message_id in signs, troubles, find) for one in said]


def why(findings: Any) -> list[str]:
    """What a judgement rests on, in words; `findings` is as `Assessment.as_json` wrote it."""
    if not isinstance(findings, Mapping):
        return []
    said = []
    for one in findings.get("findings") or ():
        assertion = _ASSERTIONS.get(one["assertion"], str(one["assertion"]).replace("_", " "))
        said.append(f"{_name(one['finding'])}: {assertion}{'' if one.get('now', True) else ', not now'}")
    if findings.get("probability") is not None:
        said.append(f"The model gives a warning sign {findings['probability']:.0%}")
    if findings.get("joined"):
        said.append("Judged together with what was said before")
    if findings.get("unanswered_question"):
        said.append("Did not answer whether they have a symptom now")
    return said


def _spoken(one: Said, is_sign: bool, troubles: Mapping[int, str], find: Find) -> Spoken:
    return Spoken(
        position=one.position,
        at=one.at,
        who=one.who,
        speaker=_SPEAKERS.get(one.who, f"{one.name}, staff"),
        parts=marked(one.text, find(one.text)) if is_sign else [Part(one.text)],
        urgency=one.reply.urgency if one.reply is not None else "none",
        is_sign=is_sign,
        trouble=_TEXTS.get(troubles.get(one.position, ""), ""),
    )


def marked(text: str, findings: Sequence[Finding]) -> list[Part]:
    """A text in pieces, those that report a warning sign marked."""
    parts, end = [], 0
    for found in sorted(findings, key=lambda one: (one.start, -one.end)):
        if found.asserted and found.start >= end:
            parts += [Part(text[end : found.start]), Part(text[found.start : found.end], _name(found.id))]
            end = found.end
    return [part for part in (*parts, Part(text[end:])) if part.text]


def _name(finding: str) -> str:
    return finding.replace("_", " ").capitalize()


def _troubles(session: Session, conversation_id: str) -> dict[int, str]:
    """The states of the text messages that have not arrived, by their entries' positions."""
    query = select(Entry.position, OutgoingText.state).join(Entry, Entry.id == OutgoingText.entry_id)
    rows = session.execute(query.where(OutgoingText.conversation_id == conversation_id, OutgoingText.state.in_(_TEXTS)))
    return {row[0]: row[1] for row in rows}
