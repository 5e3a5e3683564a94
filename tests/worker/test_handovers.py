"""Who waits for the staff in vain is told so, once; who is left alone by their holder is alerted of anew."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot import knowledge
from bot.care import desk, escalations, handoffs, messages, targets, timeline
from bot.care.database import Store
from bot.care.handoffs import Colleague
from bot.care.tables import Entry
from bot.replies import Reply
from bot.settings import Settings
from bot.speech import Speech
from bot.worker.handovers import Handovers
from tests.worker.conftest import NURSE, Clock, House

CLINIC = Settings(clinic_name="Lakeside", clinic_phone="(202) 555-0142")
KIM = Colleague("1", "Kim")
NOTICE = Reply(text="Kim is here.", kind="handoff")


@pytest.fixture
def handovers(store: Store, clock: Clock) -> Handovers:
    return Handovers(store, Speech(knowledge.load(), CLINIC), targets.of(CLINIC), clock)


def conversation(house: House, escalation: str) -> str:
    return str(house.escalation(escalation).conversation_id)


def notices(store: Store, conversation_id: str) -> list[str]:
    with store.read() as session:
        return [one.text for one in timeline.since(session, conversation_id) if one.who == "system"]


def take(house: House, conversation_id: str) -> None:
    with house.store.write() as session:
        desk.take(session, conversation_id, KIM, NOTICE, house.clock())


def write(house: House, text: str = "are you there?") -> None:
    """A message of Ann's that no machine answers."""
    received = messages.receive(house.store, "web", "ann", text, None)
    with house.store.write() as session:
        session.query(Entry).filter_by(message_id=received.id).one().at = house.clock()
        messages.answer(session, received.id, [], "staff", at=house.clock())


@pytest.mark.parametrize(
    ("urgency", "kind", "minutes", "said"),
    [
        ("emergency", "escalation", 5, "Call 911 now if you have not done so."),
        ("emergency", "crisis", 5, "988"),
        ("urgent", "escalation", 30, "Please call (202) 555-0142 now"),
    ],
)
def test_who_waits_longer_than_the_target_is_told_once_whom_to_ring(
    house: House, handovers: Handovers, clock: Clock, urgency: str, kind: str, minutes: int, said: str
) -> None:
    ann = conversation(house, house.red(urgency, kind=kind))  # type: ignore[arg-type]
    clock.go(minutes=minutes, seconds=-1)
    assert handovers.sweep() == 0
    clock.go(seconds=1)
    assert handovers.sweep() == 1
    assert handovers.sweep() == 0
    [text] = notices(house.store, ann)
    assert said in text
    assert "911" in text


def test_who_asked_for_a_person_is_told_after_that_much_of_the_opening_hours(store: Store, clock: Clock) -> None:
    clock.at = dt.datetime(2026, 7, 3, 15, 0, tzinfo=dt.timezone.utc)  # a Friday
    received = messages.receive(store, "web", "ann", "a person please", None)
    with store.write() as session:
        messages.answer(session, received.id, [Reply(text="Call us.", kind="handoff")], "rasa", at=clock())

    clinic = CLINIC.copy(update={"office_hours": "Mon-Fri 09:00-17:00"})
    handovers = Handovers(store, Speech(knowledge.load(), clinic), targets.of(clinic), clock)
    clock.at = dt.datetime(2026, 7, 6, 10, 59, tzinfo=dt.timezone.utc)  # the Monday after, two hours in
    assert handovers.sweep() == 0
    clock.go(minutes=1)
    assert handovers.sweep() == 1
    [text] = notices(store, received.conversation_id)
    assert text.startswith("You asked for a person")
    assert "(202) 555-0142" in text


@pytest.mark.parametrize("how", ["taken", "acknowledged", "resolved"])
def test_who_is_looked_after_in_time_is_told_nothing(
    house: House, handovers: Handovers, clock: Clock, how: str
) -> None:
    escalation = house.red()
    ann = conversation(house, escalation)
    with house.store.write() as session:
        if how == "taken":
            handoffs.take(session, ann, KIM, clock())
            escalations.acknowledge(session, escalations.find(session, escalation), "Kim", clock())
        else:
            act = escalations.acknowledge if how == "acknowledged" else escalations.resolve
            act(session, escalations.find(session, escalation), "Nurse", clock())
    clock.go(minutes=10)
    assert handovers.sweep() == 0
    assert notices(house.store, ann) == []


