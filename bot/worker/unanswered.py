"""Messages that were stored and never answered, because the gateway ended in between: answered here, late."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from bot.care import handoffs, messages
from bot.care.contacts import Contacts
from bot.care.database import Store
from bot.care.escalations import is_escalated
from bot.care.tables import Message, now
from bot.replies import Reply

_AT_ONCE = 50  # messages a sweep

logger = logging.getLogger(__name__)


class Latecomers:
    """Answers messages older than `after` without Rasa: `judge` gives the replies to a text on a channel.

    Those of the text line have somebody of their own (`inbound.py`), and are answered here only where they are older
    than `texts_after`: that one has failed.
    A gateway that is only slow loses nothing: whoever stores the first answer wins, and the other one repeats it.
    """

    def __init__(
        self,
        store: Store,
        judge: Callable[[str, str], list[Reply]],
        contacts: Callable[[], Contacts | None],
        after: dt.timedelta,
        clock: Callable[[], dt.datetime] = now,
        texts_after: dt.timedelta | None = None,
    ) -> None:
        self._store, self._judge, self._contacts = store, judge, contacts
        self._after, self._clock = after, clock
        self._texts_after = after if texts_after is None else texts_after
        self._judged_in_vain: set[str] = set()

    def sweep(self) -> int:
        """Answers those that wait; returns how many. One that can't be judged keeps no other from its answer."""
        with self._store.read() as session:
            at = self._clock()
            most = _AT_ONCE + len(self._judged_in_vain)
            found = messages.unanswered(session, at - self._after, most, at - self._texts_after)
        answered = 0
        for message_id, channel, text in found:
            if message_id in self._judged_in_vain:
                continue
            try:
                replies = self._judge(channel, text)
            except Exception as error:  # whatever is wrong with one message, the next one may be an emergency
                self._judged_in_vain.add(message_id)
                logger.error("message %s can't be judged: %s", message_id, type(error).__name__)
                continue
            with self._store.write() as session:
                if handoffs.holder_of(session, session.get(Message, message_id).conversation_id) is not None:
                    replies = [reply for reply in replies if is_escalated(reply.urgency)]  # the rest is the staff's
                messages.answer(session, message_id, replies, "worker", self._contacts())
            answered += 1
        if answered:
            logger.warning("answered %d messages that the gateway had left unanswered", answered)
        return answered
