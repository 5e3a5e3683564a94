"""`hipline sms`: a phone in the terminal, a text by hand, and the search for texts that never arrived."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from bot.care import conversations, database, optouts, texts, timeline
from bot.care.tables import Conversation, Entry, Message, OutgoingText, new_id
from bot.replies import Reply
from bot.settings import Settings
from bot.sms.account import Account
from bot.sms.inbound import is_number
from bot.sms.reconcile import Reconciled
from bot.sms.reconcile import reconcile as reconciled
from bot.sms.transports import NotSent

Say = Callable[[str], None]
_LOOK = 0.2  # seconds between two looks for what came back
_ANSWERED = 30.0  # seconds that an answer is waited for
_REQUEST = (3.0, 15.0)  # seconds: to connect, to read


class SmsError(RuntimeError):
    """What was asked for can't be done. The message says why, and what to do."""


def send(settings: Settings, number: str, words: str, say: Say, patience: float = _ANSWERED) -> None:
    """Sends a text as the staff's, kept in its conversation; says what became of it. Raises `SmsError`."""
    _check(number)
    if not words.strip():
        raise SmsError("the text is empty")
    with database.opened(settings.database_url) as store:
        with store.write() as session:
            if optouts.is_out(session, number):
                raise SmsError(f"{number} wants no texts: only they can change that, by texting START")
            conversation_id = conversations.id_made(session, "sms", number)
            reply = Reply(text=words.strip(), kind="handoff")
            entry_id = timeline.say(session, conversation_id, reply, who="staff", name="command line").id
        end = time.monotonic() + patience
        state, problem = texts.QUEUED, None
        while state in (texts.QUEUED, texts.UNSURE) and time.monotonic() < end:
            time.sleep(_LOOK)
            with store.read() as session:
                query = select(OutgoingText.state, OutgoingText.problem).where(OutgoingText.entry_id == entry_id)
                state, problem = session.execute(query).one()
    if state in (texts.QUEUED, texts.UNSURE):
        say("It is kept, and goes out as soon as it can: does ./hipline up run?" + (f" ({problem})" if problem else ""))
    elif state == texts.FAILED:
        raise SmsError(f"it was not sent: {problem}")
    else:
        say(f"It was {state}." + (" No account is set, so nobody got it." if Account.of(settings).is_local else ""))


def reconcile(settings: Settings, since: dt.datetime, say: Say) -> Reconciled:
    """Stores the texts that Twilio has and Hipline has not; the worker answers them. Raises `SmsError`."""
    account = Account.of(settings)
    if account.is_local:
        raise SmsError("no Twilio account is set (docs/sms.md)")
    from bot.sms.twilio import Twilio

    try:
        with database.opened(settings.database_url) as store:
            found = reconciled(store, Twilio(account, settings.twilio_api), since)
    except NotSent as error:
        raise SmsError(str(error)) from None
    say(f"Twilio has {found.listed} texts since {since:%Y-%m-%d %H:%M} UTC; {found.stored} had not arrived.")
    return found


class Phone:
    """A telephone that texts a Hipline on this machine, as Twilio would take it there. Raises `SmsError`."""

    def __init__(self, settings: Settings, number: str, show: Say) -> None:
        _check(number)
        self._account = Account.of(settings)
        if not self._account.is_local:
            raise SmsError("a Twilio account is set: texts would go to real telephones")
        self._url, self._number, self._show = settings.gateway_url, number, show
        self._store = database.up_to_date(settings.database_url)
        with self._store.read() as session:
            self._shown = self._last(session)

    def text(self, words: str) -> None:
        """Sends a text."""
        sid = f"SM{new_id()}"
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": self._account.sid,
            "NumMedia": "0",
            "From": self._number,
            "To": "+10000000000",
            "Body": words,
        }
        signature = RequestValidator(self._account.token).compute_signature(f"{self._account.base}/sms/inbound", form)
        try:
            response = requests.post(
                f"{self._url}/sms/inbound",
                data=urlencode(form),
                headers={
                    "X-Twilio-Signature": signature,
                    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                },
                timeout=_REQUEST,
            )
        except requests.RequestException:
            raise SmsError(f"no Hipline answers at {self._url}: run ./hipline up first") from None
        if response.status_code != 200:
            raise SmsError(f"the text was refused with status {response.status_code}")

    def look(self) -> None:
        """Shows what came to the telephone since the last look."""
        with self._store.read() as session:
            query = (
                select(Entry.position, OutgoingText.body, OutgoingText.state)
                .join(Conversation, Conversation.id == Entry.conversation_id)
                .join(OutgoingText, OutgoingText.entry_id == Entry.id)
                .where(Conversation.channel == "sms", Conversation.name == self._number, Entry.position > self._shown)
                .where(OutgoingText.state.not_in((texts.QUEUED, texts.UNSURE)))
                .order_by(Entry.position)
            )
            for position, words, state in session.execute(query):
                self._shown = position
                kept = "" if state in (texts.SENT, texts.DELIVERED) else f"({state}, so not on the telephone) "
                self._show(kept + words)

    def rest(self, patience: float = _ANSWERED) -> None:
        """Waits until all that was sent is answered, and shows it."""
        end = time.monotonic() + patience
        while self._waits() and time.monotonic() < end:
            time.sleep(_LOOK)
        self.look()

    def close(self) -> None:
        """Puts it away."""
        self._store.close()

    def _waits(self) -> bool:
        with self._store.read() as session:
            own = (Conversation.channel == "sms", Conversation.name == self._number)
            unanswered = (
                select(Message.id)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(*own, Message.answered_at.is_(None))
            )
            unsent = (
                select(OutgoingText.id)
                .join(Conversation, Conversation.id == OutgoingText.conversation_id)
                .where(*own, OutgoingText.state.in_((texts.QUEUED, texts.UNSURE)))
            )
            return any(session.execute(query.limit(1)).first() for query in (unanswered, unsent))

    def _last(self, session: Session) -> int:
        found = conversations.id_of(session, "sms", self._number)
        return 0 if found is None else timeline.last(session, found)


def simulate(settings: Settings, number: str, lines: Iterable[str], show: Say) -> None:
    """Sends each line as a text from `number`, and shows what comes, whenever it does. Raises `SmsError`."""
    phone = Phone(settings, number, show)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_LOOK):
            phone.look()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        for line in lines:
            phone.text(line.rstrip("\n"))
        stop.set()
        watching.join()
        phone.rest()
    finally:
        stop.set()
        watching.join()
        phone.close()


def _check(number: str) -> None:
    if not is_number(number):
        raise SmsError(f"{number} is no number in E.164, such as +12025550123")
