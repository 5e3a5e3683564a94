from __future__ import annotations

import datetime as dt
import threading

from sqlalchemy import select

from bot.care import messages, timeline, visitors
from bot.care.database import Store
from bot.care.tables import WebConsent
from bot.replies import Reply

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone.utc)
HELLO = Reply(text="Hello.", kind="smalltalk")


def consents(store: Store) -> list[tuple[str, dt.datetime]]:
    with store.read() as session:
        return [(one.wording, one.at) for one in session.execute(select(WebConsent).order_by(WebConsent.at)).scalars()]


def test_what_somebody_agreed_to_is_kept_word_for_word_with_the_time(store: Store) -> None:
    conversation = visitors.agree(store, "ann", "These words.", NOON)
    assert consents(store) == [("These words.", NOON)]
    with store.read() as session:
        assert visitors.conversation_id(session, "ann") == conversation
        assert visitors.has_agreed(session, conversation)
        assert visitors.has_agreed(session, conversation, "These words.")
        assert not visitors.has_agreed(session, conversation, "Other words.")


def test_the_same_words_are_agreed_to_once_and_others_anew(store: Store) -> None:
    for wording in ("one", "one", "two"):
        visitors.agree(store, "ann", wording)
    assert [wording for wording, _ in consents(store)] == ["one", "two"]


def test_nobody_has_agreed_before_they_do(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hi", None)
    with store.read() as session:
        assert not visitors.has_agreed(session, received.conversation_id)
        assert not visitors.has_agreed(session, None)


def test_two_who_agree_at_once_under_one_name_have_one_conversation(store: Store) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(visitors.agree(store, "ann", "one"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(consents(store)) == 1


def test_the_last_word_on_an_answer_counts(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hi", None)
    with store.write() as session:
        messages.answer(session, received.id, [HELLO], "rasa")
        assert visitors.rate(session, received.conversation_id, 2, True)
        assert visitors.rate(session, received.conversation_id, 2, False)
    with store.read() as session:
        assert visitors.ratings(session, received.conversation_id) == {2: False}


def test_only_what_the_assistant_said_can_be_helpful(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hi", None)
    with store.write() as session:
        timeline.say(session, received.conversation_id, HELLO, who="staff", name="Kim")
        assert [visitors.rate(session, received.conversation_id, position, True) for position in (1, 2, 3)] == [
            False
        ] * 3
        assert not visitors.rate(session, "nobody's", 1, True)
