from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from bot.care import callers, escalations, forgetting, messages, timeline, visitors
from bot.care.database import Store
from bot.care.messages import Received
from bot.care.tables import Base, Conversation, Escalation, now
from bot.replies import Reply

HELLO = Reply(text="Hello.", kind="smalltalk")
CALL = Reply(text="Call now.", kind="escalation", urgency="emergency")


def told(store: Store, text: str, reply: Reply | None = HELLO) -> Received:
    received = messages.receive(store, "web", "ann", text, None, "page")
    if reply is not None:
        with store.write() as session:
            messages.answer(session, received.id, [reply], "rasa")
    return received


def forget(store: Store, name: str = "ann") -> str:
    with store.write() as session:
        return forgetting.forget(session, "web", name)


def complete(store: Store) -> int:
    with store.write() as session:
        return forgetting.complete(session)


def resolve(store: Store) -> None:
    with store.write() as session:
        [escalation] = session.execute(select(Escalation)).scalars()
        escalations.resolve(session, escalation, "Kim", now())


def leave_number(store: Store, conversation_id: str) -> None:
    with store.write() as session:
        callers.leave(session, conversation_id, "+12025550123", "Ann")


def words(store: Store, conversation_id: str) -> list[str]:
    with store.read() as session:
        return [one.text for one in timeline.since(session, conversation_id)]


def rows(store: Store) -> int:
    with store.read() as session:
        return sum(
            session.execute(select(func.count()).select_from(t)).scalar_one() for t in Base.metadata.sorted_tables
        )


def test_a_conversation_that_nobody_needs_goes_with_all_that_belongs_to_it(store: Store) -> None:
    visitors.agree(store, "ann", "the words")
    received = told(store, "does it hurt?")
    with store.write() as session:
        assert visitors.rate(session, received.conversation_id, 2, True)
    assert forget(store) == "nothing"
    assert rows(store) == 0


def test_the_number_that_a_patient_left_goes_with_the_conversation(store: Store) -> None:
    received = told(store, "does it hurt?")
    leave_number(store, received.conversation_id)
    assert forget(store) == "nothing"
    assert rows(store) == 0


def test_the_number_stays_with_an_open_escalation_until_it_is_resolved(store: Store) -> None:
    red = told(store, "I can't breathe", CALL)
    leave_number(store, red.conversation_id)
    assert forget(store) == "escalation"
    with store.read() as session:
        kept = callers.of_conversation(session, red.conversation_id)
        assert kept is not None
        assert kept.number == "+12025550123"
    resolve(store)
    assert complete(store) == 1
    assert rows(store) == 0


def test_whoever_has_said_nothing_has_nothing_to_be_forgotten(store: Store) -> None:
    assert forget(store) == "nothing"
    assert rows(store) == 0


def test_another_s_conversation_stays(store: Store) -> None:
    told(store, "does it hurt?")
    assert forget(store, "bob") == "nothing"
    assert rows(store) > 0


def test_an_open_escalation_is_kept_from_its_first_message_on_and_nothing_before_it(store: Store) -> None:
    visitors.agree(store, "ann", "the words")
    told(store, "does it hurt?")
    red = told(store, "I can't breathe", CALL)
    told(store, "what now?")
    with store.write() as session:
        timeline.say(session, red.conversation_id, HELLO, who="staff", name="Kim")
    assert forget(store) == "escalation"
    assert words(store, red.conversation_id) == ["I can't breathe", "Call now.", "what now?", "Hello.", "Hello."]


def test_what_was_said_before_a_warning_sign_without_a_message_goes_too(store: Store) -> None:
    first = told(store, "does it hurt?")
    with store.write() as session:
        timeline.say(session, first.conversation_id, Reply(text="A notice.", kind="handoff"), who="system")
    told(store, "I can't breathe", CALL)
    forget(store)
    assert words(store, first.conversation_id) == ["I can't breathe", "Call now."]


def test_what_is_kept_opens_to_nobody_under_the_old_name(store: Store) -> None:
    red = told(store, "I can't breathe", CALL)
    forget(store)
    with store.read() as session:
        assert visitors.conversation_id(session, "ann") is None
    again = told(store, "hello again")
    assert again.conversation_id != red.conversation_id
    assert words(store, again.conversation_id) == ["hello again", "Hello."]


def test_a_kept_escalation_is_deleted_once_it_is_resolved_and_not_before(store: Store) -> None:
    told(store, "I can't breathe", CALL)
    forget(store)
    assert complete(store) == 0
    resolve(store)
    assert complete(store) == 1
    assert rows(store) == 0


def test_an_escalation_that_is_resolved_is_nobody_s_work_any_more(store: Store) -> None:
    told(store, "I can't breathe", CALL)
    resolve(store)
    assert forget(store) == "nothing"
    assert rows(store) == 0


def test_a_message_that_has_no_answer_yet_is_kept_until_it_has_one(store: Store) -> None:
    told(store, "does it hurt?")
    waiting = told(store, "hm", None)
    assert forget(store) == "unanswered"
    assert words(store, waiting.conversation_id) == ["hm"]
    assert complete(store) == 0
    with store.write() as session:
        messages.answer(session, waiting.id, [HELLO], "worker")
    assert complete(store) == 1
    assert rows(store) == 0


def test_a_warning_sign_found_in_it_after_all_is_somebody_s_work_first(store: Store) -> None:
    waiting = told(store, "I can't breathe", None)
    forget(store)
    with store.write() as session:
        messages.answer(session, waiting.id, [CALL], "worker")
    assert complete(store) == 0
    resolve(store)
    assert complete(store) == 1


def test_one_that_was_not_asked_to_be_forgotten_is_never_deleted(store: Store) -> None:
    told(store, "does it hurt?")
    assert complete(store) == 0
    assert rows(store) > 0


def test_positions_go_on_where_they_were(store: Store) -> None:
    told(store, "does it hurt?")
    red = told(store, "I can't breathe", CALL)
    forget(store)
    with store.write() as session:
        entry = timeline.say(session, red.conversation_id, HELLO, who="staff", name="Kim", at=now() + dt.timedelta(1))
        assert entry.position == 5
        assert session.get(Conversation, red.conversation_id).name.startswith("forgotten-")
