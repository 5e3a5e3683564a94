"""Red flags by their words: a lexicon that a clinician can read, and what in a sentence takes a report back.

It finds what the model has not learned, and it judges alone when the model can't be reached. Matching and cues are our
own code over dictionaries: parts of a pattern stand near one another in any order, which spaCy's Matcher cannot say
without listing the orders and the gaps. Time grows with the length of a message (docs/understanding.md has figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.triage import context as contexts
from bot.triage import lexicon as lexicons
from bot.triage import measures
from bot.triage import words as texts
from bot.triage.context import Assertion, Context, Standing
from bot.triage.lexicon import LEXICON, Described, Level, Lexicon, Together
from bot.triage.measures import Measurer
from bot.triage.patterns import Places, matches
from bot.triage.spelling import Speller
from bot.triage.words import Sentence, Word

_HIDDEN = "\u00b7"  # stands for words that mean something else ("sick and tired")
_IF = ("if", "what if", "in case", "suppose", "unless")
_REPORTED: frozenset[Assertion] = frozenset(["asserted", "someone_else", "uncertain"])


@dataclass(frozen=True)
class Finding:
    """A red flag that a message holds, and how it stands there.

    `words` is what the text says from `start` to `end`; `cue` are the words that decided the assertion, if any did.
    `now` is false where it is told of somebody long ago or far away.
    """

    id: str
    urgency: Level
    category: str
    words: str
    start: int
    end: int
    assertion: Assertion = "asserted"
    cue: str = ""
    now: bool = True

    @property
    def asserted(self) -> bool:
        """Whether somebody has it now, as far as the words say: in doubt they do."""
        return self.now and self.assertion in _REPORTED


@dataclass(frozen=True)
class _Match:
    """A pattern at its place in a sentence, before it is judged. `places` are the words of its parts."""

    described: Described
    places: tuple[int, ...]


class Rules:
    """The lexicon, the cues and the measures, ready to be held against messages."""

    def __init__(self, lexicon: Lexicon, context: Context, measurer: Measurer) -> None:
        self._lexicon, self._context, self._measurer = lexicon, context, measurer
        vocabulary = {*lexicon.vocabulary(), *context.vocabulary(), *measurer.vocabulary()}
        self._speller = Speller(vocabulary, lexicon.common, lexicon.shorthand, lexicon.terms.begins)

    def find(self, text: str) -> list[Finding]:
        """All red flags in `text`, sentence by sentence, one an id and sentence; what makes one together comes last."""
        found: list[Finding] = []
        signs: list[Finding] = []
        for sentence in texts.split(text, self._speller.read):
            for described, finding in self._in(sentence, text):
                (signs if described.urgency is None else found).append(finding)
        return found + self._together([*found, *signs], text)

    def _in(self, sentence: Sentence, text: str) -> list[tuple[Described, Finding]]:
        """What stands in a sentence: of several places of one finding, the one that reports it most clearly."""
        measured = self._measurer.find(sentence)
        shown = self._shown(sentence)
        places = self._lexicon.terms.places(
            shown, [(name, one.first, one.last) for one in measured for name in one.names]
        )
        found = self._matches(places)
        if not found:
            return []
        own = frozenset(place for match in found for place in match.places)
        reading = self._context.read(sentence, own)
        best: dict[str, tuple[Described, Finding]] = {}
        for match in found:
            known = best.get(match.described.id)
            if known is not None and known[1].assertion == "asserted":
                continue
            finding = _finding(match, sentence, text, _standing(match.described, reading.standing(match.places)))
            if known is None or _clearer(finding, known[1]):
                best[match.described.id] = (match.described, finding)
        return list(best.values())

    def _shown(self, sentence: Sentence) -> Sequence[str]:
        words = sentence.texts
        other = self._lexicon.otherwise
        places = self._lexicon.terms.places(words)
        if other not in places.starts:
            return words
        shown = list(words)
        for start in places.starts[other]:
            last = places.last(other, start)
            shown[start : last + 1] = [_HIDDEN] * (last + 1 - start)
        return shown

    def _matches(self, places: Places) -> list[_Match]:
        found = []
        for part in places.starts:
            for described, pattern in self._lexicon.patterns.get(part, ()):
                for parts in matches(places, pattern):
                    covered = tuple(place for first, last in parts for place in range(first, last + 1))
                    found.append(_Match(described, covered))
        return found

    def _together(self, found: Sequence[Finding], text: str) -> list[Finding]:
        reported = {one.id: one for one in found if one.asserted}
        together = []
        for rule in self._lexicon.together:
            parts = [next((reported[one] for one in sorted(group) if one in reported), None) for group in rule.groups]
            if all(parts):
                together.append(_joined(rule, [part for part in parts if part], text))
        return together


def _standing(described: Described, standing: Standing) -> Standing:
    """For thoughts of suicide, only a plain "if" or a denial takes back: "might", "thinking of", "a friend" do not."""
    spared = standing.assertion in ("conditional", "someone_else") and not standing.cue.startswith(_IF)
    if described.urgency == "crisis" and spared:
        return Standing("uncertain" if standing.assertion == "conditional" else "someone_else", standing.cue)
    return standing


def _finding(match: _Match, sentence: Sentence, text: str, standing: Standing) -> Finding:
    first: Word = sentence.words[min(match.places)]
    last: Word = sentence.words[max(match.places)]
    described = match.described
    return Finding(
        described.id,
        described.urgency or "urgent",
        described.category,
        text[first.start : last.end],
        first.start,
        last.end,
        standing.assertion,
        standing.cue,
        standing.now,
    )


def _clearer(one: Finding, other: Finding) -> bool:
    return (one.assertion == "asserted", one.asserted) > (other.assertion == "asserted", other.asserted)


def _joined(rule: Together, parts: Sequence[Finding], text: str) -> Finding:
    start, end = min(part.start for part in parts), max(part.end for part in parts)
    least = min(parts, key=lambda part: part.assertion == "asserted")
    return replace(
        least, id=rule.id, urgency=rule.urgency, category=rule.category, words=text[start:end], start=start, end=end
    )


def load(file: Path = LEXICON, context: Path = contexts.CONTEXT, limits: Path = measures.MEASURES) -> Rules:
    """The rules of a lexicon, of cues and of measures. Raises `DataFileError`."""
    return Rules(lexicons.load(file), contexts.load(context), measures.load(limits))
