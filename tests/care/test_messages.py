from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import NoResultFound

from bot.care import messages
from bot.care.database import Store
from bot.care.messages import Context, MessageConflict, Received
from bot.care.tables import Conversation, Entry, Escalation, Message, now
from bot.replies import Button, Reply, Urgency
from bot.triage.judgement import Earlier

T = TypeVar("T")

HELLO = Reply(text="Hello.", kind="smalltalk")
ONSET = Reply(
    text="It may take days.",
    kind="answer",
    topic="onset",
    section="The Procedure: What to Expect",
    buttons=[
        Button(title="How long?", text="How long?", topic="duration_of_relief"),
        Button(title="Call me", text="Please call me"),
        Button(title="And then?", text="And then?", topic="post_procedure"),
    ],
)
CLARIFY = Reply(
    text="Which one?", kind="clarify", buttons=[Button(title="Risks", text="Risks", topic="risks_overview")]
)


def alarm(urgency: Urgency) -> Reply:
    return Reply(text="Call now.", kind="escalation", urgency=urgency)


def receive(
    store: Store, text: str = "hello", id_: str | None = None, name: str = "ann", channel: str = "web"
) -> Received:
    return messages.receive(store, channel, name, text, id_)


def answer(store: Store, received: Received, *replies: Reply, by: str = "rasa") -> Received:
    with store.write() as session:
        return messages.answer(session, received.id, replies, by)


def context(store: Store, received: Received) -> Context:
    with store.read() as session:
        return messages.context(session, received.conversation_id, received.position)


def count(store: Store, table: Any) -> int:
    with store.read() as session:
        return int(session.execute(select(func.count(table.id))).scalar_one())


