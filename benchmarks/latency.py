"""How long a turn takes in a running Hipline: `python -m benchmarks.latency http://127.0.0.1:8000 KEY`.

Prints the median and the 99th percentile in milliseconds, in new conversations and along one of 200 turns. One request
at a time, to loopback alone.
"""

from __future__ import annotations

import sys
from itertools import chain

from benchmarks import asking, figures
from benchmarks.client import Session

QUESTIONS = [
    "how long does it last",
    "what is the dye for",
    "will it hurt",
    "can i swim afterwards",
    "is it a cure",
    "my mother is 84 and would like to know who does this and whether she has to stay in the hospital overnight",
]
NEW, LONG = 200, 200


def main(url: str, key: str) -> None:
    """Measures and prints."""

    def ask(session: Session, conversation: str, text: str) -> None:
        session.headers["Authorization"] = f"Bearer {key}"
        body = {"conversation": conversation, "channel": "web", "text": text}
        session.post(f"{url}/api/messages", body)

    asking.conversations(ask, QUESTIONS, 1, 1)
    new = asking.conversations(ask, QUESTIONS, NEW, 1)
    [along] = asking.conversations(ask, QUESTIONS, 1, LONG)
    show("a new conversation", list(chain(*new)))
    show("turns 1 to 10 of one", along[:10])
    show(f"turns {LONG - 19} to {LONG} of one", along[-20:])


def show(what: str, taken: list[float]) -> None:
    """One line."""
    found = figures.times(taken)
    print(f"{what:24} n {found['n']:4}   p50 {found['p50']:6.1f} ms   p99 {found['p99']:6.1f} ms")


if __name__ == "__main__":
    if not sys.argv[1:] or "127.0.0.1" not in sys.argv[1]:
        sys.exit("give the address of a Hipline on this machine (http://127.0.0.1:8000), and a key")
    main(*sys.argv[1:3])
