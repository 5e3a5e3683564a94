"""A worker's parts over a real SQLite file, with a clock that stands until it is moved, and no network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.care import messages
from bot.care.contacts import Contacts, Webhook
from bot.care.database import Store
from bot.care.outbox import Claim
from bot.care.tables import Alert, Escalation, EscalationEvent
from bot.replies import Reply, Urgency
from bot.worker.delivery import Courier
from bot.worker.links import Links
from bot.worker.notice import Notice
from bot.worker.senders import NotDelivered
from bot.worker.sweep import Sweeper

SECRET = "sixteen-characters-at-least"
NURSE = {"name": "Nurse", "apprise": ["json://127.0.0.1/nurse"]}
DOCTOR = {
    "name": "Doctor",
    "webhook": {"url": "https://clinic.test/doctor", "secret": SECRET},
    "levels": ["emergency"],
    "after": 10,
}


class Clock:
    """The time, in UTC; begins now, as the rows' own times do."""

    def __init__(self) -> None:
        self.at = dt.datetime.now(dt.timezone.utc)

    def __call__(self) -> dt.datetime:
        return self.at

    def go(self, **time: float) -> None:
        """Lets time pass."""
        self.at += dt.timedelta(**time)


class Post:
    """Keeps what was sent. `fails` says of a way why it does not arrive; `before` is done before each sending."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Notice]] = []
        self.fails: Callable[[str], str | None] = lambda _: None
        self.before: Callable[[], object] = lambda: None

    def __call__(self, way: str | Webhook, notice: Notice) -> None:
        """Takes the place of the network."""
        address = way.url if isinstance(way, Webhook) else way
        self.before()
        if (problem := self.fails(address)) is not None:
            raise NotDelivered(problem)
        self.sent.append((address.rsplit("/", 1)[1], notice))

    @property
    def to(self) -> list[str]:
        """Who was told, in order."""
        return [name for name, _ in self.sent]


class House:
    """A worker without its processes: `work` sweeps once, and makes the attempts that are due."""

    def __init__(self, store: Store, clock: Clock, post: Post) -> None:
        self.store, self.clock, self.post = store, clock, post
        self.contacts: Contacts | None = None
        self.queue: list[Claim] = []
        self.links = Links("https://hipline.test/alerts", b"secret of the machine")
        self.courier = self.another()
        self.sweeper = Sweeper(store, lambda: self.contacts, self.queue.append, lambda: len(self.queue), clock=clock)

    def another(self) -> Courier:
        """A courier, as another worker has one."""
        return Courier(self.store, self.links, lambda: self.contacts, dt.timedelta(days=7), self.post, self.clock)

    def told(self, *contacts: dict[str, Any], **settings: Any) -> None:
        """Sets who is told."""
        self.contacts = Contacts.parse_obj({"contacts": list(contacts), **settings})

    def red(
        self, urgency: Urgency = "emergency", name: str = "ann", channel: str = "web", kind: Any = "escalation"
    ) -> str:
        """A warning sign; gives the id of its escalation."""
        received = messages.receive(self.store, channel, name, "my throat is closing", None)
        with self.store.write() as session:
            reply = Reply(text="Call now.", kind=kind, urgency=urgency)
            done = messages.answer(session, received.id, [reply], "rasa", self.contacts, at=self.clock())
        assert done.escalation is not None
        return done.escalation

    def work(self) -> int:
        """One sweep and its attempts; gives how many there were."""
        assert self.sweeper.look_after()
        assert self.sweeper.dispatch()
        claims = list(self.queue)
        self.queue.clear()
        for claim in claims:
            self.courier.deliver(claim)
        return len(claims)

    def alerts(self) -> list[Alert]:
        """All alerts, in the order in which they were wanted."""
        with self.store.read() as session:
            return list(session.execute(select(Alert).order_by(Alert.wanted_at, Alert.contact, Alert.way)).scalars())

    def escalation(self, escalation_id: str) -> Escalation:
        """An escalation as it is."""
        with self.store.read() as session:
            return session.get(Escalation, escalation_id)

    def events(self) -> list[tuple[str, str]]:
        """What happened, and who did it."""
        with self.store.read() as session:
            found = session.execute(select(EscalationEvent).order_by(EscalationEvent.id)).scalars()
            return [(event.what, event.who) for event in found]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def house(store: Store, clock: Clock, post: Post) -> House:
    """A worker whose only contact is a nurse."""
    made = House(store, clock, post)
    made.told(NURSE)
    return made