def at_once(jobs: list[Callable[[], T]]) -> list[T]:
    """Runs the jobs in threads of their own that all start together."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


# --- Receiving


def test_a_message_is_committed_before_it_is_answered(store: Store) -> None:
    received = receive(store, "does it hurt", "m1")
    assert received.position == 1
    assert received.replies is None
    assert received.escalation is None
    with store.read() as session:
        row = session.get(Message, received.id)
        assert (row.text, row.external_id, row.answered_at, row.answered_by) == ("does it hurt", "m1", None, None)


def test_messages_are_numbered_within_their_conversation(store: Store) -> None:
    assert [receive(store).position for _ in range(3)] == [1, 2, 3]
    assert receive(store, name="bob").position == 1
    assert receive(store).position == 4


def test_a_message_id_seen_before_gets_the_message_stored_before(store: Store) -> None:
    first = receive(store, "hello", "m1")
    receive(store, "and then", "m2")
    assert receive(store, "hello", "m1") == first
    assert count(store, Message) == 2


def test_a_message_id_seen_before_gets_the_stored_replies(store: Store) -> None:
    first = receive(store, "hello", "m1")
    answered = answer(store, first, HELLO, ONSET, alarm("urgent"))
    again = receive(store, "hello", "m1")
    assert again == answered
    assert again.replies == (HELLO, ONSET, alarm("urgent"))
    assert again.escalation is not None


def test_a_message_id_used_again_for_another_text_is_a_conflict(store: Store) -> None:
    receive(store, "hello", "m1")
    with pytest.raises(MessageConflict, match="message_id was used before in this conversation, for another text"):
        receive(store, "my leg is cold", "m1")
    assert count(store, Message) == 1


def test_a_message_id_belongs_to_its_conversation_alone(store: Store) -> None:
    first = receive(store, "hello", "m1")
    assert receive(store, "other words", "m1", name="bob").id != first.id
    assert receive(store, "other words", "m1", channel="desk").id != first.id
    assert count(store, Conversation) == 3


def test_without_a_message_id_the_same_words_are_two_messages(store: Store) -> None:
    assert receive(store, "yes").id != receive(store, "yes").id
    assert count(store, Message) == 2


def test_two_threads_with_the_same_message_id_store_one_message(store: Store) -> None:
    received = at_once([lambda: receive(store, "hello", "m1")] * 2)
    assert received[0] == received[1]
    assert received[0].position == 1
    assert (count(store, Message), count(store, Conversation)) == (1, 1)


def test_eight_threads_leave_no_gap_in_the_positions_and_lose_no_message(store: Store) -> None:
    def write(thread: int) -> list[int]:
        return [receive(store, f"{thread}, {number}", f"{thread}-{number}").position for number in range(4)]

    positions = at_once([partial(write, thread) for thread in range(8)])
    assert sorted(position for some in positions for position in some) == list(range(1, 33))
    assert all(some == sorted(some) for some in positions)
    assert count(store, Conversation) == 1


# --- Answering


def test_replies_are_stored_in_their_order_and_as_they_are(store: Store) -> None:
    received = receive(store)
    assert answer(store, received, ONSET, HELLO, CLARIFY).replies == (ONSET, HELLO, CLARIFY)
    with store.read() as session:
        assert messages.find(session, received.id).replies == (ONSET, HELLO, CLARIFY)
        assert session.get(Message, received.id).answered_by == "rasa"


def test_a_second_answer_changes_nothing(store: Store) -> None:
    received = receive(store)
    first = answer(store, received, HELLO, by="gateway")
    assert answer(store, received, ONSET, alarm("emergency")) == first
    assert first.replies == (HELLO,)
    assert count(store, Escalation) == 0
    with store.read() as session:
        assert session.get(Message, received.id).answered_by == "gateway"


def test_two_threads_that_answer_at_once_store_one_answer(store: Store) -> None:
    received = receive(store)
    urgent, emergency = alarm("urgent"), alarm("emergency")
    answers = at_once([lambda: answer(store, received, urgent), lambda: answer(store, received, emergency)])
    assert answers[0] == answers[1]
    assert answers[0].replies in ((urgent,), (emergency,))
    assert count(store, Escalation) == 1


def test_an_answer_without_replies_is_an_answer(store: Store) -> None:
    received = receive(store)
    assert answer(store, received).replies == ()
    assert answer(store, received, HELLO).replies == ()


def test_there_is_no_answer_to_a_message_that_is_gone(store: Store) -> None:
    received = receive(store)
    with store.write() as session:
        session.execute(delete(Conversation))
    with pytest.raises(NoResultFound):
        answer(store, received, alarm("urgent"))
    assert count(store, Entry) == 0


# --- Escalating


@pytest.mark.parametrize("urgency", ["urgent", "emergency"])
def test_an_urgent_reply_is_escalated_once(store: Store, urgency: Urgency) -> None:
    received = receive(store, id_="m1")
    first = answer(store, received, alarm(urgency))
    assert first.escalation is not None
    assert answer(store, received, alarm(urgency)).escalation == first.escalation
    assert receive(store, id_="m1").escalation == first.escalation
    with store.read() as session:
        [row] = session.execute(select(Escalation)).scalars()
        assert (row.id, row.message_id, row.urgency) == (first.escalation, received.id, urgency)


@pytest.mark.parametrize("urgency", ["none", "routine"])
def test_what_is_not_urgent_is_not_escalated(store: Store, urgency: Urgency) -> None:
    assert answer(store, receive(store), alarm(urgency)).escalation is None
    assert count(store, Escalation) == 0


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_replies_the_most_urgent_counts(store: Store, order: int) -> None:
    replies = [alarm("urgent"), alarm("emergency"), alarm("routine"), HELLO][::order]
    assert answer(store, receive(store), *replies).escalation is not None
    with store.read() as session:
        assert session.execute(select(Escalation.urgency)).scalar_one() == "emergency"


def test_urgent_messages_of_one_conversation_share_its_open_escalation(store: Store) -> None:
    escalations = {answer(store, receive(store), alarm("urgent")).escalation for _ in range(2)}
    assert len(escalations - {None}) == 1
    assert answer(store, receive(store, name="bob"), alarm("urgent")).escalation not in escalations


def test_a_crisis_is_an_emergency_of_its_own_category(store: Store) -> None:
    answer(store, receive(store), Reply(text="Call now.", kind="crisis", urgency="emergency"))
    with store.read() as session:
        [row] = session.execute(select(Escalation)).scalars()
        assert (row.urgency, row.category, row.findings) == ("emergency", "self_harm", None)


def test_what_the_triage_found_is_kept_with_the_escalation(store: Store) -> None:
    received = receive(store)
    with store.write() as session:
        messages.answer(session, received.id, [alarm("urgent")], "rasa", category="infection", findings=[{"id": "pus"}])
    with store.read() as session:
        [row] = session.execute(select(Escalation)).scalars()
        assert (row.category, row.findings) == ("infection", [{"id": "pus"}])


# --- Messages that nobody answered


def test_messages_without_an_answer_are_found_by_their_age_the_oldest_first(store: Store) -> None:
    first, second = receive(store, "one"), receive(store, "two", name="+12025550123", channel="sms")
    answer(store, receive(store, "three"), HELLO)
    with store.read() as session:
        assert messages.unanswered(session, now(), 10) == [(first.id, "web", "one"), (second.id, "sms", "two")]
        assert messages.unanswered(session, now(), 1) == [(first.id, "web", "one")]
        assert messages.unanswered(session, now() - dt.timedelta(minutes=1), 10) == []


# --- What a conversation was about before


def test_a_conversation_starts_without_a_context(store: Store) -> None:
    assert context(store, receive(store)) == Context(topic=None, kind=None, offered=())


def test_the_context_is_the_last_reply_s_kind_topic_and_topics_offered(store: Store) -> None:
    answer(store, receive(store), HELLO, ONSET)
    assert context(store, receive(store)) == Context(
        topic="onset",
        kind="answer",
        offered=(("How long?", "duration_of_relief"), ("Call me", None), ("And then?", "post_procedure")),
        asked={"onset": 1},
    )


def test_a_topic_outlasts_replies_that_have_none(store: Store) -> None:
    answer(store, receive(store), ONSET)
    answer(store, receive(store), CLARIFY)
    answer(store, receive(store), HELLO)
    assert context(store, receive(store)) == Context(topic="onset", kind="smalltalk", offered=(), asked={"onset": 1})


def test_of_several_replies_to_a_message_the_last_one_leads(store: Store) -> None:
    answer(store, receive(store), ONSET, CLARIFY)
    before = context(store, receive(store))
    assert (before.topic, before.kind, before.offered) == ("onset", "clarify", (("Risks", "risks_overview"),))


def test_the_context_of_a_message_is_what_was_before_it(store: Store) -> None:
    first, second = receive(store), receive(store)
    answer(store, second, ONSET)
    answer(store, first, CLARIFY)
    assert context(store, first) == Context()
    assert context(store, second).kind == "clarify"
    assert context(store, receive(store)).kind == "answer"


def test_a_message_without_an_answer_leaves_the_context_as_it_was(store: Store) -> None:
    answer(store, receive(store), ONSET)
    receive(store, "never answered")
    assert context(store, receive(store)).topic == "onset"


def test_other_conversations_are_no_context(store: Store) -> None:
    answer(store, receive(store, name="bob"), ONSET)
    answer(store, receive(store, channel="sms"), ONSET)
    assert context(store, receive(store)) == Context()


def test_the_context_holds_the_latest_symptom_and_whether_the_last_reply_was_on_it(store: Store) -> None:
    answer(store, receive(store, "my leg is cold"), alarm("urgent"))
    answer(store, receive(store, "I want to die"), Reply(text="Call now.", kind="crisis", urgency="emergency"))
    assert context(store, receive(store)).symptom == Earlier("I want to die", "crisis", just_before=True)
    answer(store, receive(store), HELLO)
    assert context(store, receive(store)).symptom == Earlier("I want to die", "crisis", just_before=False)
    answer(store, receive(store, "and my face swells"), alarm("emergency"), HELLO)
    assert context(store, receive(store)).symptom == Earlier("and my face swells", "emergency", just_before=True)


# --- Reading a conversation


def test_a_transcript_has_all_messages_of_one_conversation_in_order(store: Store) -> None:
    first = receive(store, "hello")
    receive(store, "not mine", name="bob")
    second = receive(store, "when does it work")
    receive(store, "are you there")
    answer(store, second, ONSET, CLARIFY)
    answer(store, first, HELLO)
    with store.read() as session:
        found = [(message.text, replies) for message, replies in messages.transcript(session, "web", "ann")]
    assert found == [("hello", [HELLO]), ("when does it work", [ONSET, CLARIFY]), ("are you there", [])]


def test_a_conversation_that_never_was_has_an_empty_transcript(store: Store) -> None:
    with store.read() as session:
        assert messages.transcript(session, "web", "nobody") == []
