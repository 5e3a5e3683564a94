"""What the evaluation of understanding passes around: messages with what is right for them and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot import datafiles
from bot.datafiles import DataFileError
from bot.settings import ROOT

FOLDS = 5
OUT_OF_SCOPE = ("out_of_scope_near", "out_of_scope_far", "other_language", "gibberish")
BOUNDARY = "personal_decision"
KEPT = 8  # of a ranking: enough for three topics behind all the symptoms' intents

Say = Callable[[str], None]


class EvaluationError(RuntimeError):
    """What was asked for can't be measured. The message says what is wrong, in a labelled file with its line."""


@dataclass(frozen=True)
class Judged:
    """A message, what is right for it, and what the head made of it.

    `ranking` holds the likeliest intents, the first of which is `got`; `outside` is the probability of all
    out-of-scope intents together; `line` is where it stands in a labelled file.
    """

    text: str
    wanted: tuple[str, ...]
    got: str
    share: float
    ranking: tuple[tuple[str, float], ...] = ()
    outside: float = 0.0
    voice: str = ""
    line: int | None = None

    @classmethod
    def of(
        cls,
        text: str,
        wanted: tuple[str, ...],
        ranking: Sequence[tuple[str, float]],
        voice: str = "",
        line: int | None = None,
    ) -> Judged:
        """The message with the whole ranking that the head gave it."""
        outside = sum(share for name, share in ranking if name in OUT_OF_SCOPE)
        return cls(text, wanted, *ranking[0], tuple(ranking[:KEPT]), outside, voice, line)

    @property
    def right(self) -> bool:
        """Whether the likeliest intent is one of those wanted."""
        return self.got in self.wanted

    @property
    def is_outside(self) -> bool:
        """Whether it is out of scope, by its label."""
        return bool(set(self.wanted) & set(OUT_OF_SCOPE))

    def told(self, texts: bool) -> dict[str, Any]:
        """It as an entry of the report: its words where `texts` says so, or else its line alone."""
        place: dict[str, Any] = {} if self.line is None else {"line": self.line}
        if texts:
            place["text"] = self.text
        if self.voice:
            place["voice"] = self.voice
        return {**place, "wanted": list(self.wanted), "got": self.got, "share": round(self.share, 4)}


@dataclass(frozen=True)
class Fallback:
    """When Hipline asks back: below `threshold`, or where the second intent is closer than `ambiguity`."""

    threshold: float
    ambiguity: float = 0.0

    def unsure(self, judged: Judged) -> bool:
        """Whether it asks back instead of going by the likeliest intent."""
        second = judged.ranking[1][1] if len(judged.ranking) > 1 else None
        ambiguous = second is not None and judged.share - second < self.ambiguity
        return judged.share < self.threshold or ambiguous


def shipped() -> Fallback:
    """The thresholds of config.yml. Raises `DataFileError`."""
    file = ROOT / "config.yml"
    for part in datafiles.read(file).get("pipeline", ()):
        if part.get("name") == "FallbackClassifier":
            return Fallback(float(part["threshold"]), float(part.get("ambiguity_threshold", 0.0)))
    raise DataFileError(file, "holds no FallbackClassifier with its threshold", field="pipeline")
