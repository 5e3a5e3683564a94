"""A year of follow-ups on a clock of the test's: nothing lost, doubled, at night, or after STOP."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import knowledge
from bot.care import checkins, database, due_checkins, optouts, patients
from bot.care.database import Store
from bot.care.tables import Base, CheckIn, Entry, Message, OutgoingText, Patient, new_id
from bot.followup import programme
from bot.followup.wording import Wording
from bot.speech import Speech
from bot.worker.checkins import AT_ONCE, FollowUps
from tests.followup.conftest import CLINIC, a_patient, utc

pytestmark = pytest.mark.processes  # none is started, but it takes as long

PATIENTS = 2000
SHIPPED, SPEECH = programme.load(), Speech(knowledge.load(), CLINIC)
START, END = utc("2026-01-01T00:00"), utc("2027-02-15T00:00")
ZONES = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu",
         "Europe/London", "Australia/Lord_Howe", "Pacific/Auckland"]  # fmt: skip


class Killed(Exception):
    """The process ends, in the middle of a transaction."""


class Mortal(Store):
    """A store whose process dies at times, before what it wrote is committed."""

    draw = random.Random(7)
    chance = 0.0
    deaths = 0

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
            if self.draw.random() < self.chance:
                self.deaths += 1
                session.flush()
                raise Killed


@dataclass
class Year:
    """What happens in the year, drawn by `draw`, and what the test remembers of it."""

    store: Mortal
    draw: random.Random
    now: dt.datetime = START
    kind: dict[str, str] = field(default_factory=dict)  # of each patient: answers, silent, stops, pauses
    positions: Counter[str] = field(default_factory=Counter)
    awake: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    looks: list[dt.datetime] = field(default_factory=list)
    stopped: dict[str, dt.datetime] = field(default_factory=dict)
    paused: dict[str, list[dt.datetime]] = field(default_factory=lambda: defaultdict(list))

    def worker(self) -> FollowUps:
        return FollowUps(self.store, SHIPPED, SPEECH, optouts.is_out, lambda: self.now)

    def until_well(self, what: Callable[[FollowUps], object]) -> None:
        """Does something with a worker; one that is killed is started again."""
        while True:
            try:
                what(self.worker_now)
            except Killed:
                self.worker_now = self.worker()
            else:
                return

    def look(self) -> None:
        """A worker's sweep, or that of two at the same time: one has seen what is due before the other says it."""
        self.looks.append(self.now)
        if self.draw.random() < 0.2:
            with self.store.read() as session:
                seen = due_checkins.due(session, self.now, 50)
            self.until_well(lambda worker: worker.sweep())
            for check_in_id in seen:
                with Store.write(self.store) as session:
                    how = (SHIPPED, Wording(SHIPPED, SPEECH), optouts.is_out, self.now)
                    assert due_checkins.take(session, check_in_id, *how) == "taken"
        self.until_well(_all_that_is_due)


def _all_that_is_due(worker: FollowUps) -> None:
    while worker.sweep() >= AT_ONCE:
        pass


def enrol(year: Year, on: dt.date, count: int) -> None:
    """Enrols some patients, each in a zone and of a kind."""
    with Store.write(year.store) as session:
        for _ in range(count):
            place = len(year.kind)
            new = a_patient(
                number=f"+1{201 + place // 10000}555{place:04}",
                injected_on=on.isoformat(),
                consented_at=START.isoformat(),
                zone=ZONES[place % len(ZONES)],
            )
            patient = patients.enrol(session, SHIPPED, new, year.now)
            year.kind[patient.id] = year.draw.choices(["answers", "silent", "stops", "pauses"], [82, 8, 5, 5])[0]


def live(year: Year) -> None:
    """Patients answer, stop, are paused and resumed."""
    with Store.write(year.store) as session:
        query = select(CheckIn, Patient).join(Patient, Patient.id == CheckIn.patient_id).where(CheckIn.state == "asked")
        for check_in, patient in session.execute(query.where(CheckIn.waiting_for.isnot(None))).all():
            kind = year.kind[patient.id]
            if kind == "silent":
                continue
            if kind == "stops" and patient.number not in year.stopped and year.draw.random() < 0.3:
                optouts.record(session, patient.number, out=True, wording="STOP", at=year.now)
                year.stopped[patient.number] = year.now
                continue
            if kind == "pauses" and patient.state == "active" and year.draw.random() < 0.3:
                patients.pause(session, patient, year.now)
                year.paused[patient.id].append(year.now)
            answer(session, year, check_in)
        resting = [one for one, pauses in year.paused.items() if len(pauses) % 2]
        for patient in session.execute(select(Patient).where(Patient.id.in_(resting))).scalars():
            if patient.state == "paused" and year.now - year.paused[patient.id][-1] > dt.timedelta(days=3):
                patients.resume(session, patient, year.now)
                year.paused[patient.id].append(year.now)


def answer(session: Session, year: Year, check_in: CheckIn) -> None:
    year.positions[check_in.conversation_id] += 1
    position = year.positions[check_in.conversation_id]
    message = Message(
        id=new_id(),
        conversation_id=check_in.conversation_id,
        external_id=str(position),
        position=position,
        text="3",
        door="sms",
        received_at=year.now,
        answered_at=year.now,
    )
    session.add(message)
    how = {"level": "mild", "reason": None, "at": year.now, "then": None, "answer_by": check_in.answer_by}
    checkins.record(session, check_in.id, message.id, "pain_score", 3.0, **how)


