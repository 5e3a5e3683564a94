"""One message, and what the conversation said before, to one assessment: how urgent, about what, and why."""

from __future__ import annotations

import io
import logging
import os
import tarfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from bot.nlu import export
from bot.nlu.encoder import Encoder, Vectors
from bot.triage import cues, fragments, model, rules
from bot.triage.examples import SELF_HARM, Label
from bot.triage.judgement import ORDER, RED, Earlier, Thresholds, judge, judge_words, load_thresholds
from bot.triage.model import UrgencyModel
from bot.triage.rules import Finding, Rules

_TRIED = "does it hurt?"

logger = logging.getLogger(__name__)

Encode = Callable[[Sequence[str]], Vectors]
Ahead = Callable[[], "Vectors | None"]  # a vector that is being made meanwhile; None where that failed


class TriageError(RuntimeError):
    """A trained model holds no triage that can be used. The message says which file, and what to do."""


@dataclass(frozen=True)
class Assessment:
    """How urgent a message is, `crisis` being thoughts of self-harm; about what; and what that rests on.

    `shares` are the probabilities of the urgencies; None where the words alone were judged. `joined` says that the
    message was judged together with the symptom before it, `is_unsure` that a red flag is not out of the question,
    `is_doubtful` that it is so likely that silence must not count as a no. `encoded` is the message's own text with its
    sentence vector, where one was made.
    """

    urgency: Label
    category: str | None = None
    findings: tuple[Finding, ...] = ()
    shares: dict[Label, float] | None = None
    joined: bool = False
    is_unsure: bool = False
    is_doubtful: bool = False
    encoded: tuple[str, Vectors] | None = field(default=None, compare=False, repr=False)

    @property
    def is_red(self) -> bool:
        """Whether a clinician has to hear of it."""
        return self.urgency in RED

    @property
    def red(self) -> float | None:
        """The probability of a red flag by the model alone."""
        return None if self.shares is None else sum(self.shares[label] for label in RED)

    def as_json(self) -> dict[str, Any]:
        """What the judgement rests on, without the message's words: for the escalation's record."""
        return {
            "urgency": self.urgency,
            "category": self.category,
            "probability": None if self.red is None else round(self.red, 3),
            "findings": [
                {"finding": found.id, "assertion": found.assertion, "now": found.now} for found in self.findings
            ],
            "joined": self.joined,
        }


