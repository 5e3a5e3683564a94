"""What somebody answers to a question with a bounded answer: "about a 4 today", "was 8 before, 3 now", "ten".

The words are data (`answers.yml`). What could be something else than the answer is none: it is asked again instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.followup.said import Said, Score
from bot.followup.words import load

_TAKES_BACK = frozenset({"no", "nope"})  # before another number; "no pain" takes nothing back


@dataclass(frozen=True)
class Read:
    """An answer. `value` is None where it is `same`: that of the last time.

    `rest` is what else the message says, empty where there is nothing that needs an answer. `corrects` says that it
    takes back what was said before.
    """

    value: float | None
    rest: str = ""
    same: bool = False
    corrects: bool = False


def score(text: str, lowest: int = 0, highest: int = 10) -> Read | None:
    """The score that a text gives, between the two bounds; None where it gives none, or it may be something else."""
    said = Said(text, load(), highest)
    found = said.scores(lowest)
    corrects = any(token.bare in said.words.corrections - _TAKES_BACK for token in said.tokens)
    if found:
        return Read(_chosen(found, said), said.rest(found), corrects=corrects)
    if said.has_numbers:
        return None
    for phrases, value in ((said.words.none, float(lowest)), (said.words.same, None)):
        if (rest := said.opens_with(phrases)) is not None:
            return Read(value, rest, same=value is None, corrects=corrects)
    return None


def choice(text: str, choices: Sequence[int]) -> Read | None:
    """Which of the numbers of a question's choices a text picks; None where none, or not clearly one."""
    said = Said(text, load(), max(choices))
    found = said.scores(min(choices))
    values = {one.value for one in found}
    if len(values) != 1 or said.tokens[0].bare in said.words.corrections:
        return None
    [value] = values
    if value not in choices or any(one.strong for one in found):
        return None
    return Read(value, said.rest(found))


def is_worse(text: str) -> bool:
    """Whether a text says that it is worse, and nothing else."""
    said = Said(text, load(), 10)
    denied = any(token.bare in (said.words.denied - {"than"}) | _TAKES_BACK for token in said.tokens)
    return not said.has_numbers and not denied and said.opens_with(said.words.worse) == ""


def _chosen(found: Sequence[Score], said: Said) -> float:
    """Which of several scores counts: the last one after a correction, those of now, the highest of what is left."""
    corrected = any(token.bare in said.words.corrections for token in said.tokens[found[0].place + 1 :])
    if corrected:
        return found[-1].value
    return max(one.value for one in [one for one in found if one.mark == "now"] or found)
