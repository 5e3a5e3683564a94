"""Alerts on their way: told until somebody acknowledges, whatever fails on the way."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from bot.care import escalations, outbox
from bot.care.database import Store
from bot.care.outbox import Claim
from tests.worker.conftest import DOCTOR, NURSE, SECRET, House, Post


def acknowledge(house: House, escalation_id: str, who: str = "Nurse") -> bool:
    with house.store.write() as session:
        found = escalations.find(session, escalation_id)
        assert found is not None
        return escalations.acknowledge(session, found, who, house.clock())


def test_a_warning_sign_is_told_once(house: House, post: Post) -> None:
    escalation = house.red()
    house.clock.go(seconds=1)
    assert [house.work() for _ in range(3)] == [1, 0, 0]
    [(name, notice)] = post.sent
    assert (name, notice.escalation, notice.level, notice.channel, notice.kind) == (
        "nurse",
        escalation,
        "emergency",
        "web",
        "alert",
    )
    assert house.escalation(escalation).state == "notified"
    assert house.events() == [("raised", "Hipline"), ("notified", "Nurse")]


def test_each_way_to_a_contact_is_a_delivery_of_its_own(house: House, post: Post) -> None:
    house.told({**NURSE, "webhook": {"url": "https://clinic.test/hook", "secret": SECRET}})
    post.fails = lambda address: "ConnectError" if "hook" in address else None
    house.red()
    house.clock.go(seconds=1)
    house.work()
    assert post.to == ["nurse"]
    post.fails = lambda _: None
    house.clock.go(seconds=5)
    house.work()
    assert post.to == ["nurse", "hook"]
    assert len({notice.id for _, notice in post.sent}) == 2


def test_the_pauses_between_attempts_grow_to_five_minutes_and_it_never_gives_up(house: House, post: Post) -> None:
    post.fails = lambda _: "ConnectError"
    house.red()
    tried = []
    start = house.clock()
    while house.clock() < start + dt.timedelta(hours=1):
        house.sweeper.dispatch()
        [claim] = house.queue
        house.courier.deliver(claim)
        house.queue.clear()
        tried.append(house.clock())
        house.clock.at = house.alerts()[0].due_at - dt.timedelta(seconds=1)
        house.sweeper.dispatch()
        assert house.queue == []
        house.clock.go(seconds=1)
    pauses = [(after - before).total_seconds() for before, after in itertools.pairwise(tried)]
    assert pauses[:6] == [5, 15, 30, 60, 120, 300]
    assert set(pauses[6:]) == {300}
    assert len(tried) > 15
    [alert] = house.alerts()
    assert (alert.attempts, alert.problem) == (len(tried), "ConnectError")
    post.fails = lambda _: None
    house.clock.go(minutes=5)
    house.work()
    assert post.to == ["nurse"]


def test_the_next_contact_is_told_only_when_nobody_has_acknowledged_in_time(house: House, post: Post) -> None:
    house.told(NURSE, DOCTOR)
    first = house.red()
    house.clock.go(minutes=9)
    house.work()
    assert post.to == ["nurse"]
    house.clock.go(minutes=1)
    house.work()
    assert post.to == ["nurse", "doctor"]
    assert acknowledge(house, first)
    post.sent.clear()

    second = house.red(name="bob")
    house.clock.go(minutes=9)
    house.work()
    assert acknowledge(house, second)
    house.clock.go(hours=9)
    house.work()
    assert post.to == ["nurse"]


def test_a_contact_that_does_not_get_a_level_is_not_told_of_it(house: House, post: Post) -> None:
    house.told(NURSE, DOCTOR)
    house.red("urgent")
    house.clock.go(minutes=11)
    house.work()
    assert post.to == ["nurse"]


def test_nobody_acknowledges_so_it_is_told_again_until_somebody_does(house: House, post: Post) -> None:
    house.told(NURSE, resend=15)
    escalation = house.red()
    house.clock.go(seconds=1)
    for _ in range(31):
        house.work()
        house.clock.go(minutes=1)
    assert [notice.round for _, notice in post.sent] == [0, 1, 2]
    assert len({notice.id for _, notice in post.sent}) == 3
    acknowledge(house, escalation)
    house.clock.go(hours=2)
    assert house.work() == 0


def test_a_further_sign_is_told_again_once_and_raises_the_level(house: House, post: Post) -> None:
    house.told(NURSE, DOCTOR)
    first = house.red("urgent")
    house.clock.go(seconds=1)
    house.work()
    assert house.red("emergency") == first
    house.clock.go(seconds=1)
    assert [house.work() for _ in range(2)] == [1, 0]
    assert [notice.level for _, notice in post.sent] == ["urgent", "emergency"]
    house.red("urgent")
    assert house.escalation(first).urgency == "emergency"
    house.clock.go(minutes=10)
    house.work()
    assert post.to == ["nurse", "nurse", "nurse", "doctor", "doctor"]


def test_after_an_acknowledgement_a_further_sign_waits_for_another_one(house: House, post: Post) -> None:
    house.told(NURSE, DOCTOR)
    first = house.red()
    house.clock.go(seconds=1)
    house.work()
    acknowledge(house, first)
    house.clock.go(hours=1)
    house.work()
    assert post.to == ["nurse"]
    assert house.red() == first
    assert house.escalation(first).state == "raised"
    house.work()
    house.clock.go(minutes=11)
    house.work()
    assert post.to == ["nurse", "nurse", "doctor"]
    assert acknowledge(house, first, "Doctor")
    assert house.escalation(first).acknowledged_by == "Doctor"


def test_contacts_that_come_later_are_told_of_what_is_open(house: House, post: Post) -> None:
    house.contacts = None
    house.red()
    house.clock.go(minutes=1)
    assert house.work() == 0
    house.told(NURSE)
    house.work()
    assert post.to == ["nurse"]
    house.told(NURSE, {**NURSE, "name": "Second", "apprise": ["json://127.0.0.1/second"]})
    house.work()
    assert post.to == ["nurse", "second"]


def test_a_contact_that_has_left_the_file_is_not_told_and_keeps_nothing_waiting(house: House, post: Post) -> None:
    house.red()
    house.told({**NURSE, "name": "Second", "apprise": ["json://127.0.0.1/second"]})
    house.clock.go(minutes=1)
    house.work()
    assert post.to == ["second"]
    gone, _ = house.alerts()
    assert gone.closed_at is not None
    with house.store.read() as session:
        assert outbox.overdue(session, house.clock() + dt.timedelta(hours=1)) == 0


# --- Workers that die, and two of them


def test_a_worker_that_was_killed_before_it_sent_leaves_the_alert_to_the_next(house: House, post: Post) -> None:
    house.red()
    house.clock.go(seconds=1)
    house.sweeper.dispatch()
    house.queue.clear()  # and with it the worker
    house.clock.go(seconds=14)
    assert house.work() == 0
    house.clock.go(seconds=2)
    assert house.work() == 1
    assert post.to == ["nurse"]


def test_a_worker_that_was_killed_between_sending_and_recording_sends_again_under_the_same_id(
    house: House, post: Post
) -> None:
    house.red()
    house.clock.go(seconds=1)

    class Killed(BaseException):
        pass

    def send_and_die(*given: object) -> None:
        post(*given)  # type: ignore[arg-type]
        raise Killed

    house.courier._send = send_and_die  # type: ignore[assignment]
    with pytest.raises(Killed):
        house.work()
    house.courier = house.another()
    house.clock.go(seconds=19)
    assert house.work() == 0
    house.clock.go(seconds=2)
    assert house.work() == 1
    first, second = (notice for _, notice in post.sent)
    assert (first.id, first.link) == (second.id, second.link)
    assert house.alerts()[0].attempts == 2


def test_two_workers_never_have_the_same_alert(house: House, post: Post) -> None:
    for number in range(20):
        house.red(name=f"patient {number}")
    house.clock.go(seconds=1)

    def take(_: int) -> list[Claim]:
        with house.store.write() as session:
            return outbox.claim(session, house.clock(), dt.timedelta(seconds=15), 5)

    with ThreadPoolExecutor(4) as pool:
        claims = [claim for some in pool.map(take, range(8)) for claim in some]
    claims += [claim for number in range(8) for claim in take(number)]  # those for which two were too early
    assert len(claims) == len({claim.alert_id for claim in claims}) == 20


def test_a_claim_that_another_worker_has_taken_over_does_nothing(house: House, post: Post) -> None:
    house.red()
    house.clock.go(seconds=1)
    house.sweeper.dispatch()
    [late] = house.queue
    house.queue.clear()
    house.clock.go(seconds=16)
    house.sweeper.dispatch()
    assert not house.courier.deliver(late)
    assert post.sent == []
    house.courier.deliver(house.queue[0])
    assert not house.courier.deliver(house.queue[0])
    assert post.to == ["nurse"]


def test_an_acknowledgement_in_the_midst_of_a_sending_is_kept(house: House, post: Post) -> None:
    escalation = house.red()
    house.clock.go(seconds=1)
    post.before = lambda: acknowledge(house, escalation)
    house.work()
    assert house.escalation(escalation).state == "acknowledged"
    assert house.alerts()[0].delivered_at is not None
    house.clock.go(hours=1)
    post.before = lambda: None
    assert house.work() == 0


def test_what_can_not_be_recorded_is_tried_three_times_and_then_left_to_the_lease(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.red()
    house.clock.go(seconds=1)
    tries = []

    def locked(*_: object) -> bool:
        tries.append(1)
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "delivered", locked)
        with pytest.raises(OperationalError):
            house.work()
    assert len(tries) == 3
    house.clock.go(seconds=21)
    house.work()
    assert len({notice.id for _, notice in post.sent}) == 1


def test_what_was_never_tried_goes_before_what_failed_and_emergencies_first(house: House, post: Post) -> None:
    post.fails = lambda _: "ConnectError"
    house.red("emergency", "old")
    house.clock.go(seconds=1)
    house.work()
    house.clock.go(minutes=1)
    urgent, emergency = house.red("urgent", "new"), house.red("emergency", "newer")
    post.fails = lambda _: None
    house.clock.go(seconds=1)
    house.work()
    assert [notice.escalation for _, notice in post.sent][:2] == [emergency, urgent]
    assert len(post.sent) == 3


# --- What is wrong


def test_alerts_that_are_late_are_counted_and_logged_once(
    house: House, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.fails = lambda _: "ConnectError"
    house.red()
    house.clock.go(seconds=1)
    house.work()
    with house.store.read() as session:
        assert outbox.overdue(session, house.clock()) == 0
    house.clock.go(minutes=3)
    house.work()
    house.work()
    assert [record.message for record in caplog.records if "overdue" in record.message] == ["alerts are overdue: 1"]
    post.fails = lambda _: None
    house.clock.go(minutes=5)
    house.work()
    house.work()
    assert "no longer so: alerts are overdue" in caplog.text


def test_the_log_of_a_failure_holds_no_word_of_the_patient_s(
    house: House, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.fails = lambda _: "status 500"
    house.red(name="+12025550123", channel="sms")
    house.clock.go(seconds=1)
    house.work()
    assert "to contact 'Nurse', attempt 1: status 500" in caplog.text
    assert "throat" not in caplog.text
    assert "2025550123" not in caplog.text


def test_a_store_that_fails_leaves_no_sign_of_life(
    house: House, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with store.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE escalations RENAME TO elsewhere")
    assert not house.sweeper.look_after()
    assert re.search("missing alerts can't be added: (Operational|Programming)Error", caplog.text)
