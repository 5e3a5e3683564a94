"""What the words around a symptom make of it: said, denied, imagined, over, asked in general, or of somebody else.

After ConText (Harkema and others, 2009), with cues for the language of patients instead of clinicians' notes
(context.yml). A cue that is part of a symptom itself ("cant put weight on it, and a fever") changes nothing else, and
where two readings are possible the one that reports wins: a symptom taken for denied is a missed warning.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Extra, validator

from bot import datafiles
from bot.knowledge.models import Review
from bot.triage.patterns import Terms, WordList
from bot.triage.words import Sentence

CONTEXT = Path(__file__).parent / "context.yml"

Assertion = Literal["asserted", "negated", "conditional", "past", "someone_else", "uncertain", "question"]
Kind = Literal["negated", "conditional", "past", "story", "fiction", "question", "uncertain", "someone_else"]
# The first that reaches a symptom decides; what comes after "question" is reported all the same.
_ORDER: tuple[Kind, ...] = (
    *("negated", "conditional", "past", "story", "fiction"),
    *("question", "uncertain", "someone_else"),
)
_ASSERTIONS: dict[Kind, Assertion] = {
    "negated": "negated",
    "conditional": "conditional",
    "past": "past",
    "story": "someone_else",
    "fiction": "someone_else",
    "question": "question",
    "uncertain": "uncertain",
    "someone_else": "someone_else",
}
_NEGATORS = frozenset(["cant", "couldnt", "wont", "unable", "hasnt", "isnt", "doesnt", "dont", "no", "not"])
_SEEMING: frozenset[Kind] = frozenset(["negated", "conditional", "past"])  # kinds that `no_cue` rules out
_BEFORE_YEARS = frozenset(["in", "since", "from", "back", "of", "was", "the"])
_BARE = 5  # words of a clause that says a time and nothing else
_AFTER_COMMA = 3  # words of which one shows that a comma begins a clause


class _Cue(BaseModel, extra=Extra.forbid):
    kind: Kind
    direction: Literal["before", "after", "clause", "sentence"]
    reach: int
    words: WordList

    @validator("reach")
    def _is_small(cls, value: int) -> int:
        if not 1 <= value <= 60:
            raise ValueError("must be from 1 to 60 words")
        return value


class _Context(BaseModel, extra=Extra.forbid):
    cues: list[_Cue]
    ends: WordList
    strong_ends: WordList
    clause_words: WordList
    after_answer: WordList
    no_cue: WordList
    asks_first: WordList
    personal: WordList
    reports: WordList
    not_past: WordList
    story_verbs: WordList
    not_fiction: WordList
    not_story: WordList
    reviewed: Review


@dataclass(frozen=True)
class Standing:
    """How a symptom stands in its sentence, the words that decided it, and whether somebody has it now."""

    assertion: Assertion
    cue: str = ""
    now: bool = True


class Reading:
    """The cues that reach each word of one sentence."""

    def __init__(self, reached: Sequence[dict[Kind, str]]) -> None:
        self._reached = reached

    def standing(self, places: Iterable[int]) -> Standing:
        """How a symptom stands whose words are at `places`: what changes one of them changes the symptom."""
        found: dict[Kind, str] = {}
        for place in places:
            found.update(self._reached[place])
        for kind in _ORDER:
            if kind in found:
                return Standing(_ASSERTIONS[kind], found[kind], now=kind in ("uncertain", "someone_else"))
        return Standing("asserted")


class Context:
    """The cues, ready to be held against sentences."""

    def __init__(self, content: _Context) -> None:
        self._terms = Terms()
        self._cues = [(self._terms.add(cue.words), cue) for cue in content.cues]
        self._ends = self._terms.add(content.ends)
        self._strong_ends = self._terms.add(content.strong_ends)
        self._clause_words = self._terms.add(content.clause_words)
        self._after_answer = self._terms.add(content.after_answer)
        self._no_cue = self._terms.add(form for row in content.no_cue for form in _forms(row))
        self._asks_first = self._terms.add(content.asks_first)
        self._personal = self._terms.add(content.personal)
        self._reports = self._terms.add(content.reports)
        self._not_past = self._terms.add(content.not_past)
        self._story_verbs = self._terms.add(content.story_verbs)
        self._not_fiction = self._terms.add(content.not_fiction)
        self._not_story = self._terms.add(content.not_story)

    def vocabulary(self) -> Iterable[str]:
        """The words of all cues, for the spelling."""
        return self._terms.vocabulary()

    def read(self, sentence: Sentence, own: frozenset[int] = frozenset()) -> Reading:
        """Which cues reach which words; those at the places `own` are part of a symptom, and no cues."""
        return _Reader(self, sentence, own).read()


class _Reader:
    """Reads one sentence: forwards for the cues before a symptom, then back from those after it, then by clause."""

    def __init__(self, context: Context, sentence: Sentence, own: frozenset[int]) -> None:
        self._context = context
        self._words = sentence.texts
        self._length = len(self._words)
        self._places = context._terms.places(self._words)
        self._reached: list[dict[Kind, str]] = [{} for _ in self._words]
        hidden = set(own)
        self._seeming: set[int] = set()
        for start in self._at(context._no_cue):
            self._seeming.update(range(start, self._places.last(context._no_cue, start) + 1))
        answers = set(self._at(context._after_answer))
        hidden.update(p for p, word in enumerate(self._words) if word == "no" and p + 1 in answers)
        self._hidden = hidden
        self._over: set[int] = set()  # words that a cue after them changes: nothing takes that back
        # A "cant" that is part of a symptom ends what an earlier "no" reaches.
        self._ends = (frozenset(self._at(context._ends)) - own) | {p for p in own if self._words[p] in _NEGATORS}
        strong = frozenset(self._at(context._strong_ends)) - own
        clause = sorted(self._at(context._clause_words))
        begins = {p for p in sentence.breaks if any(p <= word < p + _AFTER_COMMA for word in _from(clause, p))}
        self._clauses = begins | strong

    def read(self) -> Reading:
        starting = self._starting()
        bounds = [0, *sorted(place for place in self._clauses if place), self._length]
        self._forwards(starting)
        for start, cues in starting.items():
            for last, cue in cues:
                if cue.direction == "after":
                    self._backwards(start, last, cue)
                elif cue.direction == "clause":
                    self._in_clause(start, last, cue, bounds)
                elif cue.direction == "sentence":
                    self._mark(range(self._length), cue.kind, start, last)
        self._asked_first()
        self._denied_after()
        self._years(bounds)
        self._lift(bounds)
        return Reading(self._reached)

    def _starting(self) -> dict[int, list[tuple[int, _Cue]]]:
        """The cues by their first word, each with its last."""
        starting: dict[int, list[tuple[int, _Cue]]] = defaultdict(list)
        seeming = self._hidden | self._seeming
        for number, cue in self._context._cues:
            for start in self._at(number):
                last = self._places.last(number, start)
                taken = seeming if cue.kind in _SEEMING else self._hidden
                if taken.isdisjoint(range(start, last + 1)):
                    starting[start].append((last, cue))
        return starting

    def _in_clause(self, start: int, last: int, cue: _Cue, bounds: Sequence[int]) -> None:
        first, end = _clause(bounds, start)
        self._mark(range(first, end), cue.kind, start, last)
        if cue.kind == "past" and end - first <= _BARE and end < self._length:
            # "Fifteen years ago, my throat closed": the time stands alone before what happened.
            self._mark(range(*_clause(bounds, end)), cue.kind, start, last)

    def _forwards(self, starting: dict[int, list[tuple[int, _Cue]]]) -> None:
        active: dict[Kind, tuple[int, str]] = {}
        for place in range(self._length):
            if place in self._clauses:
                active.clear()
            elif place in self._ends:
                active.pop("negated", None)
                active.pop("past", None)
            for kind, (until, words) in active.items():
                if place <= until:
                    self._reached[place].setdefault(kind, words)
            for last, cue in starting.get(place, ()):
                if cue.direction == "before":
                    until = last + cue.reach
                    if cue.kind not in active or active[cue.kind][0] < until:
                        active[cue.kind] = (until, self._said(place, last))

    def _backwards(self, start: int, last: int, cue: _Cue) -> None:
        for place in range(start - 1, max(-1, start - 1 - cue.reach), -1):
            self._reached[place].setdefault(cue.kind, self._said(start, last))
            self._over.add(place)
            if place in self._ends or place in self._clauses:
                break

    def _asked_first(self) -> None:
        """A sentence that begins as a question and speaks of nobody asks in general: "is foot drop permanent"."""
        if 0 in self._at(self._context._asks_first) and not self._at(self._context._personal):
            self._mark(range(self._length), "question", 0, 0)

    def _denied_after(self) -> None:
        """A "no" at the end of a sentence denies what stands just before it: "fever: no"."""
        last = self._length - 1
        if last and self._words[last] in ("no", "none", "never", "nope", "nil") and last not in self._hidden:
            for place in range(max(0, last - 3), last):
                self._reached[place].setdefault("negated", self._words[last])

    def _years(self, bounds: Sequence[int]) -> None:
        """A year ("in 2016", "since 2018") puts its clause into the past."""
        for place in range(1, self._length):
            word = self._words[place]
            if len(word) == 4 and word[:2] in ("19", "20") and self._words[place - 1] in _BEFORE_YEARS:
                self._mark(range(*_clause(bounds, place)), "past", place - 1, place)

    def _lift(self, bounds: Sequence[int]) -> None:
        """Takes back what other words of the sentence or the clause speak against."""
        context = self._context
        if self._at(context._reports):
            self._unmark(range(self._length), "question")
        if self._at(context._not_fiction):
            self._unmark(range(self._length), "fiction")
        if not self._at(context._story_verbs):
            self._unmark(range(self._length), "story")
        lifted: tuple[tuple[Kind, int], ...] = (("past", context._not_past), ("story", context._not_story))
        for kind, against in lifted:
            places = self._at(against)
            if not places:
                continue
            for first, end in pairwise(bounds):
                if any(first <= place < end for place in _from(places, first)):
                    self._unmark(range(first, end), kind)

    def _mark(self, places: range, kind: Kind, first: int, last: int) -> None:
        said = self._said(first, last)
        if places and kind in self._reached[places[0]] and kind in self._reached[places[-1]]:
            return  # the clause is marked already
        for place in places:
            self._reached[place].setdefault(kind, said)

    def _unmark(self, places: range, kind: Kind) -> None:
        for place in places:
            if place not in self._over or kind != "past":
                self._reached[place].pop(kind, None)

    def _at(self, number: int) -> Sequence[int]:
        return self._places.starts.get(number, ())

    def _said(self, first: int, last: int) -> str:
        return " ".join(self._words[first : last + 1])


def _clause(bounds: Sequence[int], place: int) -> tuple[int, int]:
    """The first word of the clause around `place`, and the one after its last."""
    at = bisect_right(bounds, place)
    return bounds[at - 1], bounds[at]


def _forms(row: str) -> Iterator[str]:
    """A row that begins with "not" as it stands after the verbs that take it in: "isnt_getting_better" too."""
    yield row
    if row.startswith("not_"):
        yield from (verb + row[3:] for verb in ("isnt", "arent", "wasnt", "aint", "doesnt", "hasnt"))


def _from(places: Sequence[int], first: int) -> Sequence[int]:
    """The next of `places`, in order, from `first` on."""
    at = bisect_left(places, first)
    return places[at : at + 1]


def load(file: Path = CONTEXT) -> Context:
    """The cues of a file. Raises `DataFileError`."""
    return Context(datafiles.load(file, _Context))
