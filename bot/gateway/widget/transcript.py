"""A conversation as a text file, for the patient to keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.care.timeline import Said

_RULE = "-" * 60


def text(said: Sequence[Said], words: Mapping[str, str], at: dt.datetime) -> str:
    """Who said what and when, in order; `at` is when it was asked for. Times are in UTC, as the file says."""
    lines = [words["transcript_title"], f"{at:%Y-%m-%d %H:%M} UTC", "", words["transcript_note"], _RULE, ""]
    for one in said:
        lines += [f"{speaker(one, words)}, {one.at:%Y-%m-%d %H:%M} UTC", one.text]
        if source := section(one):
            lines.append(f"{words['section']} {source}")
        lines.append("")
    return "\n".join(lines)


def speaker(said: Said, words: Mapping[str, str]) -> str:
    """By what name the page shows who said something."""
    if said.who == "staff":
        return f"{said.name}, {words['staff']}" if said.name else words["staff"]
    return {"patient": words["you"], "system": words["system"]}.get(said.who, words["assistant"])


def section(said: Said) -> str | None:
    """The section of the document that an answer comes from."""
    reply = said.reply
    return reply.section if reply is not None and reply.kind in ("answer", "advice_boundary") else None
