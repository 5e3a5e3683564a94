"""Texts that go out: in order, once, whatever the carrier answers and whenever a worker dies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

import pytest
from sqlalchemy import select

from bot.care import escalations, messages, optouts, textbox, timeline
from bot.care.database import Store
from bot.care.tables import OutgoingText
from bot.replies import Reply, Urgency
from bot.sms.transports import MaybeSent, NotSent, Refused
from bot.worker.texting import LEASE, Texter
from tests.worker.conftest import NURSE, Clock, House, Post

ANN, BEN = "+12025550123", "+12025550199"


class Carrier:
    """Takes texts. `fails` holds what each next one raises; `keeps` whether it is sent all the same."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.fails: list[Exception] = []
        self.keeps = False
        self.asked = 0

    def send(self, text_id: str, number: str, words: str) -> str:
        error = self.fails.pop(0) if self.fails else None
        if error is None or self.keeps:
            self.sent.append((number, words))
        if error is not None:
            raise error
        return f"SM{len(self.sent)}"

    def find(self, number: str, words: str, since: dt.datetime, known: Collection[str]) -> str | None:
        self.asked += 1
        found = (f"SM{place}" for place, one in enumerate(self.sent, 1) if one == (number, words))
        return next((sid for sid in found if sid not in known), None)


