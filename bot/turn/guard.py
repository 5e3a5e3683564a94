"""What every answer must hold, whoever made it: a red flag is answered as one, and is not forgotten over the next."""

from __future__ import annotations

import logging

from bot.care.messages import Context
from bot.replies import LEVELS, Reply
from bot.speech import Speech, level_of
from bot.triage.assessment import Assessment
from bot.triage.judgement import RED
from bot.turn.attendants import Answer

logger = logging.getLogger(__name__)


def guarded(answer: Answer, assessment: Assessment | None, before: Context, speech: Speech) -> tuple[list[Reply], bool]:
    """The replies with what they lack, and whether they now end in the question whether somebody has a symptom.

    `assessment` is None where the message was a tap on a button; `speech` has the form that the channel takes.
    """
    replies = list(answer.replies)
    if assessment is not None and not _answers(answer, assessment):
        if answer.by == "rasa":
            logger.error("Rasa's answer to a red flag was none: put right")
        replies = [speech.symptom(assessment.urgency, assessment.category), *replies]
    if not replies:
        return replies, False
    if _is_open(before) and all(reply.urgency == "none" for reply in replies):
        if not denies(assessment, before):
            return [*replies[:-1], speech.with_reminder(replies[-1])], False
        if replies[-1].kind == "clarify":  # it was no question: what it was is understood
            return [
                *replies[:-1],
                replies[-1].copy(update={"text": speech.words("denial_noted"), "buttons": []}),
            ], False
        return [*replies[:-1], speech.with_denial(replies[-1])], False
    if replies[-1].kind != "consent" and assessment is not None and assessment.is_unsure:
        asking = speech.with_question(replies[-1])
        return [*replies[:-1], asking], asking != replies[-1]  # the same where there was no room for it
    return replies, False


def denies(assessment: Assessment | None, before: Context) -> bool:
    """Whether somebody who described a red flag now denies a sign: for the clinician to know, and to judge."""
    if assessment is None or assessment.is_red or before.symptom is None or before.symptom.urgency not in RED:
        return False
    return any(found.assertion == "negated" for found in assessment.findings)


def _answers(answer: Answer, assessment: Assessment) -> bool:
    """Whether the replies to a message are at least as urgent as what it describes.

    Judged by its words alone, it is left to Rasa, which knows the words too.
    """
    if not assessment.is_red or (assessment.shares is None and answer.by == "rasa"):
        return True
    highest = max((LEVELS.index(reply.urgency) for reply in answer.replies), default=0)
    return highest >= LEVELS.index(level_of(assessment.urgency))


def _is_open(before: Context) -> bool:
    """Whether the last reply was to a red flag: the answer to something else then must not make it forgotten."""
    return before.symptom is not None and before.symptom.just_before and before.symptom.urgency in RED
