"""Marks on words: what is denied, imagined, past or asked is not what is reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Extra, StrictStr

from bot import datafiles
from bot.knowledge.models import Review

CUES = Path(__file__).parent / "cues.yml"


class _Cues(BaseModel, extra=Extra.forbid):
    negation: frozenset[StrictStr]
    ends_negation: frozenset[StrictStr]
    negation_reach: int
    condition: frozenset[StrictStr]
    past: frozenset[StrictStr]
    question_first: frozenset[StrictStr]
    reviewed: Review


def sentences(text: str) -> Iterator[list[str]]:
    """The words of each sentence of `text`, in lower case, without apostrophes; numbers keep their decimals."""
    plain = text.lower().replace("\u2019", "'").replace("'", "")
    for sentence in re.split(r"[!?;\n]|\.(?!\d)", plain):
        words = re.findall(r"[a-z]+|\d+(?:\.\d+)?", sentence)
        if words:
            yield words


def mark(text: str) -> str:
    """`text` with each word behind the marks of what reaches it: N denied, H imagined, P past, Q asked."""
    cues = _load()
    marked: list[str] = []
    for words in sentences(text):
        whole = "H" * bool(cues.condition.intersection(words)) + "P" * bool(cues.past.intersection(words))
        whole += "Q" * (words[0] in cues.question_first)
        denied = 0
        for word in words:
            if word in cues.ends_negation:
                denied = 0
            marked.append(f"{'N' * (denied > 0)}{whole}_{word}")
            denied = cues.negation_reach if word in cues.negation else denied - 1
        marked.append(".")
    return " ".join(marked)


@lru_cache(maxsize=1)
def _load() -> _Cues:
    return datafiles.load(CUES, _Cues)