class Outgoing:
    """Texts over a store, and a worker that sends them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock, self.carrier = store, clock, Carrier()
        self.texter = Texter(store, self.carrier, clock)

    def answer(self, *texts: str, number: str = ANN, urgency: Urgency = "none") -> str:
        """A message that came by text, and its replies; gives its id."""
        received = messages.receive(self.store, "sms", number, "?", None, "sms")
        with self.store.write() as session:
            said = [Reply(text=text, kind="answer", urgency=urgency) for text in texts]
            messages.answer(session, received.id, said, "rasa", at=self.clock())
        return received.id

    def work(self, rounds: int = 1) -> None:
        """What a worker does, so many times."""
        for _ in range(rounds):
            for claim in self.texter.claims(8):
                self.texter.deliver(claim)

    def rows(self) -> list[OutgoingText]:
        with self.store.read() as session:
            return list(
                session.execute(select(OutgoingText).order_by(OutgoingText.created_at, OutgoingText.position)).scalars()
            )

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


@pytest.fixture
def outgoing(store: Store, clock: Clock) -> Iterator[Outgoing]:
    return Outgoing(store, clock)


def test_texts_go_out_once_in_their_order(outgoing: Outgoing) -> None:
    outgoing.answer("one", "two")
    outgoing.answer("three")
    outgoing.work(5)
    assert outgoing.carrier.sent == [(ANN, "one"), (ANN, "two"), (ANN, "three")]
    assert outgoing.states == ["sent"] * 3
    assert [row.sid for row in outgoing.rows()] == ["SM1", "SM2", "SM3"]


def test_numbers_do_not_wait_for_one_another_but_texts_of_one_number_do(outgoing: Outgoing) -> None:
    outgoing.answer("one", "two")
    outgoing.answer("other", number=BEN)
    assert len(outgoing.texter.claims(8)) == 2
    assert outgoing.texter.claims(8) == []


def test_the_answer_to_a_warning_sign_overtakes_others(outgoing: Outgoing) -> None:
    outgoing.carrier.fails = [NotSent("too many at once")]
    outgoing.answer("one")
    outgoing.work()
    outgoing.answer("Call now.", urgency="emergency")
    outgoing.work()
    assert outgoing.carrier.sent == [(ANN, "Call now.")]


def test_what_was_surely_not_sent_is_tried_again_after_growing_pauses(outgoing: Outgoing, clock: Clock) -> None:
    outgoing.carrier.fails = [NotSent("too many at once")] * 3
    outgoing.answer("one")
    for pause in (1, 2, 5):
        outgoing.work(2)
        assert outgoing.carrier.sent == []
        clock.go(seconds=pause)
    outgoing.work()
    assert outgoing.carrier.sent == [(ANN, "one")]
    assert outgoing.carrier.asked == 0
    assert outgoing.rows()[0].attempts == 4


@pytest.mark.parametrize("keeps", [True, False])
def test_what_may_have_been_sent_is_looked_for_before_another_try(
    outgoing: Outgoing, clock: Clock, keeps: bool
) -> None:
    outgoing.carrier.fails, outgoing.carrier.keeps = [MaybeSent("status 500")], keeps
    outgoing.answer("one", "two")
    outgoing.work(3)
    assert outgoing.states == ["unsure", "queued"]
    clock.go(seconds=11)
    outgoing.work(3)
    assert outgoing.carrier.sent == [(ANN, "one"), (ANN, "two")]
    assert outgoing.states == ["sent", "sent"]
    assert outgoing.carrier.asked == 1


def test_two_texts_alike_are_two_texts(outgoing: Outgoing, clock: Clock) -> None:
    outgoing.answer("same")
    outgoing.work()
    outgoing.carrier.fails = [MaybeSent("no answer")]
    outgoing.answer("same")
    outgoing.work()
    clock.go(seconds=11)
    outgoing.work()
    assert outgoing.carrier.sent == [(ANN, "same")] * 2


@pytest.mark.parametrize("got_out", [True, False])
def test_a_worker_that_dies_in_an_attempt_loses_and_doubles_nothing(
    outgoing: Outgoing, clock: Clock, got_out: bool
) -> None:
    outgoing.answer("one")
    [claim] = outgoing.texter.claims(8)
    with outgoing.store.write() as session:
        attempt = textbox.begin(session, claim, clock(), LEASE)
    assert attempt is not None
    if got_out:
        outgoing.carrier.send(attempt.text_id, attempt.number, attempt.body)
    outgoing.work()
    assert outgoing.states == ["unsure"]  # its lease still holds
    clock.go(seconds=26)
    outgoing.work()
    assert outgoing.carrier.sent == [(ANN, "one")]
    assert outgoing.states == ["sent"]


def test_a_worker_that_dies_before_its_attempt_leaves_it_to_the_next(outgoing: Outgoing, clock: Clock) -> None:
    outgoing.answer("one")
    assert len(outgoing.texter.claims(8)) == 1
    clock.go(seconds=26)
    outgoing.work()
    assert (outgoing.carrier.sent, outgoing.carrier.asked) == ([(ANN, "one")], 0)


def test_a_list_that_can_not_be_read_leaves_it_open(
    outgoing: Outgoing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing.carrier.fails = [MaybeSent("no answer")]
    outgoing.answer("one")
    outgoing.work()

    def find(*_: object) -> str | None:
        raise NotSent("the list can't be read")

    with monkeypatch.context() as broken:
        broken.setattr(outgoing.carrier, "find", find)
        clock.go(seconds=11)
        outgoing.work()
    assert (outgoing.states, outgoing.carrier.sent) == (["unsure"], [])
    clock.go(seconds=11)
    outgoing.work()
    assert outgoing.states == ["sent"]


def test_what_is_refused_for_good_is_kept_with_its_code_and_the_next_one_goes_out(outgoing: Outgoing) -> None:
    outgoing.carrier.fails = [Refused(21614)]
    outgoing.answer("one", "two")
    outgoing.work(2)
    assert [(row.state, row.code) for row in outgoing.rows()] == [("failed", 21614), ("sent", None)]


def test_who_has_opted_out_with_the_carrier_is_kept_as_such(outgoing: Outgoing) -> None:
    outgoing.carrier.fails = [Refused(21610)]
    outgoing.answer("one", "two")
    outgoing.work(3)
    assert outgoing.carrier.sent == []
    assert outgoing.states == ["stopped", "stopped"]
    with outgoing.store.read() as session:
        assert [(row.out, row.by, row.wording) for row in optouts.of_number(session, ANN)] == [
            (True, "carrier", "code 21610")
        ]


def test_who_opts_out_while_texts_wait_gets_none_of_them_but_the_answer_to_a_warning_sign(
    outgoing: Outgoing, clock: Clock
) -> None:
    outgoing.carrier.fails = [MaybeSent("no answer")]
    outgoing.answer("one", "two")
    outgoing.work()
    outgoing.answer("Call now.", urgency="urgent")
    with outgoing.store.write() as session:
        optouts.record(session, ANN, out=True, wording="STOP")
    clock.go(seconds=11)
    outgoing.work(4)
    assert outgoing.carrier.sent == [(ANN, "Call now.")]
    assert outgoing.states == ["stopped", "stopped", "sent"]


def test_nothing_is_queued_for_who_wants_no_texts_but_it_is_kept(outgoing: Outgoing, store: Store) -> None:
    message_id = outgoing.answer("one")
    with store.write() as session:
        optouts.record(session, ANN, out=True, wording="STOP")
        conversation = messages.find(session, message_id).conversation_id
        timeline.say(session, conversation, Reply(text="How is the pain?", kind="check_in"))
        timeline.say(session, conversation, Reply(text="Call us.", kind="escalation", urgency="urgent"), who="staff")
    assert outgoing.states == ["queued", "stopped", "stopped"]
    with store.read() as session:
        said = timeline.since(session, conversation)
    assert [one.delivery for one in said] == [None, "queued", "stopped", "stopped"]


def test_a_check_in_that_could_not_go_out_in_its_hour_does_not_come_at_night(outgoing: Outgoing, clock: Clock) -> None:
    message_id = outgoing.answer("one")
    with outgoing.store.write() as session:
        conversation = messages.find(session, message_id).conversation_id
        timeline.say(session, conversation, Reply(text="How is the pain?", kind="check_in"), at=clock())
    clock.go(hours=2)
    outgoing.work(3)
    assert outgoing.carrier.sent == [(ANN, "one")]
    assert outgoing.states == ["sent", "failed"]


def test_a_sender_that_is_no_number_gets_no_text(outgoing: Outgoing) -> None:
    outgoing.answer("one", number="A-LONG-ALPHANUMERIC-SENDER")
    outgoing.work()
    assert (outgoing.states, outgoing.carrier.sent) == (["failed"], [])


def test_reports_never_lead_backwards(outgoing: Outgoing, clock: Clock) -> None:
    outgoing.answer("one")
    outgoing.work()
    [row] = outgoing.rows()

    def report(state: str, sid: str = "SM1", code: int | None = None) -> bool:
        with outgoing.store.write() as session:
            return textbox.reported(session, row.id, sid, state, code, clock())

    assert [report("delivered"), report("sent"), report("undelivered", code=30003)] == [True] * 3
    assert outgoing.states == ["delivered"]
    assert not report("delivered", sid="SM9")
    with outgoing.store.write() as session:
        assert not textbox.reported(session, "nobody's", "SM1", "sent", None, clock())


def test_a_report_that_is_quicker_than_our_own_record_ends_the_doubt(outgoing: Outgoing, clock: Clock) -> None:
    outgoing.carrier.fails, outgoing.carrier.keeps = [MaybeSent("no answer")], True
    outgoing.answer("one")
    outgoing.work()
    with outgoing.store.write() as session:
        assert textbox.reported(session, outgoing.rows()[0].id, "SM1", "delivered", None, clock())
    clock.go(minutes=5)
    outgoing.work()
    assert (outgoing.states, outgoing.carrier.asked) == (["delivered"], 0)
    assert outgoing.carrier.sent == [(ANN, "one")]


@pytest.mark.parametrize("how", ["undelivered", "refused"])
def test_a_warning_sign_s_answer_that_does_not_arrive_alerts_anew_to_call(
    house: House, clock: Clock, post: Post, how: str
) -> None:
    house.told(NURSE)
    escalation_id = house.red(name=ANN, channel="sms")
    outgoing = Outgoing(house.store, clock)
    with house.store.write() as session:
        message = escalations.messages(session, escalation_id)[0][1]
        reply = Reply(text="Call now.", kind="escalation", urgency="emergency")
        timeline.answer(session, message.conversation_id, message.id, [reply], clock(), number=ANN)
    clock.go(seconds=1)
    house.work()
    with house.store.write() as session:
        found = escalations.find(session, escalation_id)
        assert found is not None
        escalations.acknowledge(session, found, "Kim", clock())
    clock.go(seconds=1)
    outgoing.carrier.fails = [Refused(30006)] if how == "refused" else []
    outgoing.work()
    if how == "undelivered":
        with outgoing.store.write() as session:
            textbox.reported(session, outgoing.rows()[0].id, "SM1", "undelivered", 30003, clock())
    house.work()
    assert post.to == ["nurse", "nurse"]
    assert [notice.call for _, notice in post.sent] == [False, True]
    assert "Texts do not reach this person: please call." in post.sent[1][1].body()
    assert [what for what, _ in house.events()] == ["raised", "notified", "acknowledged", "unreached", "notified"]
    assert house.escalation(escalation_id).state == "notified"


def test_a_warning_sign_s_answer_that_does_not_get_out_alerts_once_to_call(house: House, clock: Clock) -> None:
    outgoing = Outgoing(house.store, clock)
    outgoing.carrier.fails = [NotSent("no connection")] * 9
    outgoing.answer("one")
    received = messages.receive(house.store, "sms", BEN, "?", None, "sms")
    with house.store.write() as session:
        reply = Reply(text="Call now.", kind="escalation", urgency="emergency")
        messages.answer(session, received.id, [reply], "rasa", house.contacts, at=clock())
    outgoing.texter.look_after()
    assert [what for what, _ in house.events()] == ["raised"]
    for _ in range(3):
        clock.go(minutes=2)
        outgoing.work()
        outgoing.texter.look_after()
    assert [what for what, _ in house.events()] == ["raised", "unreached"]
