"""Who answers a conversation: every way from one state to another, and those that there are not."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot.care import escalations, handoffs, messages
from bot.care.database import Store
from bot.care.handoffs import Colleague, Refused
from bot.care.tables import Conversation, Handoff, HandoffEvent
from bot.replies import Reply, Urgency

NOON = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.timezone.utc)
LATER = NOON + dt.timedelta(minutes=10)
KIM, LEE = Colleague("1", "Kim"), Colleague("2", "Lee")


def said(store: Store, kind: str = "smalltalk", urgency: Urgency = "none", at: dt.datetime = NOON) -> str:
    """A message of Ann's that gets a reply of that kind; the conversation's id."""
    received = messages.receive(store, "web", "ann", "it is bad", None)
    with store.write() as session:
        reply = Reply.parse_obj({"text": "Well.", "kind": kind, "urgency": urgency})
        messages.answer(session, received.id, [reply], "rasa", at=at)
    return received.conversation_id


def red(store: Store, at: dt.datetime = NOON) -> str:
    return said(store, "escalation", "urgent", at)


def state(store: Store, conversation: str) -> str:
    with store.read() as session:
        found = handoffs.last_of(session, conversation)
        return "assistant" if found is None else str(found.state)


def told(store: Store, conversation: str) -> list[tuple[str, str]]:
    with store.read() as session:
        return [(event.what, event.who) for event in handoffs.events(session, conversation)]


def take(store: Store, conversation: str, who: Colleague = KIM, instead_of: str | None = None) -> bool:
    with store.write() as session:
        return handoffs.take(session, conversation, who, NOON, instead_of=instead_of)


def time_out(store: Store, conversation: str) -> bool:
    with store.write() as session:
        return handoffs.time_out(session, handoffs.last_of(session, conversation).id, LATER)


# --- Waiting


def test_an_ordinary_answer_leaves_the_conversation_to_the_assistant(store: Store) -> None:
    assert state(store, said(store)) == "assistant"


@pytest.mark.parametrize(
    ("kind", "urgency", "reason"),
    [("escalation", "urgent", "escalation"), ("crisis", "emergency", "escalation"), ("handoff", "none", "person")],
)
def test_a_warning_sign_and_the_wish_for_a_person_wait_for_the_staff(
    store: Store, kind: str, urgency: Urgency, reason: str
) -> None:
    conversation = said(store, kind, urgency)
    with store.read() as session:
        found = handoffs.open_of(session, conversation)
    assert found is not None
    assert (found.state, found.reason, found.began_at, found.waiting_since) == ("waiting", reason, NOON, NOON)
    assert told(store, conversation) == [("waiting", "Hipline")]


def test_nobody_has_a_conversation_that_waits(store: Store) -> None:
    conversation = said(store, "handoff")
    assert state(store, conversation) == "waiting"
    with store.read() as session:
        assert handoffs.holder_of(session, conversation) is None


def test_who_waits_already_waits_in_the_same_place(store: Store) -> None:
    for _ in range(2):
        conversation = said(store, "handoff")
    assert told(store, conversation) == [("waiting", "Hipline")]


def test_a_request_for_a_person_makes_no_alert_and_no_escalation(store: Store) -> None:
    conversation = said(store, "handoff")
    with store.read() as session:
        assert escalations.open_of(session, conversation) is None


def test_a_warning_sign_after_a_request_counts_from_itself(store: Store) -> None:
    said(store, "handoff")
    conversation = red(store, LATER)
    with store.read() as session:
        found = handoffs.open_of(session, conversation)
    assert found is not None
    assert (found.reason, found.began_at, found.waiting_since) == ("escalation", NOON, LATER)


def test_a_further_sign_does_not_give_the_clinic_more_time(store: Store) -> None:
    red(store)
    conversation = red(store, LATER)
    with store.read() as session:
        assert handoffs.last_of(session, conversation).waiting_since == NOON


def test_a_further_sign_after_an_acknowledgement_waits_anew(store: Store) -> None:
    conversation = red(store)
    time_out(store, conversation)
    with store.write() as session:
        escalations.acknowledge(session, escalations.open_of(session, conversation), "Nurse", NOON)
    red(store, LATER)
    with store.read() as session:
        found = handoffs.open_of(session, conversation)
    assert found is not None
    assert (found.state, found.waiting_since, found.timed_out_at) == ("waiting", LATER, None)
    assert [what for what, _ in told(store, conversation)] == ["waiting", "timed_out", "waiting"]


# --- Taking


@pytest.mark.parametrize("timed_out", [False, True])
def test_what_waits_can_be_taken_in_time_and_after_it(store: Store, timed_out: bool) -> None:
    conversation = red(store)
    if timed_out:
        assert time_out(store, conversation)
    assert take(store, conversation)
    with store.read() as session:
        assert handoffs.holder_of(session, conversation) == KIM
    assert told(store, conversation)[-1] == ("taken", "Kim")


def test_staff_may_join_a_conversation_that_nobody_queued(store: Store) -> None:
    conversation = said(store)
    assert take(store, conversation)
    assert told(store, conversation) == [("taken", "Kim")]


def test_who_has_it_does_not_take_it_again(store: Store) -> None:
    conversation = red(store)
    assert take(store, conversation)
    assert not take(store, conversation)
    assert [what for what, _ in told(store, conversation)] == ["waiting", "taken"]


def test_what_another_has_is_refused_with_the_name(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with pytest.raises(Refused, match=r"^Kim has this conversation\.$"):
        take(store, conversation, LEE)
    assert told(store, conversation)[-1] == ("taken", "Kim")


def test_it_is_taken_from_the_one_who_had_it_when_the_page_was_read(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    assert take(store, conversation, LEE, instead_of=KIM.id)
    with pytest.raises(Refused, match="Lee has this"):
        take(store, conversation, Colleague("3", "Max"), instead_of=KIM.id)
    with store.read() as session:
        assert handoffs.holder_of(session, conversation) == LEE


@pytest.mark.parametrize("queued", [True, False])
def test_of_those_who_take_at_the_same_moment_exactly_one_gets_it(store: Store, queued: bool) -> None:
    conversation = red(store) if queued else said(store)
    together = Barrier(8)

    def taking(number: int) -> str:
        # Each with a store of its own, as in processes of their own: no lock of Python's stands between them.
        mine = Store(store._engine)
        together.wait()
        try:
            with mine.write() as session:
                handoffs.take(session, conversation, Colleague(str(number), f"Staff {number}"), NOON)
        except Refused as refused:
            return str(refused)
        return ""

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(taking, range(8)))
    [winner] = [number for number, answer in enumerate(answers) if not answer]
    assert {answer for answer in answers if answer} == {f"Staff {winner} has this conversation."}
    with store.read() as session:
        holder = handoffs.holder_of(session, conversation)
    assert holder is not None
    assert holder.id == str(winner)
    assert [what for what, _ in told(store, conversation)].count("taken") == 1


def test_two_open_ones_of_a_conversation_are_refused_by_the_database_itself(store: Store) -> None:
    conversation = red(store)
    with pytest.raises(IntegrityError, match=r"(?i)unique"), store.write() as session:
        session.add(Handoff(conversation_id=conversation, state="waiting", reason="person"))


# --- Handing back and closing


def test_who_has_it_hands_it_back(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with store.write() as session:
        handoffs.hand_back(session, conversation, KIM, LATER)
    assert state(store, conversation) == "handed_back"
    with store.read() as session:
        assert handoffs.open_of(session, conversation) is None
    assert told(store, conversation)[-1] == ("handed_back", "Kim")


@pytest.mark.parametrize(
    ("taken", "why"),
    [(False, "Nobody has taken this conversation yet"), (True, "Kim has this conversation")],
)
def test_nobody_hands_back_what_they_do_not_have(store: Store, taken: bool, why: str) -> None:
    conversation = red(store)
    if taken:
        take(store, conversation)
    with pytest.raises(Refused, match=why), store.write() as session:
        handoffs.hand_back(session, conversation, LEE, LATER)
    assert state(store, conversation) == ("taken" if taken else "waiting")


def test_what_the_assistant_has_can_not_be_handed_back(store: Store) -> None:
    conversation = said(store)
    with pytest.raises(Refused, match="The assistant answers this conversation"), store.write() as session:
        handoffs.hand_back(session, conversation, KIM, NOON)


def test_what_was_handed_back_is_queued_anew_by_the_next_sign(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with store.write() as session:
        handoffs.hand_back(session, conversation, KIM, LATER)
    red(store, LATER + dt.timedelta(minutes=1))
    assert state(store, conversation) == "waiting"


@pytest.mark.parametrize("before", ["waiting", "timed_out", "taken"])
def test_it_is_closed_with_its_outcome_from_every_open_state(store: Store, before: str) -> None:
    conversation = red(store)
    if before == "timed_out":
        time_out(store, conversation)
    if before == "taken":
        take(store, conversation)
    with store.write() as session:
        was = handoffs.close(session, conversation, KIM, LATER, "called")
    assert was is not None
    assert was.state == before
    with store.read() as session:
        found = handoffs.last_of(session, conversation)
        assert found is not None
        assert (found.state, found.outcome, found.ended_at) == ("closed", "called", LATER)
    assert told(store, conversation)[-1] == ("closed", "Kim")


def test_another_s_conversation_is_not_closed(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with pytest.raises(Refused, match="Kim has"), store.write() as session:
        handoffs.close(session, conversation, LEE, LATER, "called")
    assert state(store, conversation) == "taken"


def test_closing_what_nobody_waits_for_changes_nothing(store: Store) -> None:
    conversation = said(store)
    with store.write() as session:
        assert handoffs.close(session, conversation, KIM, LATER, "called") is None
    assert told(store, conversation) == []


# --- By the link in an alert


def resolve(store: Store, conversation: str) -> None:
    with store.write() as session:
        escalations.resolve(session, escalations.open_of(session, conversation), "Nurse", LATER)


def test_what_was_resolved_by_its_alert_is_waited_for_no_more(store: Store) -> None:
    conversation = red(store)
    resolve(store, conversation)
    assert told(store, conversation) == [("waiting", "Hipline"), ("closed", "Nurse")]


def test_who_has_the_conversation_keeps_it_where_its_alert_was_resolved(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    resolve(store, conversation)
    assert state(store, conversation) == "taken"


# --- Time


def test_it_times_out_once_and_only_while_it_waits(store: Store) -> None:
    conversation = red(store)
    assert time_out(store, conversation)
    assert not time_out(store, conversation)
    take(store, conversation)
    assert not time_out(store, conversation)
    assert told(store, conversation) == [("waiting", "Hipline"), ("timed_out", "Hipline"), ("taken", "Kim")]


def test_all_of_it_goes_with_its_conversation(store: Store) -> None:
    take(store, red(store))
    with store.write() as session:
        session.delete(session.execute(select(Conversation)).scalar_one())
    with store.read() as session:
        for table in (Handoff, HandoffEvent):
            assert session.execute(select(func.count()).select_from(table)).scalar_one() == 0
