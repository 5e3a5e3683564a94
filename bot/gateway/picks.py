"""Which of the offered topics a message picks: by its words, or by its number ("2", "the second one")."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1}
_NUMBERS = {"one": 0, "two": 1, "three": 2}
_NUMBER = re.compile(r"(?:number |no |nr |option |choice |answer )?(\d|one|two|three)(?: please| pls)?")
_ORDINAL = re.compile(r"(?:the |that )?(first|second|third|last|1st|2nd|3rd)(?: one| option| choice)?(?: please| pls)?")


def pick(text: str, offered: Sequence[tuple[str, str]]) -> str | None:
    """The topic that `text` picks from `offered` (titles and topics, in their order), or None."""
    words = " ".join(re.findall(r"\w+", text.casefold()))
    for title, topic in offered:
        if words == " ".join(re.findall(r"\w+", title.casefold())):
            return topic
    if found := _NUMBER.fullmatch(words):
        place = _NUMBERS.get(found[1], int(found[1]) - 1 if found[1].isdigit() else -1)
        return offered[place][1] if 0 <= place < len(offered) else None
    if (found := _ORDINAL.fullmatch(words)) and offered:
        place = _ORDINALS[found[1]]
        return offered[place][1] if place < len(offered) else None
    return None
