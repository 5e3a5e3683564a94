"""From the model's probabilities to one urgency: a miss costs far more than a needless call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.triage.examples import Label

RED: tuple[Label, ...] = ("emergency", "urgent", "crisis")


@dataclass(frozen=True)
class Thresholds:
    """Chosen by cross-validation over voices: twenty false alarms weigh as much as one miss (docs/understanding.md)."""

    red: float = 0.15  # this much probability on emergency, urgent and crisis together is a red flag
    red_in_context: float = 0.04  # the same, where the conversation was about a symptom just before
    emergency: float = 0.35  # this share of a red flag's probability makes it an emergency
    crisis: float = 0.5  # this share of it makes it a crisis
    routine: float = 0.5  # this much on routine, where there is no red flag, is a mild symptom


def judge(shares: Mapping[str, float], after_symptom: bool, thresholds: Thresholds) -> Label:
    """The urgency for the probabilities of the five labels.

    `after_symptom` says that the last reply was about a symptom: what comes then ("yes, 102 since the shot") mostly
    goes on about it.
    """
    red = sum(shares[label] for label in RED)
    if red >= (thresholds.red_in_context if after_symptom else thresholds.red):
        if shares["crisis"] >= thresholds.crisis * red:
            return "crisis"
        # A crisis that is not certain is an emergency still.
        return "emergency" if shares["emergency"] + shares["crisis"] >= thresholds.emergency * red else "urgent"
    return "routine" if shares["routine"] >= thresholds.routine else "none"