class Triage:
    """Judges messages by rules, and by the model where there is one.

    `is_degraded` says that there should have been one.
    """

    def __init__(
        self,
        words: Rules,
        learned: UrgencyModel | None = None,
        encode: Encode | None = None,
        thresholds: Thresholds | None = None,
        *,
        is_degraded: bool = False,
    ) -> None:
        self._words, self._learned, self._encode = words, learned, encode
        self._thresholds, self._fragments = thresholds or load_thresholds(), fragments.load()
        self.is_degraded = is_degraded

    def encoded(self, text: str) -> Vectors | None:
        """The vector of `text` that `assess` would make: it may be made while something else is done."""
        return None if self._learned is None or self._encode is None else self._encode([text])[0]

    def assess(self, text: str, earlier: Earlier | None = None, vector: Vectors | Ahead | None = None) -> Assessment:
        """The assessment of `text`. `vector` is its own, where somebody has it already, or what waits for it.

        A model that fails leaves the words: this raises nothing but what the rules raise.
        """
        alone = self._assess(text, earlier, vector)
        if earlier is None or not earlier.text or alone.is_red:
            return alone
        adds = earlier.just_before and earlier.urgency in RED and self._fragments.only_adds(text)
        if not adds and not self._may_go_on(alone):
            return alone
        together = self._assess(f"{earlier.text}\n{text}", None, None)
        level = max(together.urgency, earlier.urgency, key=ORDER.index)
        if not together.is_red or (level == earlier.urgency and not adds):
            return alone
        category = SELF_HARM if level == "crisis" else together.category
        return Assessment(level, category, together.findings, together.shares, joined=True, encoded=alone.encoded)

    def _may_go_on(self, alone: Assessment) -> bool:
        """Whether a message that is no red flag by itself speaks of a symptom at all."""
        if alone.shares is None:
            return False
        return 1 - alone.shares["none"] >= self._thresholds.goes_on

    def _assess(self, text: str, earlier: Earlier | None, vector: Vectors | Ahead | None) -> Assessment:
        findings = tuple(self._words.find(text))  # before the vector is waited for
        try:
            made = vector if vector is None or isinstance(vector, np.ndarray) else vector()
            if self._learned is None or (made is None and self._encode is None):
                return self._by_words(findings)
            if made is None:
                assert self._encode is not None
                made = self._encode([text])[0]
            [shares] = self._learned.shares([text], made[None, :])
            after_symptom = earlier is not None and earlier.just_before
            urgency = judge(shares, findings, after_symptom, self._thresholds)
            category = None if urgency == "none" else _named(findings, urgency) or self._learned.category(text, made)
        except Exception as error:  # whatever it is: a red flag must not be lost to it
            logger.error("judged by the words alone: %s", type(error).__name__)
            return self._by_words(findings)
        if urgency == "crisis" or category == SELF_HARM:  # nobody is said to want to die on a guess at the category
            category = SELF_HARM if urgency == "crisis" else None
        red = sum(shares[label] for label in RED) if urgency == "none" else 0.0
        return Assessment(
            urgency,
            category,
            findings,
            shares,
            is_unsure=red >= self._thresholds.unsure,
            is_doubtful=red >= self._thresholds.doubtful,
            encoded=(text, made),
        )

    def _by_words(self, findings: Sequence[Finding]) -> Assessment:
        urgency = judge_words(findings)
        return Assessment(urgency, _named(findings, urgency), tuple(findings))


def _named(findings: Sequence[Finding], urgency: Label) -> str | None:
    """The category that the words give to what is reported, where they are as grave as the whole."""
    return next((found.category for found in findings if found.asserted and found.urgency == urgency), None)


def of_words() -> Triage:
    """The triage by rules alone. Raises `DataFileError`."""
    return Triage(rules.load())


def from_environment() -> Triage:
    """The triage with the model that HIPLINE_MODEL names, as `hipline up` does; by words alone where it can't be read.

    Raises `DataFileError`.
    """
    named = os.environ.get("HIPLINE_MODEL")
    try:
        return of_model(Path(named)) if named else of_words()
    except TriageError as error:
        logger.error("messages are judged by their words alone: %s", error)
        return Triage(rules.load(), is_degraded=True)


def check_files() -> None:
    """Reads every data file that messages are judged by; training has its examples besides. Raises `DataFileError`."""
    rules.load()
    load_thresholds()
    fragments.load()
    cues.mark("")  # reads its file


def of_model(archive: Path) -> Triage:
    """The triage with the model that a training of Rasa's stored in `archive`, which it reads without Rasa.

    Raises `TriageError` where the archive is missing or holds none, `DataFileError`.
    """
    wanted = {model.FILE: b"", export.MODEL_FILE: b"", export.TOKENIZER_FILE: b""}
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                name = member.name.rsplit("/", 1)[-1]
                if name in wanted and (content := opened.extractfile(member)) is not None:
                    wanted[name] = content.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise TriageError(f"{archive} can't be read ({error}): run ./hipline train") from None
    if missing := sorted(name for name, content in wanted.items() if not content):
        raise TriageError(f"{archive} lacks {', '.join(missing)}: run ./hipline train")
    try:
        encoder = Encoder(wanted[export.MODEL_FILE], wanted[export.TOKENIZER_FILE])
        learned: UrgencyModel = joblib.load(io.BytesIO(wanted[model.FILE]))
        learned.shares([_TRIED], encoder([_TRIED]))  # one that other code has stored may load, and fail at each message
    except Exception as error:  # each of the three formats has errors of its own
        raise TriageError(f"{archive} holds no model that can be used ({error}): run ./hipline train") from None
    return Triage(rules.load(), learned, encoder)
