"""Replies made from the knowledge and the clinic's settings: everything that Hipline says is put together here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from bot import gsm7, knowledge, settings
from bot.care.contacts import Level, somebody_is_told
from bot.knowledge import Aspect, Knowledge, Topic, canned
from bot.replies import Button, Kind, Reply, Urgency
from bot.settings import Settings
from bot.triage.examples import Label

# By the label of the triage: the kind of the reply, and its urgency on the wire.
_SYMPTOMS: dict[Label, tuple[Kind, Urgency]] = {
    "emergency": ("escalation", "emergency"),
    "crisis": ("crisis", "emergency"),
    "urgent": ("escalation", "urgent"),
    "routine": ("self_care", "routine"),
}
MOST_SEGMENTS = 2

Told = Callable[[Level], bool]
STARTERS = ("what_is_hip_injection", "procedure_overview", "risks_overview")


def _nobody(level: Level) -> bool:
    return False


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def level_of(urgency: Label) -> Urgency:
    """The urgency on the wire of a symptom that was judged so."""
    return _SYMPTOMS[urgency][1]


class Speech:
    """Says topics, aspects and texts: in full, or as text messages where `sms`.

    `told` answers whether the clinic's contacts are told at once of a warning sign of a level; `clock` gives the time,
    for whether the clinic is open.
    """

    def __init__(
        self,
        known: Knowledge,
        clinic: Settings,
        told: Told = _nobody,
        *,
        sms: bool = False,
        clock: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._known, self._clinic, self._told, self._sms, self._clock = known, clinic, told, sms, clock

    def by(self, channel: str) -> Speech:
        """The same in the form that a channel takes."""
        return Speech(self._known, self._clinic, self._told, sms=channel == "sms", clock=self._clock)

    def knows(self, intent: str | None) -> bool:
        """Whether an intent is one of the document's topics."""
        return intent in self._known.topics

    def topic(self, topic: str, *, offer: Sequence[str] = (), before: Sequence[str] = ()) -> Reply:
        """The answer to a topic, with what people ask next (or `offer`) as buttons.

        The topics of `before` take the place of the last of them, at the front.
        """
        found = self._known.topics[topic]
        text = self._known.answer(topic, sms=self._sms)
        after = offer or found.next
        buttons = self.buttons(list(dict.fromkeys([*before, *after]))[: max(len(before), len(after))])
        return Reply(text=text, kind="answer", topic=topic, section=found.section, buttons=buttons)

    def again(self, topic: str) -> Reply:
        """The answer to a topic in other words, and the offer of a person."""
        found = self._known.topics[topic]
        answer = self._known.aspect(topic, "rephrased") or self._known.answer(topic)
        text = self.words("said_before", answer=answer)
        if self._sms and gsm7.segments(text) > MOST_SEGMENTS:
            text = answer
        person = self.words("a_person_please")
        buttons = [*self.buttons(found.next[:2]), Button(title=person, text=person)]
        return Reply(text=text, kind="answer", topic=topic, section=found.section, buttons=buttons)

    def aspect(self, topic: str, aspect: Aspect) -> Reply:
        """One aspect of a topic; where the document has nothing on it, that is what is said."""
        found = self._known.topics[topic]
        text = self._known.aspect(topic, aspect, sms=self._sms) or self.words("aspect_unknown")
        return Reply(text=text, kind="answer", topic=topic, section=found.section, buttons=self.buttons(found.next))

    def say(
        self,
        text: str,
        kind: Kind,
        *,
        urgency: Urgency = "none",
        topic: str | None = None,
        offer: Iterable[str] = (),
        **values: str,
    ) -> Reply:
        """One of the texts that are no topic's answer."""
        section = self._known.topics[topic].section if topic else None
        return Reply(
            text=self.words(text, **values),
            kind=kind,
            urgency=urgency,
            topic=topic,
            section=section,
            buttons=self.buttons(offer),
        )

    def symptom(self, urgency: Label, category: str | None = None) -> Reply:
        """What is said to somebody who describes a symptom of that urgency, `crisis` being thoughts of self-harm.

        `category` says what the symptom is (`bot/triage/examples`), where that is known.
        """
        kind, level = _SYMPTOMS[urgency]
        if urgency == "routine":
            reply = self.say(urgency, kind, urgency=level, about=self._known.mild(category))
            person = self.words("speak_with_person")
            return reply.copy(update={"buttons": [Button(title=person, text=person)]})
        risk = self._known.serious(category)
        text = f"{urgency}_told" if self._told("urgent" if level == "urgent" else "emergency") else urgency
        reply = self.say(text, kind, urgency=level, about=self.words("cannot_tell", about=risk) if risk else "")
        opens = self._opens() if level == "urgent" else ""
        return self._with(reply, "closed_now", opens=opens) if opens else reply

    def with_reminder(self, reply: Reply) -> Reply:
        """A reply that says at its end that a warning sign from before still matters; by SMS where there is room."""
        return self._with(reply, "still_open")

    def with_denial(self, reply: Reply) -> Reply:
        """The same reminder for somebody who has just denied a sign: it is noted, and ends nothing by itself."""
        return self._with(reply, "denial_noted")

    def with_question(self, reply: Reply) -> Reply:
        """A reply that asks at its end whether somebody has a symptom now; by SMS where there is room."""
        return self._with(reply, "has_it_now")

    def no_word(self) -> Reply:
        """What is said to somebody who did not answer whether they have a symptom now."""
        return self.say("no_word" if self._told("urgent") else "no_word_untold", "escalation", urgency="urgent")

    def _with(self, reply: Reply, name: str, **values: str) -> Reply:
        text = f"{reply.text}\n\n{self.words(name, **values)}"
        if self._sms and gsm7.segments(text) > MOST_SEGMENTS:
            return reply
        return reply.copy(update={"text": text})

    def boundary(self, topic: str | None) -> Reply:
        """The decision is not ours; and what holds in general about `topic`, or its button where that is too long."""
        if topic is None:
            return self.say("boundary", "advice_boundary")
        for answer in (self.general(topic), self._known.topics[topic].sms):  # by SMS, without its section if need be
            full = self.say("boundary_with_topic", "advice_boundary", topic=topic, answer=answer)
            if not self._sms or gsm7.segments(full.text) <= MOST_SEGMENTS:
                return full
        return self.say("boundary", "advice_boundary", topic=topic, offer=[topic])

    def general(self, topic: str) -> str:
        """The short answer to a topic, to stand within another reply."""
        return self._known.answer(topic, sms=True) if self._sms else self._known.topics[topic].sms

    def clinic(self, field: str) -> str:
        """What the clinic's settings say about `field` (hours, cost, ...); empty where they say nothing."""
        return str(self._clinic.hours_in_words if field == "hours" else getattr(self._clinic, f"clinic_{field}"))

    def words(self, text: str, **values: str) -> str:
        """A text with the clinic's name and numbers filled in."""
        return _tidy(self._known.text(text, sms=self._sms, **self._of_clinic(), **values))

    def fill(self, wording: str, **values: str) -> str:
        """A wording of another data file with the clinic's name and numbers filled in, as `words` does it."""
        return _tidy(wording.format_map({**self._of_clinic(), **values}))

    def _of_clinic(self) -> dict[str, str]:
        clinic = self._clinic
        call = f"call {clinic.clinic_phone}" if clinic.clinic_phone else f"call {clinic.clinic_name}"
        return {
            "clinic": clinic.clinic_name,
            "call": call,
            "phone": clinic.clinic_phone or clinic.clinic_name,
            "call_capital": call[0].upper() + call[1:],
            "hours_line": self._hours_line(),
            "callback_line": f"Somebody calls you back {clinic.clinic_callback}." if clinic.clinic_callback else "",
            "emergency": clinic.emergency_number,
            "crisis": clinic.crisis_number,
        }

    def _hours_line(self) -> str:
        opens, hours = self._opens(), self._clinic.hours_in_words
        closed = f"The clinic is closed now and opens {opens}." if opens else ""
        usual = f"Opening hours: {hours}." if hours and not (self._sms and closed) else ""
        return f"{usual} {closed}".strip()

    def _opens(self) -> str:
        """When the clinic opens next, in words; empty while it is open, and where nobody knows."""
        at = self._clock()
        return "" if self._clinic.hours.is_open(at) else self._clinic.hours.opening_in_words(at)

    def page(self, assistant: str) -> dict[str, str]:
        """The words of the chat page by name, where the assistant goes by that name.

        `{count}` and `{number}` are left to the page.
        """
        left = {"count": "{count}", "number": "{number}"}
        return {name: self.words(f"page.{name}", assistant=assistant, **left) for name in self._known.page()}

    def canned(self) -> list[tuple[str, str]]:
        """The replies that staff choose from, each after its title. Raises `DataFileError`."""
        return [(one.title, self.fill(one.text)) for one in canned.load(self._clinic.knowledge_folder)]

    def topics(self) -> list[Topic]:
        """All topics as they are written, section by section."""
        return list(self._known.topics.values())

    def titles(self) -> list[tuple[str, str | None]]:
        """The title of each topic, and its id."""
        return [(topic.title, topic.id) for topic in self._known.topics.values()]

    def buttons(self, topics: Iterable[str]) -> list[Button]:
        """A button for each topic: it sends the topic's title, which the gateway takes for the topic itself."""
        found = [self._known.topics[topic] for topic in topics]
        return [Button(title=topic.title, text=topic.title, topic=topic.id) for topic in found]


def _tidy(filled: str) -> str:
    return "\n".join(" ".join(line.split()) for line in filled.split("\n")).strip()


def of(clinic: Settings) -> Speech:
    """The speech of a clinic. Raises `DataFileError`."""
    return Speech(knowledge.load(clinic.knowledge_folder), clinic, lambda level: somebody_is_told(clinic, level))


@lru_cache(maxsize=1)
def current() -> Speech:
    """The speech of this clinic; files are read at the first call. Raises `DataFileError`, `SettingsError`."""
    clinic = settings.load()
    return of(clinic)