def test_a_worker_that_fails_in_the_middle_has_neither_told_nor_written_so(
    house: House, handovers: Handovers, clock: Clock
) -> None:
    ann = conversation(house, house.red())
    clock.go(minutes=6)

    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    def on_insert(connection, cursor, statement, *more):  # type: ignore[no-untyped-def]
        if statement.startswith("INSERT INTO entries"):
            full()

    engine = house.store._engine
    event.listen(engine, "before_cursor_execute", on_insert)
    with pytest.raises(OperationalError):
        handovers.sweep()
    event.remove(engine, "before_cursor_execute", on_insert)
    assert notices(house.store, ann) == []
    assert handovers.sweep() == 1
    assert len(notices(house.store, ann)) == 1


def test_after_the_time_out_it_can_still_be_taken(house: House, handovers: Handovers, clock: Clock) -> None:
    ann = conversation(house, house.red())
    clock.go(minutes=6)
    handovers.sweep()
    take(house, ann)
    with house.store.read() as session:
        assert handoffs.holder_of(session, ann) == KIM


# --- A holder who does not answer


def test_a_warning_sign_whose_holder_does_not_answer_alerts_again(
    house: House, handovers: Handovers, clock: Clock
) -> None:
    escalation = house.red()
    house.work()
    take(house, conversation(house, escalation))
    with house.store.write() as session:
        desk.reply(session, conversation(house, escalation), KIM, "How are you now?", clock())
    clock.go(minutes=1)
    write(house)
    clock.go(minutes=14, seconds=59)
    assert handovers.sweep() == 0
    clock.go(seconds=1)
    assert handovers.sweep() == 1
    assert handovers.sweep() == 0
    assert house.escalation(escalation).state == "raised"
    house.work()
    assert house.post.to == ["nurse", "nurse"]
    assert [what for what, _ in house.events()][-2:] == ["unattended", "notified"]


def test_a_holder_who_answered_is_not_told_on(house: House, handovers: Handovers, clock: Clock) -> None:
    ann = conversation(house, house.red())
    take(house, ann)
    clock.go(minutes=1)
    write(house)
    clock.go(minutes=5)
    with house.store.write() as session:
        desk.reply(session, ann, KIM, "I am here.", clock())
    clock.go(minutes=30)
    assert handovers.sweep() == 0


def test_a_note_of_the_holder_s_gives_them_that_time_again(house: House, handovers: Handovers, clock: Clock) -> None:
    ann = conversation(house, house.red())
    take(house, ann)
    write(house)
    clock.go(minutes=14)
    with house.store.write() as session:
        desk.note(session, ann, KIM, "On the telephone with her.", clock())
    clock.go(minutes=14)
    assert handovers.sweep() == 0
    clock.go(minutes=1)
    assert handovers.sweep() == 1


def test_without_a_warning_sign_nobody_is_alerted(house: House, handovers: Handovers, clock: Clock) -> None:
    received = messages.receive(house.store, "web", "ann", "a person please", None)
    take(house, received.conversation_id)
    write(house)
    clock.go(hours=1)
    assert handovers.sweep() == 0


def test_who_acknowledges_it_by_the_link_gets_the_same_time(house: House, handovers: Handovers, clock: Clock) -> None:
    house.told(NURSE)
    escalation = house.red()
    take(house, conversation(house, escalation))
    write(house)
    clock.go(minutes=20)
    assert handovers.sweep() == 1
    with house.store.write() as session:
        escalations.acknowledge(session, escalations.find(session, escalation), "Nurse", clock())
    clock.go(minutes=14)
    assert handovers.sweep() == 0
    clock.go(minutes=1)
    assert handovers.sweep() == 1
