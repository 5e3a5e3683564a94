from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache

import pytest
from sqlalchemy import select

from bot import knowledge
from bot.care import messages, patients
from bot.care.database import Store
from bot.care.patients import NewPatient
from bot.care.tables import CheckIn, Entry, Patient
from bot.followup import programme
from bot.followup.programme import Programme
from bot.settings import Settings
from bot.speech import Speech
from bot.worker.checkins import FollowUps

NUMBER = "+12025550123"
CHICAGO = "America/Chicago"
CLINIC = Settings(clinic_name="Lakeside Hip Clinic", clinic_phone="(202) 555-0142")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


def a_patient(**changed: object) -> NewPatient:
    """Somebody in Chicago with an injection on the second of March, at 15 o'clock in London."""
    values = {
        "number": NUMBER,
        "injected_on": "2026-03-02",
        "hip": "left",
        "consent": "I agree to texts about my hip.",
        "consented_at": "2026-03-02T08:30:00-06:00",
        "zone": CHICAGO,
        **changed,
    }
    return NewPatient.parse_obj(values)


@lru_cache(maxsize=1)
def speech() -> Speech:
    return Speech(knowledge.load(), CLINIC)


class Line:
    """A follow-up to test, with a clock that is set by hand."""

    def __init__(self, store: Store, followed: Programme) -> None:
        self.store, self.programme, self.now = store, followed, utc("2026-03-02T15:00")
        self.out: set[str] = set()
        self.worker = self.another()

    def another(self) -> FollowUps:
        """A further worker over the same database."""
        return FollowUps(self.store, self.programme, speech(), lambda _, number: number in self.out, lambda: self.now)

    def enrol(self, **changed: object) -> str:
        with self.store.write() as session:
            return str(patients.enrol(session, self.programme, a_patient(**changed), self.now).id)

    def at(self, text: str) -> None:
        """It is a time in UTC, and the worker looks."""
        self.now = utc(text)
        self.worker.sweep()

    def change(self, how: Callable[..., object]) -> object:
        with self.store.write() as session:
            return how(session, session.execute(select(Patient)).scalar_one(), self.now)

    def say(self, text: str, number: str = NUMBER) -> None:
        """A message of the patient's, which nobody answers."""
        received = messages.receive(self.store, "sms", number, text, None, "sms")
        with self.store.write() as session:
            message = session.get(messages.Message, received.id)
            message.received_at = self.now
            messages.answer(session, received.id, [], "test", at=self.now)

    def states(self) -> dict[str, str]:
        with self.store.read() as session:
            rows = session.execute(select(CheckIn).order_by(CheckIn.due_at)).scalars()
            return {row.step or "by hand": row.state for row in rows}

    def state(self) -> str:
        with self.store.read() as session:
            return str(session.execute(select(Patient.state)).scalar_one())

    def said(self) -> list[tuple[str, str]]:
        """What was said, each with its time in UTC."""
        with self.store.read() as session:
            rows = session.execute(select(Entry).where(Entry.who != "patient").order_by(Entry.at, Entry.position))
            return [(f"{row.at:%m-%d %H:%M}", row.payload["text"]) for row in rows.scalars()]


@pytest.fixture
def line(store: Store) -> Line:
    return Line(store, programme.load())
