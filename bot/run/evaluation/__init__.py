"""`hipline evaluate`: how well messages are understood, and warning signs found, of writers the model has not seen."""

from __future__ import annotations

from bot.run.evaluation.accuracy import figures
from bot.run.evaluation.judged import FOLDS, EvaluationError, Fallback, Judged
from bot.run.evaluation.understanding import run

__all__ = ["FOLDS", "EvaluationError", "Fallback", "Judged", "figures", "run"]
