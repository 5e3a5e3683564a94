from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.care import messages, timeline
from bot.care.database import Store
from bot.care.tables import OutgoingText, now
from bot.replies import Reply

HELLO = Reply(text="Hello.", kind="smalltalk")


def said(store: Store, conversation: str, position: int = 0) -> list[tuple[int, str, str]]:
    with store.read() as session:
        return [(one.position, one.who, one.text) for one in timeline.since(session, conversation, position)]


def test_messages_and_replies_stand_in_one_order(store: Store) -> None:
    first = messages.receive(store, "web", "ann", "hi", None)
    second = messages.receive(store, "web", "ann", "anyone?", None)
    with store.write() as session:
        messages.answer(session, first.id, [HELLO, HELLO], "rasa")
        timeline.say(session, first.conversation_id, Reply(text="I am here.", kind="handoff"), who="staff", name="Kim")
        messages.answer(session, second.id, [HELLO], "rasa")
    whole = [
        (1, "patient", "hi"),
        (2, "patient", "anyone?"),
        (3, "assistant", "Hello."),
        (4, "assistant", "Hello."),
        (5, "staff", "I am here."),
        (6, "assistant", "Hello."),
    ]
    assert said(store, first.conversation_id) == whole
    assert said(store, first.conversation_id, 4) == whole[4:]


def test_a_reply_goes_out_as_a_text_where_its_message_came_as_one(store: Store) -> None:
    by_text = messages.receive(store, "sms", "+12025550123", "hi", None, "sms")
    by_program = messages.receive(store, "sms", "+12025550123", "hi again", None)
    on_the_page = messages.receive(store, "web", "ann", "hi", None, "page")
    with store.write() as session:
        for received in (by_text, by_program, on_the_page):
            messages.answer(session, received.id, [HELLO], "rasa")
    with store.read() as session:
        [text] = session.execute(select(OutgoingText)).scalars()
    assert (text.number, text.body, text.urgent, text.state) == ("+12025550123", "Hello.", False, "queued")


def test_what_answers_nothing_goes_out_as_a_text_wherever_somebody_reads_texts(store: Store) -> None:
    received = messages.receive(store, "sms", "+12025550123", "hi", None)
    reply = Reply(text="Call us now.", kind="escalation", urgency="urgent")
    with store.write() as session:
        timeline.say(session, received.conversation_id, reply, who="staff", name="Kim")
    with store.read() as session:
        [text] = session.execute(select(OutgoingText)).scalars()
    assert (text.body, text.urgent) == ("Call us now.", True)


def test_conversations_with_news_are_found_by_time(store: Store) -> None:
    received = messages.receive(store, "web", "ann", "hi", None)
    with store.read() as session:
        assert timeline.touched(session, now() - dt.timedelta(minutes=1)) == {received.conversation_id: 1}
        assert timeline.touched(session, now() + dt.timedelta(minutes=1)) == {}
        assert timeline.last(session, received.conversation_id) == 1
        assert timeline.last(session, "nobody's") == 0
