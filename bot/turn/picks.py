"""Which of the offered choices a message picks: by its words, or by its number ("2", "the second one")."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1}
_NUMBERS = {"one": 0, "two": 1, "three": 2}
_NUMBER = re.compile(r"(?:number |no |nr |option |choice |answer )?(\d|one|two|three)(?: please| pls)?")
_ORDINAL = re.compile(r"(?:the |that )?(first|second|third|last|1st|2nd|3rd)(?: one| option| choice)?(?: please| pls)?")


def pick(text: str, offered: Sequence[tuple[str, str | None]]) -> str | None:
    """The topic that `text` picks from `offered` (titles and topics, in their order), or None."""
    found = choice(text, offered)
    return None if found is None else found[1]


def choice(text: str, offered: Sequence[tuple[str, str | None]]) -> tuple[str, str | None] | None:
    """What `text` picks from `offered`, as it stands there; None where it picks nothing.

    A choice without a topic is what somebody would have said instead of its number.
    """
    words = _words(text)
    for one in offered:
        if words == _words(one[0]):
            return one
    if number := _NUMBER.fullmatch(words):
        place = _NUMBERS.get(number[1], int(number[1]) - 1 if number[1].isdigit() else -1)
        return offered[place] if 0 <= place < len(offered) else None
    if (ordinal := _ORDINAL.fullmatch(words)) and offered:
        place = _ORDINALS[ordinal[1]]
        return offered[place] if place < len(offered) else None
    return None


def by_title(text: str, offered: Sequence[tuple[str, str | None]]) -> str | None:
    """The topic whose title `text` is, to the word; None where it is nobody's."""
    words = _words(text)
    return next((topic for title, topic in offered if words == _words(title)), None)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
