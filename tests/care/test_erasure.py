from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import audit, callers, contacts, conversations, erasure, escalations, messages, optouts, timeline
from bot.care.database import Store
from bot.care.erasure import NotYet, Target
from bot.care.tables import Base, Consent, Conversation, Entry, Escalation, Message, Patient, now
from bot.replies import Reply, Urgency

ANN, BOB = "+12025550123", "+12025550199"
CONTACTS = contacts.Contacts.parse_obj({"contacts": [{"name": "on call", "apprise": ["json://127.0.0.1"]}]})


def said(
    store: Store, text: str, name: str, channel: str = "sms", urgency: Urgency = "none", *, answered: bool = True
) -> str:
    """A message with a reply that repeats its words; returns the conversation."""
    received = messages.receive(store, channel, name, text, None, "sms" if channel == "sms" else "api")
    if answered:
        reply = Reply(text=f"You said: {text}", kind="answer" if urgency == "none" else "escalation", urgency=urgency)
        with store.write() as session:
            messages.answer(session, received.id, [reply], "rasa", CONTACTS, category="fever", findings={"words": text})
    return received.conversation_id


def resolve_all(store: Store) -> None:
    with store.write() as session:
        for one in escalations.listed(session, escalations.STATES, 99):
            escalations.resolve(session, one, "Kim", now())


def everything(store: Store) -> Iterator[tuple[str, str]]:
    """Each value of each row of each table, as text, with the place where it stands."""
    with store.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                for column, value in row.items():
                    yield f"{table.name}.{column}", json.dumps(value, default=str, ensure_ascii=False)


def places(store: Store, *words: str) -> set[str]:
    return {place for place, value in everything(store) if any(word in value for word in words)}


def erased(store: Store, target: Target) -> erasure.Plan:
    with store.write() as session:
        return erasure.erase(session, target, "Ada Admin")


def of_number(store: Store, number: str) -> Target:
    with store.read() as session:
        return erasure.of_number(session, number)


def a_person(store: Store) -> list[str]:
    """Somebody who wrote by SMS, and rang the desk; and somebody else."""
    mine = [said(store, "fever since the zebra shot", ANN, urgency="urgent")]
    with store.write() as session:
        timeline.say(session, mine[0], Reply(text="Dear zebra, we ring you.", kind="handoff"), who="staff", name="Kim")
    mine.append(said(store, "the zebra rang", "caller-1", "desk"))
    with store.write() as session:
        callers.keep(session, mine[1], ANN, "Kim", "Ann Zebra")
    said(store, "a lion", BOB, urgency="urgent")
    resolve_all(store)
    return mine


def test_nothing_of_a_person_is_left_in_any_table(store: Store) -> None:
    conversations = a_person(store)
    before = places(store, "zebra", "Zebra", ANN, *conversations)
    tables = {place.partition(".")[0] for place in before}
    assert tables >= {"conversations", "messages", "entries", "texts", "caller_numbers", "escalations"}
    lion = places(store, "lion", BOB)
    erased(store, of_number(store, ANN))
    assert places(store, "zebra", "Zebra", ANN, *conversations) == set()
    assert places(store, "lion", BOB) == lion


def test_a_visitor_of_the_website_is_found_by_the_number_that_they_left(store: Store) -> None:
    ann, bob = said(store, "a zebra asks", "visitor-1", "web"), said(store, "a lion", "visitor-2", "web")
    with store.write() as session:
        callers.leave(session, ann, ANN, "Ann Zebra")
        callers.leave(session, bob, BOB)
    lion = places(store, "lion", BOB)
    assert of_number(store, ANN).conversations == (ann,)
    erased(store, of_number(store, ANN))
    assert places(store, "zebra", "Zebra", ANN, ann) == set()
    assert places(store, "lion", BOB) == lion


@pytest.mark.sqlite
def test_nothing_of_a_person_is_left_in_the_database_s_files(store: Store, engine: Engine) -> None:
    a_person(store)
    file = Path(str(engine.url.database))
    files = [file, file.with_name(f"{file.name}-wal")]
    assert any(b"zebra" in one.read_bytes() for one in files)
    erased(store, of_number(store, ANN))
    store.wipe()
    assert not any(b"zebra" in one.read_bytes() or ANN.encode() in one.read_bytes() for one in files)
    assert any(b"a lion" in one.read_bytes() for one in files)


def test_what_will_be_deleted_is_told_first_and_changes_nothing(store: Store) -> None:
    a_person(store)
    before = sorted(everything(store))
    with store.read() as session:
        plan = erasure.plan(session, erasure.of_number(session, ANN))
    assert plan.counts == {
        "things that were said": 5,
        "conversations": 2,
        "messages": 2,
        "text messages": 2,
        "steps of escalations": 2,
        "callers' numbers": 1,
        "escalations": 1,
        "handoffs": 1,
        "steps of handoffs": 2,
        "alerts": 1,
    }
    assert sorted(everything(store)) == before
    assert erased(store, of_number(store, ANN)) == plan


