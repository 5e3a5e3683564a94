"""From the model's probabilities and the words found to one urgency: a miss costs far more than a needless call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.triage.examples import Label
from bot.triage.rules import Hit

RED: tuple[Label, ...] = ("emergency", "urgent", "crisis")
_ORDER: tuple[Label, ...] = ("none", "routine", "urgent", "emergency", "crisis")


@dataclass(frozen=True)
class Thresholds:
    """`red` was read off cross-validation over voices, twenty false alarms weighing as much as one miss.

    The others are set by judgement, on the side of calling, and are yet to be measured (docs/understanding.md).
    """

    red: float = 0.12  # this much probability on emergency, urgent and crisis together is a red flag
    red_in_context: float = 0.04  # the same, where the conversation was about a symptom just before
    red_with_words: float = 0.02  # the same, where the lexicon finds a red flag that is neither denied nor imagined
    emergency: float = 0.35  # this share of a red flag's probability makes it an emergency
    crisis: float = 0.5  # this share of it makes it a crisis
    routine: float = 0.5  # this much on routine, where there is no red flag, is a mild symptom


def judge(
    shares: Mapping[str, float], hits: Sequence[Hit], after_symptom: bool, thresholds: Thresholds | None = None
) -> Label:
    """The urgency for the probabilities of the five labels, and what the lexicon found.

    `after_symptom` says that the last reply was about a symptom: what comes then ("yes, 102 since the shot") mostly
    goes on about it.
    """
    limits = thresholds or Thresholds()
    said = judge_words(hits)
    least = limits.red
    if after_symptom:
        least = min(least, limits.red_in_context)
    if said != "none":
        least = min(least, limits.red_with_words)
    red = sum(shares[label] for label in RED)
    if red < least:
        return "routine" if shares["routine"] >= limits.routine else "none"
    if shares["crisis"] >= limits.crisis * red:
        return "crisis"
    # A crisis that is not certain is an emergency still.
    level: Label = "emergency" if shares["emergency"] + shares["crisis"] >= limits.emergency * red else "urgent"
    return max(level, said, key=_ORDER.index)


def judge_words(hits: Sequence[Hit]) -> Label:
    """The urgency by the lexicon alone: the highest of what is reported, neither denied nor imagined."""
    return max((hit.urgency for hit in hits if hit.asserted), key=_ORDER.index, default="none")
