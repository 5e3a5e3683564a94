"""What staff do: state, escalation and what the patient hears change together, or not at all."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.care import desk, escalations, handoffs, messages, outcomes, timeline
from bot.care.database import Store
from bot.care.handoffs import Colleague, Refused
from bot.care.tables import Alert, OutgoingText
from bot.replies import Reply
from tests.care.test_escalations import CONTACTS

NOON = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.timezone.utc)
KIM, LEE = Colleague("1", "Kim"), Colleague("2", "Lee")
HERE = Reply(text="Kim is here.", kind="handoff")
GONE = Reply(text="Kim has left.", kind="handoff")


def red(store: Store, channel: str = "web", name: str = "ann", at: dt.datetime = NOON) -> str:
    """A warning sign; the conversation's id."""
    received = messages.receive(store, channel, name, "it is bad", None)
    with store.write() as session:
        reply = Reply(text="Call.", kind="escalation", urgency="urgent")
        messages.answer(session, received.id, [reply], "rasa", CONTACTS, at=at)
    return received.conversation_id


def take(store: Store, conversation: str, who: Colleague = KIM) -> bool:
    with store.write() as session:
        return desk.take(session, conversation, who, HERE, NOON)


def heard(store: Store, conversation: str) -> list[tuple[str, str | None, str]]:
    """What was said after the first message and its answer."""
    with store.read() as session:
        return [(one.who, one.name, one.text) for one in timeline.since(session, conversation, 2)]


def sign(store: Store, conversation: str) -> str | None:
    """The state of the conversation's open escalation."""
    with store.read() as session:
        found = escalations.open_of(session, conversation)
        return None if found is None else str(found.state)


def test_taking_acknowledges_the_warning_sign_and_tells_the_patient_once(store: Store) -> None:
    conversation = red(store)
    assert take(store, conversation)
    assert not take(store, conversation)
    assert heard(store, conversation) == [("system", None, "Kim is here.")]
    with store.read() as session:
        found = escalations.open_of(session, conversation)
        assert found is not None
        assert (found.state, found.acknowledged_by) == ("acknowledged", "Kim")
        assert session.query(Alert).filter(Alert.closed_at.is_(None)).count() == 0


def test_who_is_too_late_tells_the_patient_nothing(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with pytest.raises(Refused, match="Kim has"):
        take(store, conversation, LEE)
    assert heard(store, conversation) == [("system", None, "Kim is here.")]


def test_a_reply_is_said_in_the_holder_s_name_and_goes_out_as_a_text(store: Store) -> None:
    conversation = red(store, "sms", "+12025550123")
    take(store, conversation)
    with store.write() as session:
        desk.reply(session, conversation, KIM, "  Please come in\x00 today. ", NOON)
    assert heard(store, conversation)[-1] == ("staff", "Kim", "Please come in today.")
    with store.read() as session:
        assert [text.body for text in session.query(OutgoingText).order_by(OutgoingText.created_at)][-2:] == [
            "Kim is here.",
            "Please come in today.",
        ]


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2001])
def test_an_empty_or_endless_reply_is_refused(store: Store, text: str) -> None:
    conversation = red(store)
    take(store, conversation)
    with pytest.raises(Refused, match=r"The message (is empty|has 2,001 characters)"), store.write() as session:
        desk.reply(session, conversation, KIM, text, NOON)
    assert len(heard(store, conversation)) == 1


def test_nobody_replies_in_another_s_conversation_or_in_the_assistant_s(store: Store) -> None:
    conversation = red(store)
    for who, why in ((LEE, "Nobody has taken"), (LEE, "Kim has")):
        with pytest.raises(Refused, match=why), store.write() as session:
            desk.reply(session, conversation, who, "Hello.", NOON)
        take(store, conversation)
    assert [who for who, _, _ in heard(store, conversation)] == ["system"]


def test_an_answer_acknowledges_a_sign_that_came_after_the_taking(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    red(store)
    assert sign(store, conversation) == "raised"
    with store.write() as session:
        desk.reply(session, conversation, KIM, "Call 911.", NOON)
    assert sign(store, conversation) == "acknowledged"


def test_it_is_not_handed_back_while_a_sign_waits_that_nobody_has_seen(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    red(store)
    with pytest.raises(Refused, match="A new warning sign has come"), store.write() as session:
        desk.hand_back(session, conversation, KIM, GONE, NOON)
    with store.write() as session:
        assert desk.acknowledge(session, conversation, KIM, NOON)
        assert not desk.acknowledge(session, conversation, KIM, NOON)
        desk.hand_back(session, conversation, KIM, GONE, NOON)
    assert heard(store, conversation)[-1] == ("system", None, "Kim has left.")
    assert sign(store, conversation) == "acknowledged"


def test_resolving_ends_all_of_it_with_its_outcome_and_a_note(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    for _ in range(2):
        with store.write() as session:
            desk.resolve(session, conversation, KIM, "called", "Comes at three.", GONE, NOON)
    assert sign(store, conversation) is None
    assert heard(store, conversation)[1:] == [("system", None, "Kim has left.")]
    with store.read() as session:
        found = handoffs.last_of(session, conversation)
        assert found is not None
        assert (found.state, found.outcome) == ("closed", "called")
        assert [(note.who, note.text) for note in desk.notes(session, conversation)] == [("Kim", "Comes at three.")]


def test_a_patient_whom_nobody_joined_is_not_told_that_somebody_left(store: Store) -> None:
    conversation = red(store)
    with store.write() as session:
        desk.resolve(session, conversation, KIM, "called", "", GONE, NOON)
    assert heard(store, conversation) == []
    assert sign(store, conversation) is None


def test_an_acknowledged_sign_of_the_assistant_s_conversation_can_be_resolved(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with store.write() as session:
        desk.hand_back(session, conversation, KIM, GONE, NOON)
        desk.resolve(session, conversation, LEE, "advised", "", GONE, NOON + dt.timedelta(minutes=1))
    assert sign(store, conversation) is None
    with store.read() as session:
        found = handoffs.last_of(session, conversation)
        assert found is not None
        assert (found.state, found.outcome) == ("closed", "advised")
        assert [(event.what, event.who) for event in handoffs.events(session, conversation)][-2:] == [
            ("handed_back", "Kim"),
            ("closed", "Lee"),
        ]


def test_an_unknown_outcome_is_refused_and_nothing_changes(store: Store) -> None:
    conversation = red(store)
    with pytest.raises(Refused, match="Choose how it ended"), store.write() as session:
        desk.resolve(session, conversation, KIM, "cured", "", GONE, NOON)
    assert sign(store, conversation) == "raised"


def test_another_s_conversation_is_not_resolved_nor_its_sign(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with pytest.raises(Refused, match="Kim has"), store.write() as session:
        desk.resolve(session, conversation, LEE, "called", "", GONE, NOON)
    assert sign(store, conversation) == "acknowledged"


def test_a_note_is_for_the_staff_alone_and_anybody_of_them_may_write_it(store: Store) -> None:
    conversation = red(store)
    take(store, conversation)
    with store.write() as session:
        desk.note(session, conversation, LEE, "Her sister rang.", NOON)
    assert heard(store, conversation) == [("system", None, "Kim is here.")]


def test_a_form_is_done_once(store: Store) -> None:
    conversation = red(store)
    with store.write() as session:
        assert [desk.is_new(session, conversation, form, NOON) for form in ("a", "b", "a")] == [True, True, False]


def test_every_outcome_has_words() -> None:
    assert outcomes.in_words()["called"] == "Reached by telephone"