@pytest.fixture(scope="module")
def year() -> Year:
    """The whole year, lived through once."""
    engine = database.connect("sqlite://")
    Base.metadata.create_all(engine)
    year = Year(Mortal(engine), random.Random(20261124))
    year.store.chance = 0.02
    year.worker_now = year.worker()
    days = sorted(year.draw.randrange(365) for _ in range(PATIENTS))
    enrolled, up_since = 0, START
    while year.now < END:
        day = (year.now - START).days
        coming = sum(one <= day for one in days[enrolled:])
        if coming:
            enrol(year, year.now.date() + dt.timedelta(days=1), coming)
            enrolled += coming
        year.look()
        live(year)
        if year.draw.random() < 0.004:  # the machine sleeps, or is taken away
            year.awake.append((up_since, year.now))
            year.now += dt.timedelta(hours=year.draw.uniform(2, 40))
            up_since = year.now
            year.worker_now = year.worker()
        else:
            year.now += dt.timedelta(minutes=year.draw.uniform(90, 420))
    year.awake.append((up_since, END))
    return year


def rows(year: Year) -> list[tuple[CheckIn, Patient]]:
    with year.store.read() as session:
        query = select(CheckIn, Patient).join(Patient, Patient.id == CheckIn.patient_id)
        return [(row[0], row[1]) for row in session.execute(query).all()]


def test_no_check_in_is_lost(year: Year, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(year)
    counts = Counter(check_in.state for check_in, _ in found)
    with capsys.disabled():
        told = ", ".join(f"{count} {state}" for state, count in counts.most_common())
        told = f"{len(year.awake)} starts, {year.store.deaths} deaths: {told}"
        print(f"\n{len(found)} check-ins of {PATIENTS} patients, {told}")  # noqa: T201
    assert len(found) == 8 * PATIENTS
    assert counts["planned"] == counts["asked"] == 0
    assert year.store.deaths > PATIENTS / 20
    unexplained = []
    for check_in, patient in found:
        looked = [at for at in year.looks if check_in.due_at <= at < check_in.late_at]
        pauses = year.paused[patient.id]
        was_paused = any(start < check_in.late_at and end > check_in.due_at
                         for start, end in zip(pauses[::2], [*pauses[1::2], END], strict=False))  # fmt: skip
        if check_in.state == "missed" and looked and not was_paused:
            unexplained.append(check_in.step)
        if check_in.state == "stopped" and patient.number not in year.stopped:
            unexplained.append(check_in.step)
        if check_in.state == "cancelled" and patient.state not in ("lost", "done"):
            unexplained.append(check_in.step)
    assert unexplained == []
    assert counts["answered"] > 7 * PATIENTS * 0.8


def said(year: Year) -> dict[str, list[tuple[dt.datetime, str]]]:
    """What Hipline said in each conversation, with its times."""
    found: dict[str, list[tuple[dt.datetime, str]]] = defaultdict(list)
    with year.store.read() as session:
        query = select(Entry.conversation_id, Entry.at, Entry.payload).where(Entry.who == "assistant")
        for conversation_id, at, payload in session.execute(query.order_by(Entry.at)):
            found[conversation_id].append((at, payload["text"]))
    return found


def test_none_is_sent_twice_or_on_the_same_day_as_another(year: Year) -> None:
    asked = Counter(patient.conversation_id for check_in, patient in rows(year) if check_in.asked_at is not None)
    lost = {patient.conversation_id for _, patient in rows(year) if patient.state == "lost"}
    zones = {patient.conversation_id: ZoneInfo(patient.zone) for _, patient in rows(year)}
    for conversation_id, entries in said(year).items():
        last = [text for _, text in entries if "these texts stop" in text]
        assert len(last) == (conversation_id in lost)
        assert len(entries) - len(last) == asked[conversation_id]
        days = Counter(at.astimezone(zones[conversation_id]).date() for at, text in entries if text not in last)
        assert set(days.values()) == {1}


def test_none_is_sent_at_night(year: Year) -> None:
    zones = {patient.conversation_id: ZoneInfo(patient.zone) for _, patient in rows(year)}
    hours = Counter(
        at.astimezone(zones[conversation_id]).hour for conversation_id, entries in said(year).items()
        for at, _ in entries
    )  # fmt: skip
    assert min(hours) >= 8
    assert max(hours) < 21


def test_none_is_sent_after_stop(year: Year) -> None:
    numbers = {patient.conversation_id: patient.number for _, patient in rows(year)}
    entries = [(numbers[name], at) for name, found in said(year).items() for at, _ in found]
    assert len(year.stopped) > PATIENTS / 40
    assert [number for number, at in entries if number in year.stopped and at > year.stopped[number]] == []


def test_the_silent_are_told_so_once_and_are_lost(year: Year) -> None:
    states = {patient.id: patient.state for _, patient in rows(year)}
    silent = [states[one] for one, kind in year.kind.items() if kind == "silent"]
    assert Counter(silent)["lost"] > 0.9 * len(silent)
    assert not [one for one, kind in year.kind.items() if kind == "answers" and states[one] != "done"]


def test_each_is_a_text_of_its_own_both_daylight_savings_through(year: Year) -> None:
    with year.store.read() as session:
        texts = Counter(session.execute(select(OutgoingText.entry_id)).scalars())
    entries = sum(len(found) for found in said(year).values())
    assert len(texts) == entries
    changes = [utc("2026-03-08T10:00"), utc("2026-11-01T09:00")]
    for change in changes:
        near = [at for found in said(year).values() for at, _ in found if abs(at - change) < dt.timedelta(days=2)]
        assert len(near) > PATIENTS / 100
