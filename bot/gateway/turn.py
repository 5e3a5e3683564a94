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
from bot.replies import Reply
from bot.speech import Speech
from bot.triage import rules
from bot.triage.judgement import judge_words

logger = logging.getLogger(__name__)


class _Line:
    """One conversation's messages: stored one after the other, and answered one after the other."""

    def __init__(self) -> None:
        self.storing, self.answering = asyncio.Lock(), asyncio.Lock()


class Turns:
    """Takes messages through, one at a time in each conversation."""

    def __init__(self, store: Store, rasa: Rasa, speech: Speech) -> None:
        self._store, self._rasa, self._speech = store, rasa, speech
        self._rules = rules.load()
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
        try:
            topic = pick(text, before.offered) or by_title(text, self._titles)
            replies, by = await self._rasa.ask(received.conversation_id, channel, text, topic, before), "rasa"
        except RasaUnavailable as error:
            logger.error("answered without Rasa: %s", error)
            replies, by = self._without_rasa(channel, text), "gateway"
        return await to_thread.run_sync(self._store_answer, received.id, replies, by)

    def _look(self, received: Received) -> tuple[Received, Context]:
        with self._store.read() as session:
            return (
                messages.find(session, received.id),
                messages.context(session, received.conversation_id, received.position),
            )

    def _store_answer(self, message_id: str, replies: list[Reply], by: str) -> Received:
        with self._store.write() as session:
            return messages.answer(session, message_id, replies, by)

    def _without_rasa(self, channel: str, text: str) -> list[Reply]:
        say = self._speech.by(channel)
        urgency = judge_words(self._rules.find(text))
        return [say.say("unavailable", "clarify") if urgency == "none" else say.symptom(urgency)]
