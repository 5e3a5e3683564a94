"""One message, from any door, to its replies."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care import escalations, handoffs, messages, questions
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.messages import Context, Received
from bot.care.tables import now
from bot.cleaning import clean
from bot.nlu.encoder import Vectors
from bot.replies import Reply
from bot.speech import Speech
from bot.triage.assessment import Assessment, Triage
from bot.triage.judgement import Earlier
from bot.triage.rules import Finding
from bot.turn.attendants import Answer, Arrived, Attendant, Attended, attend, together
from bot.turn.fallback import Fallback
from bot.turn.guard import denies, guarded
from bot.turn.picks import by_title, choice
from bot.turn.rasa import Asked, RasaUnavailable

_AHEAD = 2  # messages that are encoded while they are stored
_STORE_AGAIN = (0.5, 1.0, 2.0, 5.0, *(10.0,) * 60)  # seconds before each further try

logger = logging.getLogger(__name__)


class NotStored(RuntimeError):
    """A message, or its answer, could not be stored: it is to be sent again.

    `replies` are for the person all the same: a warning sign is answered whatever fails. Often there are none.
    """

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__("the message could not be stored")
        self.replies = replies


@dataclass(frozen=True)
class Stored:
    """A stored message: where it came in, its words, and what became of it so far."""

    channel: str
    name: str
    door: str
    text: str
    received: Received


@dataclass(frozen=True)
class _Considered:
    """What is known of a message before Rasa is asked: its words, or the topic that they pick; what attends to it."""

    before: Context
    words: str
    topic: str | None
    assessment: Assessment | None
    attended: Sequence[Attended]
    goes_on: bool


class _Line:
    """One conversation's messages: stored one after the other, and answered one after the other."""

    def __init__(self) -> None:
        self.storing, self.answering = asyncio.Lock(), asyncio.Lock()


