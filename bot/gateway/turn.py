"""One message, from any door, to its replies."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakValueDictionary

from anyio import to_thread

from bot.care import messages
from bot.care.database import Store
from bot.care.messages import Context, Received
from bot.cleaning import clean
from bot.gateway.picks import by_title, pick
from bot.gateway.rasa import Rasa, RasaUnavailable
from bot.replies import LEVELS, Reply
from bot.speech import Speech
from bot.triage.assessment import Assessment, Triage
from bot.triage.judgement import RED

logger = logging.getLogger(__name__)


class _Line:
    """One conversation's messages: stored one after the other, and answered one after the other."""

    def __init__(self) -> None:
        self.storing, self.answering = asyncio.Lock(), asyncio.Lock()


class Turns:
    """Takes messages through, one at a time in each conversation."""

    def __init__(self, store: Store, rasa: Rasa, speech: Speech, triage: Triage) -> None:
        self._store, self._rasa, self._speech, self._triage = store, rasa, speech, triage
        self._titles = speech.titles()  # a button's words are always its topic, wherever they were seen
        self._lines: WeakValueDictionary[tuple[str, str], _Line] = (
            WeakValueDictionary()
        )  # those with messages under way

    async def take(self, channel: str, name: str, text: str, message_id: str | None = None) -> Received:
        """Stores a message, answers it, stores the replies. The same `message_id` again gives the same replies.

        Raises `TextError` where the text is empty or too long, `MessageConflict` where the id belongs to another text.
        """
        text = clean(text)
        line = self._lines.setdefault((channel, name), _Line())
        # In the queue for its answer before it is stored, so that messages are answered in the order in which they
        # came; stored without waiting for that, so that nothing is lost while an answer before it takes its time.
        queued = asyncio.create_task(line.answering.acquire())
        try:
            async with line.storing:
                received = await to_thread.run_sync(messages.receive, self._store, channel, name, text, message_id)
            if received.replies is not None:
                return received
            await queued
            return await self._answer(channel, received, text)
        finally:
            if queued.done() and not queued.cancelled():
                line.answering.release()
            else:
                queued.cancel()

    async def _answer(self, channel: str, received: Received, text: str) -> Received:
        again, before = await to_thread.run_sync(self._look, received)
        if again.replies is not None:  # the same message came twice at once, and the other one was first
            return again
        topic = pick(text, before.offered) or by_title(text, self._titles)
        # Judged before Rasa is asked, and without it: a red flag is one whatever Rasa makes of the message.
        assessment = None if topic else await to_thread.run_sync(self._triage.assess, text, before.symptom)
        try:
            replies = await self._rasa.ask(received.conversation_id, channel, text, topic, before, assessment)
            by = "rasa"
        except RasaUnavailable as error:
            logger.error("answered without Rasa: %s", error)
            replies, by = self._without_rasa(channel, assessment), "gateway"
        if assessment is not None and not _answers(replies, assessment):
            logger.error("Rasa's answer to a red flag was none: put right")
            replies = [self._speech.by(channel).symptom(assessment.urgency, assessment.category), *replies]
        if _is_open(before) and all(reply.urgency == "none" for reply in replies):
            replies = [*replies[:-1], self._speech.by(channel).with_reminder(replies[-1])]
        return await to_thread.run_sync(self._store_answer, received.id, replies, by, assessment)

    def _look(self, received: Received) -> tuple[Received, Context]:
        with self._store.read() as session:
            return (
                messages.find(session, received.id),
                messages.context(session, received.conversation_id, received.position),
            )

    def _store_answer(self, message_id: str, replies: list[Reply], by: str, assessment: Assessment | None) -> Received:
        with self._store.write() as session:
            return messages.answer(session, message_id, replies, by)

    def _without_rasa(self, channel: str, assessment: Assessment | None) -> list[Reply]:
        say = self._speech.by(channel)
        if assessment is None or assessment.urgency == "none":
            return [say.say("unavailable", "clarify")]
        return [say.symptom(assessment.urgency, assessment.category)]


def _answers(replies: list[Reply], assessment: Assessment) -> bool:
    """Whether the replies to a message are at least as urgent as what it describes.

    Judged by its words alone, it is left to Rasa, which knows the words too.
    """
    if not assessment.is_red or assessment.shares is None:
        return True
    least = "urgent" if assessment.urgency == "urgent" else "emergency"
    return max(LEVELS.index(reply.urgency) for reply in replies) >= LEVELS.index(least)


def _is_open(before: Context) -> bool:
    """Whether the last reply was to a red flag: the answer to something else then must not make it forgotten."""
    return before.symptom is not None and before.symptom.just_before and before.symptom.urgency in RED
