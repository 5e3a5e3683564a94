"""What people send, made safe to store, to judge and to show: one function for every door."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 2000

# Cf are the format characters (zero-width, bidirectional), Cs surrogates, Co private use, Cn unassigned.
_DROPPED = {"Cf", "Cs", "Co", "Cn"}


class TextError(ValueError):
    """A message that can't be taken: empty once cleaned, or too long. The text says which, for the person."""


def clean(text: str, *, cut: bool = False) -> str:
    """`text` in NFKC without control, zero-width and bidirectional characters, and without white space at its ends.

    Raises `TextError` where nothing is left or more than `MAX_CHARACTERS` (2,000) are; with `cut`, those after them
    are dropped instead: for what can't be refused.
    """
    # Dropped before and after: NFKC can bring some of them forth, and they can stand between what NFKC joins.
    text = _drop(unicodedata.normalize("NFKC", _drop(text.replace("\r\n", "\n").replace("\r", "\n"))))
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if not text:
        raise TextError("The message is empty.")
    if len(text) > MAX_CHARACTERS:
        if cut:
            return text[:MAX_CHARACTERS].rstrip()
        raise TextError(f"The message has {len(text):,} characters; {MAX_CHARACTERS:,} at most are taken.")
    return text


def bare(text: str) -> str:
    """`text` in small letters, without signs: as it is held against lists of words."""
    return " ".join(re.findall(r"\w+", re.sub(r"['\u2019]", "", text.casefold())))


def for_rasa(text: str) -> str:
    """`text` such that Rasa can't take it for one of its slash commands (`/restart`, `/intent{...}`)."""
    found = text.lstrip()
    while found.startswith("/"):
        found = found[1:].lstrip()
    return found or "?" if text.lstrip().startswith("/") else text


def _drop(text: str) -> str:
    # A control character becomes a blank: it may be all that parts two words.
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join(" " if kind == "Cc" and c != "\n" else c for c, kind in kinds if kind not in _DROPPED)