class Turns:
    """Takes messages through, one at a time in each conversation.

    `attendants` are asked before Rasa. `changed` is told the id of a conversation when something was said in it.
    `patience` is after how long silence counts as a yes to the question whether somebody has a symptom now.
    """

    def __init__(
        self,
        store: Store,
        rasa: Asked,
        speech: Speech,
        triage: Triage,
        contacts: Callable[[], Contacts | None] = lambda: None,
        attendants: Sequence[Attendant] = (),
        changed: Callable[[str], object] = lambda _: None,
        patience: dt.timedelta | None = None,
    ) -> None:
        self._store, self._rasa, self._speech, self._triage = store, rasa, speech, triage
        self._contacts, self._fallback = contacts, Fallback(speech, triage)
        self._attendants, self._changed, self._patience = attendants, changed, patience
        self._ahead = ThreadPoolExecutor(_AHEAD, "encode")
        self._later: set[asyncio.Task[None]] = set()  # answers that are yet to be stored
        self._titles = speech.titles()  # a button's words are always its topic, wherever they were seen
        self._lines: WeakValueDictionary[tuple[str, str], _Line] = (
            WeakValueDictionary()
        )  # those with messages under way

    @property
    def judges_by_words_alone(self) -> bool:
        """Whether the model that should judge messages could not be read."""
        return self._triage.is_degraded

    def findings(self, text: str) -> tuple[Finding, ...]:
        """The warning signs that a text holds by its words, and how they stand there. It takes some milliseconds."""
        return self._triage.assess(text).findings

    async def take(
        self, channel: str, name: str, text: str, message_id: str | None = None, door: str = "api"
    ) -> Received:
        """Stores a message, answers it, stores the replies. The same `message_id` again gives the same replies.

        Raises `TextError` where the text is empty or too long, `MessageConflict` where the id belongs to another text,
        `NotStored` where the database fails.
        """
        text = clean(text)
        try:
            return await self._take(channel, name, text, message_id, door)
        except SQLAlchemyError as error:
            logger.error("the database failed: %s", type(error).__name__)  # its text may hold the statement's values
            judged = await to_thread.run_sync(self._fallback.replies, channel, text)
            raise NotStored(self._fallback.unstored(channel, judged)) from None

    async def answer(self, message_id: str, *, needs_rasa: bool = False) -> Received:
        """Answers a message that is stored, by our own id; one that has been answered keeps its answer.

        Raises `RasaUnavailable` where Rasa does not answer, and `needs_rasa`: the message then stays unanswered, unless
        it is a red flag. Raises `LookupError` where there is no such message, `SQLAlchemyError`, `NotStored`.
        """
        stored = await to_thread.run_sync(self._stored, message_id)
        line = self._lines.setdefault((stored.channel, stored.name), _Line())
        async with line.answering:
            return await self._answer(stored, needs_rasa=needs_rasa)

    async def aclose(self) -> None:
        """Gives up storing what could not be stored so far: the worker answers those messages."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        self._ahead.shutdown(wait=False)

    async def _take(self, channel: str, name: str, text: str, message_id: str | None, door: str) -> Received:
        line = self._lines.setdefault((channel, name), _Line())
        # In the queue for its answer before it is stored, so that messages are answered in the order in which they
        # came; stored without waiting for that, so that nothing is lost while an answer before it takes its time.
        queued = asyncio.create_task(line.answering.acquire())
        try:
            await asyncio.sleep(0)  # for the task to begin: mostly nobody else is in the queue
            ahead = self._ahead.submit(self._triage.encoded, text) if queued.done() else None
            async with line.storing:
                stored, seen = await to_thread.run_sync(self._receive, channel, name, text, message_id, door, ahead)
            if stored.received.replies is not None:
                return stored.received
            self._changed(stored.received.conversation_id)
            await queued
            return await self._answer(stored, seen)
        finally:
            if queued.done() and not queued.cancelled():
                line.answering.release()
            else:
                queued.cancel()

    async def _answer(
        self, stored: Stored, considered: _Considered | None = None, *, needs_rasa: bool = False
    ) -> Received:
        channel, received = stored.channel, stored.received
        seen: Received | _Considered | None = considered
        if seen is None:
            seen = await to_thread.run_sync(self._look_again, stored)
        if isinstance(seen, Received):  # the same message came twice at once, and the other one was first
            return seen
        before, assessment = seen.before, seen.assessment
        answer = await self._made(stored, seen, needs_rasa)
        assessment = answer.rest.assessment if answer.rest is not None else assessment
        replies, asks = guarded(answer, assessment, before, self._speech.by(channel))
        if asks and assessment is not None:
            answer = replace(answer, records=(*answer.records, self._asks(received, assessment)))
        if denies(assessment, before):
            answer = replace(answer, records=(*answer.records, _records_denial(received)))
        answer = replace(answer, replies=replies)
        try:
            done = await to_thread.run_sync(self._store_answer, received.id, answer, assessment)
        except SQLAlchemyError as error:
            red = self._fallback.unstored(channel, replies)
            if not red:
                raise
            logger.error("a warning sign's answer is not stored yet: %s", type(error).__name__)
            self._store_later(received.id, answer, assessment)
            raise NotStored(red) from None
        self._changed(received.conversation_id)
        return done

    async def _made(self, stored: Stored, seen: _Considered, needs_rasa: bool) -> Answer:
        answer = together(seen.attended)
        if not seen.goes_on:
            return answer
        words, topic, assessment = seen.words, seen.topic, seen.assessment
        if answer.rest is not None:
            words, topic, assessment = answer.rest.text, None, answer.rest.assessment
        try:
            said = await self._rasa.ask(
                stored.received.conversation_id, stored.channel, words, topic, seen.before, assessment
            )
            by = "rasa"
        except RasaUnavailable as error:
            if needs_rasa and not (assessment is not None and assessment.is_red):
                raise
            logger.error("answered without Rasa: %s", error)
            said, by = self._fallback.to(stored.channel, assessment), "gateway"
        return replace(answer, replies=[*answer.replies, *said], by=by)

    def _stored(self, message_id: str) -> Stored:
        with self._store.read() as session:
            found = messages.stored(session, message_id)
            return Stored(*found, messages.find(session, message_id))

    def _receive(
        self,
        channel: str,
        name: str,
        text: str,
        message_id: str | None,
        door: str,
        ahead: Future[Vectors | None] | None,
    ) -> tuple[Stored, _Considered | None]:
        """Stores a message, and considers it in the same change of threads where it is the next one to be answered.

        That one's vector is made meanwhile: `ahead`.
        """
        received = messages.receive(self._store, channel, name, text, message_id, door)
        stored = Stored(channel, name, door, text, received)
        if received.replies is not None or ahead is None:
            return stored, None
        with self._store.read() as session:
            return stored, self._consider(session, stored, ahead)

    def _look_again(self, stored: Stored) -> Received | _Considered:
        """What is to be considered; or the message itself, where it has been answered meanwhile."""
        with self._store.read() as session:
            again = messages.find(session, stored.received.id)
            return self._consider(session, stored) if again.replies is None else again

    def _consider(self, session: Session, stored: Stored, ahead: Future[Vectors | None] | None = None) -> _Considered:
        """All that comes before Rasa. `ahead` is the vector of the message's own words, as soon as it is there."""
        received, words = stored.received, stored.text
        before = messages.context(session, received.conversation_id, received.position)
        asked = questions.waiting(session, received.conversation_id)
        holder = handoffs.holder_of(session, received.conversation_id)  # all of it while the vector is being made
        if asked is not None:  # "since the shot" may go on about what made us ask
            before = replace(before, symptom=Earlier(asked.text, "none", False))
        picked = choice(words, before.offered)
        topic = picked[1] if picked and picked[1] else by_title(words, self._titles)
        if picked and not topic:  # the number of a choice that is no topic stands for its words
            words = picked[0]
        assessment = None
        if not topic:
            # Judged before Rasa is asked, and without it: a red flag is one whatever Rasa makes of the message.
            vector = partial(_vector, ahead) if ahead is not None and words == stored.text else None
            assessment = self._triage.assess(words, before.symptom, vector)
        message = Arrived(
            message_id=received.id,
            conversation_id=received.conversation_id,
            position=received.position,
            channel=stored.channel,
            name=stored.name,
            door=stored.door,
            text=stored.text,
            before=before,
            assessment=assessment,
            holder=holder,
            question=asked,
            judge=lambda text: self._triage.assess(text, before.symptom),
        )
        return _Considered(before, words, topic, assessment, *attend(self._attendants, session, message))

    def _asks(self, received: Received, assessment: Assessment) -> Callable[[Session], None]:
        def ask(session: Session) -> None:
            at = now()
            due = at + self._patience if self._patience and assessment.is_doubtful else None
            questions.ask(session, received.id, received.conversation_id, at, due)

        return ask

    def _store_answer(self, message_id: str, answer: Answer, assessment: Assessment | None) -> Received:
        with self._store.write() as session:
            found: dict[str, Any] = {"category": answer.category, "findings": answer.findings}
            if assessment is not None and assessment.is_red:
                found = {"category": assessment.category or answer.category, "findings": assessment.as_json()}
            return messages.answer(
                session,
                message_id,
                answer.replies,
                answer.by,
                self._contacts(),
                records=answer.records,
                **found,
            )

    def _store_later(self, message_id: str, answer: Answer, assessment: Assessment | None) -> None:
        """Goes on trying to store a warning sign that Rasa found: the worker, who judges anew, might not see it."""

        async def store() -> None:
            for pause in _STORE_AGAIN:
                await asyncio.sleep(pause)
                try:
                    await to_thread.run_sync(self._store_answer, message_id, answer, assessment)
                except SQLAlchemyError as error:
                    logger.error("a warning sign's answer is not stored yet: %s", type(error).__name__)
                else:
                    return

        task = asyncio.create_task(store())
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _vector(ahead: Future[Vectors | None]) -> Vectors | None:
    try:
        return ahead.result()
    except Exception:  # whatever it is, the triage will try it again, and say so
        return None


def _records_denial(received: Received) -> Callable[[Session], object]:
    return lambda session: escalations.denied(session, received.id, now())
