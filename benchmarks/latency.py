"""How long a turn takes in a running Hipline: `python benchmarks/latency.py http://127.0.0.1:8000 KEY`.

Prints the median and the 99th percentile in milliseconds, in new conversations and along one of 200 turns. One request
at a time, to loopback alone.
"""

from __future__ import annotations

import secrets
import statistics
import sys
import time

import requests

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
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"

    def ask(conversation: str, number: int) -> float:
        body = {"conversation": conversation, "channel": "web", "text": QUESTIONS[number % len(QUESTIONS)]}
        start = time.perf_counter()
        session.post(f"{url}/api/messages", json=body, timeout=30).raise_for_status()
        return (time.perf_counter() - start) * 1000

    ask(secrets.token_hex(8), 0)
    new = [ask(secrets.token_hex(8), number) for number in range(NEW)]
    name = secrets.token_hex(8)
    along = [ask(name, number) for number in range(LONG)]
    show("a new conversation", new)
    show("turns 1 to 10 of one", along[:10])
    show(f"turns {LONG - 20} to {LONG} of one", along[-20:])


def show(what: str, taken: list[float]) -> None:
    """One line."""
    cuts = statistics.quantiles(taken, n=100)
    print(f"{what:24} n {len(taken):4}   p50 {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms")


if __name__ == "__main__":
    if not sys.argv[1:] or "127.0.0.1" not in sys.argv[1]:
        sys.exit("give the address of a Hipline on this machine (http://127.0.0.1:8000), and a key")
    main(*sys.argv[1:3])