def test_one_conversation_goes_alone(store: Store) -> None:
    by_text, by_telephone = a_person(store)
    erased(store, erasure.of_conversation(by_telephone))
    with store.read() as session:
        assert session.get(Conversation, by_telephone) is None
        assert session.get(Conversation, by_text) is not None
    assert "caller_numbers.number" not in places(store, ANN)


def test_an_open_escalation_must_be_resolved_first_and_nothing_goes_before(store: Store) -> None:
    conversation = said(store, "fever", ANN, urgency="urgent")
    before = sorted(everything(store))
    with pytest.raises(NotYet, match="A warning sign is open here: somebody must resolve it first"):
        erased(store, of_number(store, ANN))
    assert sorted(everything(store)) == before
    with store.read() as session:
        assert erasure.plan(session, erasure.of_conversation(conversation)).open_escalations == (conversation,)
    resolve_all(store)
    erased(store, of_number(store, ANN))
    assert places(store, ANN) == set()


def test_a_message_that_waits_for_its_answer_may_be_a_warning_sign(store: Store) -> None:
    conversation = said(store, "fever?", ANN, answered=False)
    with pytest.raises(NotYet, match="has no answer yet"):
        erased(store, erasure.of_conversation(conversation))
    with store.write() as session:  # one that never got an answer does not keep the data for ever
        session.query(Message).update({"received_at": now() - dt.timedelta(hours=1)})
    erased(store, erasure.of_conversation(conversation))
    assert places(store, conversation) == set()


def test_the_audit_log_says_who_deleted_what_and_no_words_and_numbers(store: Store) -> None:
    a_person(store)
    erased(store, of_number(store, ANN))
    with store.read() as session:
        [row] = audit.listed(session, what="deleted data")
    assert (row.who, row.conversation_id) == ("Ada Admin", None)
    assert "2 messages" in row.about
    assert "2025550123" not in row.about
    assert "zebra" not in row.about


def test_a_number_that_wants_no_texts_stays_on_that_list_without_its_words(store: Store) -> None:
    conversation = said(store, "no more zebra texts", ANN)
    with store.write() as session:
        message = session.query(Message).one()
        optouts.record(session, ANN, out=True, wording="no more zebra texts", message_id=message.id)
        optouts.record(session, BOB, out=True, wording="stop")
    with store.read() as session:
        assert erasure.plan(session, erasure.of_number(session, ANN)).kept == {"opt outs": 1}
    erased(store, erasure.of_conversation(conversation))
    assert places(store, "zebra", conversation) == set()
    assert places(store, ANN) == {"opt_outs.number"}
    with store.read() as session:
        assert optouts.is_out(session, ANN)
        assert [row.wording for row in optouts.of_number(session, BOB)] == ["stop"]


def test_a_follow_up_goes_with_its_number_and_is_not_past_its_date_while_it_goes_on(store: Store) -> None:
    with store.write() as session:
        conversation = conversations.id_made(session, "sms", ANN)
        session.query(Conversation).update({"created_at": now() - dt.timedelta(days=99)})
        session.add(Patient(id="p1", conversation_id=conversation, number=ANN, injected_on=dt.date(2026, 11, 1),
                            hip="left", language="en", zone="UTC", programme="hip"))  # fmt: skip
        session.flush()
        session.add(Consent(patient_id="p1", wording="I agree, said the zebra", given_at=now()))
    with store.read() as session:
        assert erasure.expired(session, now(), 9).conversations == ()
    with store.write() as session:
        session.query(Patient).update({"state": "done"})
    with store.read() as session:
        assert erasure.expired(session, now(), 9).conversations == (conversation,)
    assert erased(store, of_number(store, ANN)).counts == {"conversations": 1, "patients": 1, "consents": 1}
    assert places(store, ANN, "zebra") == set()


def test_to_delete_what_is_not_there_changes_nothing(store: Store) -> None:
    a_person(store)
    before = [one for one in everything(store) if not one[0].startswith("audit.")]
    with store.read() as session:
        assert erasure.plan(session, erasure.of_number(session, "+12025550000")).is_empty
    assert erased(store, of_number(store, "+12025550000")).is_empty
    assert erased(store, erasure.of_conversation("nobody's")).is_empty
    assert [one for one in everything(store) if not one[0].startswith("audit.")] == before


def test_conversations_without_a_word_for_long_are_found_the_oldest_first(store: Store) -> None:
    made = {name: said(store, "hello", name, "web") for name in ("old", "older", "spoke again", "new")}
    made["open"] = said(store, "fever", "open", "web", "urgent")
    long_ago = now() - dt.timedelta(days=40)
    with store.write() as session:
        for age, name in ((1, "old"), (2, "older"), (1, "spoke again"), (1, "open")):
            at = long_ago - dt.timedelta(days=age)
            session.query(Conversation).filter_by(id=made[name]).update({"created_at": at})
            session.query(Entry).filter_by(conversation_id=made[name]).update({"at": at})
        timeline.say(session, made["spoke again"], Reply(text="And?", kind="handoff"), who="staff", name="Kim")
    with store.read() as session:
        assert erasure.expired(session, long_ago, 9).conversations == (made["older"], made["old"])
        assert erasure.expired(session, long_ago, 1).conversations == (made["older"],)
        assert session.query(Escalation).count() == 1
