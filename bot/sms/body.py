"""A reply as the body of a text message: plain characters, choices by number, and how many segments that takes."""

from __future__ import annotations

from bot import gsm7
from bot.replies import Reply

MOST_SEGMENTS = 2
LONGEST = 1600  # characters that the carrier takes
_SINGLE, _JOINED = 70, 67  # UTF-16 units, where the text is not GSM-7

# What word processors and telephones put in the place of plain characters: one of them doubles a text's price.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\t", " "),
        **dict.fromkeys("\u2022\u00b7\u25cf", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
        "\u2026": "...",
    }
)


def of_reply(reply: Reply) -> str:
    """What is sent of a reply: its words, and as many of its buttons as fit, to be picked by their number."""
    text = plain(reply.text)
    titles = [plain(button.title) for button in reply.buttons]
    for count in range(len(titles), 0, -1):
        choices = ", ".join(f"{number} {title}" for number, title in enumerate(titles[:count], 1))
        whole = f"{text}\nReply {choices}"
        if segments(whole) <= MOST_SEGMENTS:
            return whole
    return text[:LONGEST]


def plain(text: str) -> str:
    """`text` with curly quotes, dashes and the like in their plain form; letters of other languages stay."""
    return text.translate(_PLAIN)


def segments(text: str) -> int:
    """How many segments a text takes, in GSM-7 or, where it has other characters, in UCS-2."""
    if not gsm7.strangers(text):
        return gsm7.segments(text)
    units = [1 + (ord(character) > 0xFFFF) for character in text]
    if sum(units) <= _SINGLE:
        return 1
    count, room = 1, _JOINED
    for size in units:
        if size > room:
            count, room = count + 1, _JOINED
        room -= size
    return count
