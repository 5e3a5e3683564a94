"""Answers to check-ins: a score is kept and judged, and what else a message says is answered as any message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.care import checkins
from bot.care.checkins import Waiting
from bot.care.tables import now
from bot.cleaning import bare
from bot.followup import answers, judgement
from bot.followup.answers import Read
from bot.followup.programme import Programme, Question
from bot.followup.wording import Wording
from bot.replies import Reply
from bot.speech import Speech
from bot.turn import asked
from bot.turn.attendants import Arrived, Attended, Rest
from bot.turn.picks import choice

_BY = "checkin"


@dataclass(frozen=True)
class _Answer:
    """An answer to `question`, with its value."""

    question: str
    value: float
    rest: str
    corrects: bool = False


class CheckIns:
    """Attends to the answers to check-ins, in conversations by SMS.

    A red flag in what a message says beside its answer goes first: the answer is kept, and nothing is said to it.
    """

    def __init__(self, programme: Programme, speech: Speech, clock: Callable[[], dt.datetime] = now) -> None:
        self._programme, self._wording, self._clock = programme, Wording(programme, speech), clock
        self._scored = next((name for name, one in programme.questions.items() if one.is_score), "")

    def __call__(self, session: Session, message: Arrived) -> Attended | None:
        """Takes an answer to the newest check-in, and "worse" at any time from somebody who is followed up."""
        if message.channel != "sms":
            return None
        at = self._clock()
        waiting = checkins.waiting(session, message.conversation_id, message.position, at, self._scored)
        if waiting is not None:
            answer = self._read(message, waiting)
            if answer is not None:
                return self._attended(message, waiting, answer, at)
        if answers.is_worse(message.text):
            patient = checkins.followed(session, message.conversation_id)
            if patient is not None or (waiting is not None and waiting.question is not None):
                return self._worse(message, waiting, at)
        if waiting is not None and waiting.question is not None:
            return self._asked_once_more(message, waiting, at)
        return None

    def _read(self, message: Arrived, waiting: Waiting) -> _Answer | None:
        """The answer that a message gives: to the question that waits, or anew to the score before it."""
        if not waiting.is_newest and choice(message.text, message.before.offered) is not None:
            return None  # a number, or the words, of what was offered since
        questions = self._programme.questions
        question = questions.get(waiting.question or "")
        if question is not None and question.choices is not None:
            picked = self._picked(question, message.text)
            if picked is not None:
                return _Answer(str(waiting.question), float(picked.value or 0), picked.rest)
        scored = questions.get(self._scored)
        if scored is None:
            return None
        read = answers.score(message.text, scored.lowest or 0, scored.highest or 0)
        if read is None:
            return None
        if question is not scored and not (waiting.own is not None and self._is_correction(read, waiting)):
            return None
        value = read.value
        if value is None:
            value = waiting.scores[-1] if waiting.scores else None
        return None if value is None else _Answer(self._scored, value, read.rest, waiting.own is not None)

    def _is_correction(self, read: Read, waiting: Waiting) -> bool:
        """Whether a score is given anew: always while a question waits, later only where the words say so."""
        return not read.same and (read.corrects or (waiting.question is not None and not read.rest))

    def _picked(self, question: Question, text: str) -> Read | None:
        choices = question.choices or {}
        words, told = asked.load(), bare(text)
        for said, meaning in ((words.yes, "warning"), (words.no, "none")):
            of_meaning = [number for number, means in choices.items() if means == meaning]
            if told in said and of_meaning:
                return Read(float(of_meaning[0]))
        return answers.choice(text, sorted(choices))

    def _attended(self, message: Arrived, waiting: Waiting, answer: _Answer, at: dt.datetime) -> Attended:
        question = self._programme.questions[answer.question]
        then = self._then(waiting, answer)
        level, reason, replies = self._judged(waiting, answer, question, then)
        if reason is not None:
            then = None  # nobody is asked more who is told to call
        rest = self._rest(message, answer)
        if rest.assessment is not None and rest.assessment.is_red and reason is None:
            replies, then = [], None
        answer_by = max(waiting.answer_by, at + dt.timedelta(hours=self._programme.answer_hours))

        def record(session: Session) -> None:
            checkins.record(
                session,
                waiting.id,
                message.message_id,
                answer.question,
                answer.value,
                level=level,
                reason=reason,
                at=at,
                then=then,
                answer_by=answer_by,
            )

        findings = None if reason is None else {"check_in": answer.question, "value": answer.value, "reason": reason}
        return Attended(_BY, replies, record, goes_on=bool(rest.text), rest=rest, category=reason, findings=findings)

    def _then(self, waiting: Waiting, answer: _Answer) -> str | None:
        """The question that comes after an answer; that which waits, where an earlier one is answered anew."""
        if answer.question != waiting.question:
            return waiting.question
        step = self._programme.step(waiting.step)
        asks = step.ask if step is not None else tuple(self._programme.questions)
        place = asks.index(answer.question) + 1 if answer.question in asks else len(asks)
        return asks[place] if place < len(asks) else None

    def _judged(
        self, waiting: Waiting, answer: _Answer, question: Question, then: str | None
    ) -> tuple[str, str | None, list[Reply]]:
        """The level of an answer, why it is urgent if it is, and what is said to it."""
        if question.choices is not None:
            if question.choices.get(int(answer.value)) == "warning":
                return "urgent", judgement.WARNING, [self._wording.urgent()]
            return "none", None, self._wording.no_warning(then)
        judged = judgement.judge(answer.value, waiting.day, waiting.scores, self._programme)
        if judged.reason is not None:
            return judged.level, judged.reason, [self._wording.urgent()]
        return judged.level, None, self._wording.scored(answer.value, judged, then, corrected=answer.corrects)

    def _asked_once_more(self, message: Arrived, waiting: Waiting, at: dt.datetime) -> Attended | None:
        """What is no answer goes on; the question is put once more, later."""
        if message.assessment is not None and message.assessment.is_red:
            return None
        again_at = at + dt.timedelta(hours=self._programme.again_hours)
        return Attended(_BY, record=lambda session: checkins.repeat(session, waiting.id, again_at), goes_on=True)

    def _worse(self, message: Arrived, waiting: Waiting | None, at: dt.datetime) -> Attended:
        """Said without a number: for a clinician to hear of, or a question first, as the programme has it."""
        asks = next((name for name, one in self._programme.questions.items() if one.choices is not None), None)
        if self._programme.thresholds.worse == "escalate" or asks is None:
            findings = {"reason": judgement.WORSE}
            return Attended(
                _BY, [self._wording.urgent()], rest=Rest("", None), category=judgement.WORSE, findings=findings
            )
        answer_by = at + dt.timedelta(hours=self._programme.answer_hours)
        question = asks

        def record(session: Session) -> None:
            if waiting is not None:
                checkins.wait_for(session, waiting.id, question, answer_by)
            else:
                checkins.open_by_patient(session, message.conversation_id, question, at, answer_by)

        return Attended(_BY, self._wording.worse(question), record, rest=Rest("", None))

    @staticmethod
    def _rest(message: Arrived, answer: _Answer) -> Rest:
        if not answer.rest:
            return Rest("", None)
        judged = message.assessment if message.judge is None else message.judge(answer.rest)
        return Rest(answer.rest, judged)
