"""What the contenders learn from and are asked: whole voices are held out, and each intent gets as many examples."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.examples import Example
from bot.run.evaluation import judged, labelled

OUT_OF_SCOPE = frozenset(judged.OUT_OF_SCOPE)


class SplitError(ValueError):
    """The data can't be divided as asked. The message says why, and what there is."""


@dataclass(frozen=True)
class Asked:
    """A message of the test, and the intents that are right for it."""

    text: str
    wanted: tuple[str, ...]

    @property
    def in_scope(self) -> bool:
        """Whether it is something that the assistant is for."""
        return not set(self.wanted) & OUT_OF_SCOPE


@dataclass(frozen=True)
class Split:
    """Training examples and test messages, which share no voice."""

    training: list[Example]
    test: list[Asked]


def by_voices(known: Sequence[Example], voices: Collection[str], limit: int = 0, seed: int = 7) -> Split:
    """The messages of `voices` as the test; of the others at most `limit` an intent as training (0: all).

    A test message whose very words stand in the training is left out. Raises `SplitError`.
    """
    there = sorted({e.voice for e in known})
    if missing := sorted(set(voices) - set(there)):
        raise SplitError(f"no voice is called {', '.join(missing)}: there are {', '.join(there)}")
    training = capped([e for e in known if e.voice not in voices], limit, seed)
    if not training:
        raise SplitError("every voice is held out: none is left to learn from")
    learned = {_bare(e.text) for e in training}
    intents = {e.intent for e in training}
    test = [e for e in known if e.voice in voices and e.intent in intents and _bare(e.text) not in learned]
    return Split(training, [Asked(e.text, (e.intent,)) for e in test])


def by_file(known: Sequence[Example], file: Path, limit: int = 0, seed: int = 7) -> Split:
    """All voices as training, at most `limit` an intent, and the labelled `file` as the test.

    The file is one that `hipline evaluate` takes. Raises `EvaluationError`.
    """
    asked = labelled.questions(file, {e.intent for e in known})
    return Split(capped(known, limit, seed), [Asked(question.text, question.wanted) for question in asked])


def capped(known: Sequence[Example], limit: int, seed: int = 7) -> list[Example]:
    """At most `limit` examples of each intent (0: all), its voices in turn, drawn by `seed`; in their old order."""
    if limit <= 0:
        return list(known)
    draw = random.Random(seed)
    places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, example in enumerate(known):
        places[example.intent][example.voice].append(number)
    chosen: list[int] = []
    for voices in places.values():
        stacks = [draw.sample(numbers, len(numbers)) for numbers in voices.values()]
        draw.shuffle(stacks)
        left = limit
        while left and stacks:
            taken = [stack.pop() for stack in stacks[:left]]
            chosen += taken
            left -= len(taken)
            stacks = [stack for stack in stacks if stack]
    return [known[number] for number in sorted(chosen)]


def sample(asked: Sequence[Asked], limit: int, seed: int = 7) -> list[Asked]:
    """`limit` of them (0: all), drawn by `seed`."""
    return list(asked) if not 0 < limit < len(asked) else random.Random(seed).sample(list(asked), limit)


def nlu_file(training: Sequence[Example]) -> str:
    """The examples in the format of data/nlu, a block for each intent and voice."""
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in training:
        blocks[example.intent, example.voice].append(example.text)
    lines = ['version: "3.1"', "", "nlu:"]
    for (intent, voice), texts in blocks.items():
        lines += [f"- intent: {intent}", f"  metadata: {{voice: {voice}}}" if voice else "", "  examples: |"]
        lines += [f"    - {text}" for text in texts]
    return "\n".join(line for line in lines if line) + "\n"


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
