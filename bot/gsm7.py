"""The GSM 7-bit alphabet of SMS (3GPP TS 23.038): what fits, and how many segments a text takes."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # two septets each
_SINGLE, _JOINED = 160, 153


def strangers(text: str) -> str:
    """The characters of `text` that the alphabet lacks, each once: one of them doubles the price of the message."""
    return "".join(sorted({c for c in text if c not in _BASIC and c not in _EXTENDED}))


def septets(text: str) -> int:
    """How many septets `text` takes; characters outside the alphabet count as one (see `strangers`)."""
    return sum(2 if c in _EXTENDED else 1 for c in text)


def segments(text: str) -> int:
    """How many SMS segments `text` takes, all of it being GSM-7: 160 septets alone, 153 each when joined."""
    if septets(text) <= _SINGLE:
        return 1
    count, room = 1, _JOINED
    for character in text:
        size = septets(character)
        if size > room:  # an extended character is not split between two segments
            count, room = count + 1, _JOINED
        room -= size
    return count
