"""A message's way through `Turns`: stored first, answered with what was before it, answered once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import knowledge
from bot.care import escalations, messages
from bot.care.database import Store
from bot.care.messages import MessageConflict, Received
from bot.care.tables import Escalation, EscalationEvent, Message
from bot.cleaning import TextError
from bot.knowledge import Knowledge
from bot.nlu.encoder import PARTS, WIDTH, Vectors
from bot.nlu.known import unpacked
from bot.replies import Reply
from bot.speech import Speech
from bot.triage.assessment import Assessment, Triage
from bot.triage.judgement import Earlier
from bot.turn.rasa import Rasa
from bot.turn.turns import Turns
from tests import ready
from tests.gateway.conftest import EMERGENCY, RASA, FakeRasa, a_button, a_clinic, a_reply, replies


@pytest.fixture(scope="session")
def known() -> Knowledge:
    return knowledge.load()


Scenario = Callable[[Turns], Awaitable[Any]]


@pytest.fixture
def run(store: Store, rasa: FakeRasa, known: Knowledge, tmp_path: Path) -> Callable[..., Any]:
    """Runs a scenario with turns over `store` (or another), `rasa`, and a triage (by words alone)."""

    def run(scenario: Scenario, store: Store = store, triage: Triage | None = None) -> Any:
        async def whole() -> Any:
            door = Rasa(RASA, 4.0, rasa)
            try:
                return await asyncio.wait_for(
                    scenario(Turns(store, door, Speech(known, a_clinic(tmp_path)), triage or ready.triage())), 60
                )
            finally:
                await door.aclose()

        return asyncio.run(whole())

    return run


def take(*texts: str, channel: str = "web", name: str = "anna") -> Scenario:
    """A scenario: one message after the other in one conversation; it gives the last one's `Received`."""

    async def scenario(turns: Turns) -> Received | None:
        done = None
        for text in texts:
            done = await turns.take(channel, name, text)
        return done

    return scenario


def rows(store: Store) -> list[Message]:
    with store.read() as session:
        return list(session.execute(select(Message).order_by(Message.position)).scalars())


def test_a_message_is_stored_before_rasa_is_asked(run: Callable[..., Any], store: Store, rasa: FakeRasa) -> None:
    seen: list[tuple[str, bool]] = []

    def answer(_: dict[str, Any]) -> httpx.Response:
        seen.extend((row.text, row.answered_at is None) for row in rows(store))
        return replies(a_reply())

    rasa.answer = answer
    run(take("does it hurt?"))
    assert seen == [("does it hurt?", True)]


def test_a_message_says_who_answered_it(run: Callable[..., Any], store: Store, rasa: FakeRasa) -> None:
    run(take("does it hurt?"))
    rasa.answer = lambda _: httpx.Response(502)
    run(take("does it bleed?"))
    assert [(row.text, row.answered_by) for row in rows(store)] == [
        ("does it hurt?", "rasa"),
        ("does it bleed?", "gateway"),
    ]
    assert all(row.answered_at is not None for row in rows(store))


def test_the_first_message_has_no_context(run: Callable[..., Any], rasa: FakeRasa) -> None:
    run(take("hello"))
    assert rasa.asked[0]["metadata"] == {"channel": "web", "context": {"topic": None, "kind": None, "asked": {}}}


def test_rasa_is_told_the_last_topic_and_the_kind_of_the_last_reply(run: Callable[..., Any], rasa: FakeRasa) -> None:
    answers = {
        "when does it work?": replies(a_reply("Soon.", topic="onset")),
        "thanks": replies(a_reply("You're welcome.", topic=None, kind="smalltalk")),
    }
    rasa.answer = lambda body: answers.get(body["message"], replies(a_reply(topic="benefits")))
    run(take("when does it work?", "thanks", "how long does that last?"))
    assert [body["metadata"]["context"] for body in rasa.asked] == [
        {"topic": None, "kind": None, "asked": {}},
        {"topic": "onset", "kind": "answer", "asked": {"onset": 1}},
        {"topic": "onset", "kind": "smalltalk", "asked": {"onset": 1}},
    ]


def test_the_sender_is_the_same_for_one_conversation_and_another_for_another(
    run: Callable[..., Any], rasa: FakeRasa
) -> None:
    run(take("one", "two"))
    run(take("three", name="bert"))
    first, second, third = (body["sender"] for body in rasa.asked)
    assert first == second != third


def test_the_context_is_that_before_the_message_even_where_later_ones_have_been_answered(
    run: Callable[..., Any], store: Store, rasa: FakeRasa
) -> None:
    # The gateway was killed when it had stored the first message.
    messages.receive(store, "web", "anna", "what about rest?", "m-1")
    rasa.answer = lambda _: replies(a_reply(topic="onset", buttons=[a_button("what about rest?", "post_procedure")]))

    async def scenario(turns: Turns) -> Received:
        await turns.take("web", "anna", "when does it work?", "m-2")
        return await turns.take("web", "anna", "what about rest?", "m-1")

    done = run(scenario)
    assert rasa.messages == ["when does it work?", "what about rest?"]
    assert rasa.asked[1]["metadata"]["context"] == {"topic": None, "kind": None, "asked": {}}
    assert done.position == 1
    assert [reply.topic for reply in done.replies] == ["onset"]


def test_a_message_that_was_stored_and_not_answered_is_answered_when_it_comes_again(
    run: Callable[..., Any], store: Store, rasa: FakeRasa
) -> None:
    messages.receive(store, "web", "anna", "does it hurt?", "m-1")

    async def scenario(turns: Turns) -> Received:
        return await turns.take("web", "anna", "does it hurt?", "m-1")

    assert [reply.text for reply in run(scenario).replies] == ["About does it hurt?."]
    assert [row.text for row in rows(store)] == ["does it hurt?"]


def test_only_the_buttons_of_the_last_reply_can_be_tapped(run: Callable[..., Any], rasa: FakeRasa) -> None:
    offers = {
        "hello": replies(a_reply(buttons=[a_button("How soon?", "onset")])),
        "and then?": replies(a_reply(buttons=[a_button("Risks?", "risks_overview")])),
    }
    rasa.answer = lambda body: offers.get(body["message"], replies(a_reply()))
    run(take("hello", "and then?", "How soon?"))
    assert rasa.messages[-1] == "How soon?"


def test_of_several_replies_the_last_ones_buttons_are_the_ones_to_tap(run: Callable[..., Any], rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(
        a_reply(buttons=[a_button("How soon?", "onset")]), a_reply(buttons=[a_button("Risks?", "risks_overview")])
    )
    run(take("hello", "1"))
    assert rasa.messages[-1] == "/risks_overview"


def test_a_number_after_an_answer_without_rasa_picks_nothing_from_before(
    run: Callable[..., Any], rasa: FakeRasa
) -> None:
    rasa.answer = lambda _: replies(a_reply(buttons=[a_button("How soon?", "onset")]))
    run(take("hello"))
    rasa.answer = lambda _: httpx.Response(502)
    run(take("what now?"))
    rasa.answer = lambda _: replies(a_reply())
    run(take("1"))
    assert rasa.messages[-1] == "1"


# A red flag never depends on the model server


@pytest.mark.parametrize(
    ("text", "kind", "urgency", "said"),
    [
        ("My throat is closing up and I can't breathe", "escalation", "emergency", f"Call {EMERGENCY} now."),
        ("my chest feels tight, chest pain", "escalation", "emergency", f"Call {EMERGENCY} now."),
        ("I want to kill myself", "crisis", "emergency", "988"),
    ],
)
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_a_red_flag_is_escalated_while_rasa_is_down(
    run: Callable[..., Any], rasa: FakeRasa, channel: str, text: str, kind: str, urgency: str, said: str
) -> None:
    rasa.answer = lambda _: httpx.Response(502)
    done = run(take(text, channel=channel, name="+12025550123"))
    [reply] = done.replies
    assert (reply.kind, reply.urgency) == (kind, urgency)
    assert said in reply.text
    assert done.escalation is not None


@pytest.mark.parametrize(
    "text", ["I have no chest pain", "what are the risks?", "is chest pain a possible side effect?"]
)
def test_what_is_denied_or_only_asked_about_is_no_red_flag_while_rasa_is_down(
    run: Callable[..., Any], rasa: FakeRasa, text: str
) -> None:
    rasa.answer = lambda _: httpx.Response(502)
    done = run(take(text))
    [reply] = done.replies
    assert (reply.kind, reply.urgency) == ("clarify", "none")
    assert "can't answer right now" in reply.text
    assert done.escalation is None


NOTHING: dict[Any, float] = dict.fromkeys(("none", "routine", "urgent", "emergency", "crisis"), 0.0)


class Judge(Triage):
    """A triage that finds in each text what it was told to."""

    def __init__(self, **found: str) -> None:
        super().__init__(ready.rules())
        self._found = {text.replace("_", " "): urgency for text, urgency in found.items()}
        self.earlier: list[Earlier | None] = []

    def assess(self, text: str, earlier: Earlier | None = None, vector: Any = None) -> Assessment:
        """What it was told, as a model would."""
        self.earlier.append(earlier)
        urgency: Any = self._found.get(text, "none")
        return Assessment(urgency, "fever" if urgency != "none" else None, shares={**NOTHING, urgency: 1.0})


def test_rasa_is_told_how_urgent_a_message_is(run: Callable[..., Any], rasa: FakeRasa) -> None:
    run(take("i am hot", "hello"), triage=Judge(i_am_hot="routine"))
    assert [body["metadata"]["triage"] for body in rasa.asked] == [
        {"urgency": "routine", "category": "fever"},
        {"urgency": "none", "category": None},
    ]


@pytest.mark.parametrize(
    ("urgency", "kind"), [("urgent", "escalation"), ("emergency", "escalation"), ("crisis", "crisis")]
)
def test_a_red_flag_that_rasa_answers_with_something_else_is_put_right(
    run: Callable[..., Any], rasa: FakeRasa, urgency: str, kind: str
) -> None:
    rasa.answer = lambda _: replies(a_reply("How nice."))
    done = run(take("i am hot"), triage=Judge(i_am_hot=urgency))
    assert [reply.kind for reply in done.replies] == [kind, "answer"]
    assert done.escalation is not None


def test_the_answer_to_a_red_flag_stands_as_rasa_gives_it(run: Callable[..., Any], rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply("Call now.", kind="escalation", urgency="emergency", topic=None))
    done = run(take("i am hot"), triage=Judge(i_am_hot="urgent"))
    assert [reply.text for reply in done.replies] == ["Call now."]


def test_the_symptom_before_is_judged_along(run: Callable[..., Any], rasa: FakeRasa) -> None:
    judge = Judge(i_am_sore="routine")
    answers = {"i am sore": replies(a_reply("It can happen.", kind="self_care", urgency="routine", topic=None))}
    rasa.answer = lambda body: answers.get(body["message"], replies(a_reply()))
    run(take("i am sore", "how long?", "still"), triage=judge)
    assert judge.earlier == [
        None,
        Earlier("i am sore", "routine", just_before=True),
        Earlier("i am sore", "routine", just_before=False),
    ]


def test_the_answer_after_a_red_flag_reminds_of_it_once(run: Callable[..., Any], rasa: FakeRasa) -> None:
    answers = {"i am hot": replies(a_reply("Call today.", kind="escalation", urgency="urgent", topic=None))}
    rasa.answer = lambda body: answers.get(body["message"], replies(a_reply("It is rare.")))

    async def scenario(turns: Turns) -> list[str]:
        return [
            (await turns.take("web", "anna", text)).replies[-1].text for text in ("i am hot", "is it rare?", "really?")
        ]

    first, second, third = run(scenario, triage=Judge(i_am_hot="urgent"))
    assert first == "Call today."
    assert second.startswith("It is rare.\n\nWhat you told me before still matters")
    assert third == "It is rare."


def test_who_takes_a_warning_sign_back_is_told_that_it_stays_open_and_the_clinician_reads_it(
    run: Callable[..., Any], store: Store, rasa: FakeRasa
) -> None:
    rasa.answer = lambda _: httpx.Response(502)
    done = run(take("I have a fever of 102 since the shot", "actually no fever, I misread it"))
    assert done.replies[-1].text.startswith("I have noted that")
    with store.read() as session:
        [escalation] = session.execute(select(Escalation)).scalars()
        assert escalation.state == "raised"
        told = [(event.what, event.who, event.message_id) for event in escalations.events(session, escalation.id)]
    assert told[1:] == [("denied", "the patient", done.id)]


def test_a_warning_sign_told_in_pieces_stays_one_and_every_piece_reaches_the_clinician(
    run: Callable[..., Any], store: Store, rasa: FakeRasa
) -> None:
    rasa.answer = lambda _: httpx.Response(502)
    done = run(take("I had a bad fall on my hip", "on the side they did the shot"))
    assert done.replies[0].kind == "escalation"
    with store.read() as session:
        [escalation] = session.execute(select(Escalation)).scalars()
        assert done.escalation == escalation.id


def test_who_denies_a_sign_without_ever_having_had_one_changes_nothing(
    run: Callable[..., Any], store: Store, rasa: FakeRasa
) -> None:
    run(take("does it hurt", "I have no fever"))
    with store.read() as session:
        assert session.execute(select(EscalationEvent)).all() == []


def test_where_a_red_flag_is_not_out_of_the_question_the_answer_asks_for_it(
    run: Callable[..., Any], rasa: FakeRasa
) -> None:
    class Unsure(Judge):
        def assess(self, text: str, earlier: Earlier | None = None, vector: Any = None) -> Assessment:
            return Assessment("none", shares={**NOTHING, "none": 0.95, "urgent": 0.05}, is_unsure=True)

    done = run(take("is it meant to be so red?"), triage=Unsure())
    [reply] = done.replies
    assert "\n\nIf you or somebody with you has a symptom right now" in reply.text
    assert (reply.kind, reply.urgency, done.escalation) == ("answer", "none", None)


def test_where_rasa_answers_its_own_judgement_stands(run: Callable[..., Any], rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply("From the pipeline."))
    [reply] = run(take("My throat is closing up and I can't breathe")).replies
    assert reply.text == "From the pipeline."


@pytest.mark.parametrize("text", ["", " \u200b\n", "x" * 2001], ids=["empty", "zero width", "too long"])
def test_a_text_that_is_refused_is_neither_stored_nor_asked(
    run: Callable[..., Any], store: Store, rasa: FakeRasa, text: str
) -> None:
    with pytest.raises(TextError):
        run(take(text))
    assert rows(store) == []
    assert rasa.asked == []


def test_an_id_that_belongs_to_another_text_is_refused(run: Callable[..., Any], store: Store) -> None:
    async def scenario(turns: Turns) -> None:
        await turns.take("web", "anna", "does it hurt?", "m-1")
        await turns.take("web", "anna", "does it bleed?", "m-1")

    with pytest.raises(MessageConflict, match="was used before in this conversation, for another text"):
        run(scenario)
    assert [row.text for row in rows(store)] == ["does it hurt?"]


def test_a_caller_who_goes_away_leaves_the_conversation_free_for_the_next_message(
    run: Callable[..., Any], rasa: FakeRasa
) -> None:
    async def scenario(turns: Turns) -> Received:
        reached = asyncio.Event()

        async def never(_: dict[str, Any]) -> httpx.Response:
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

        rasa.answer = never
        gone = asyncio.create_task(turns.take("web", "anna", "does it hurt?"))
        await reached.wait()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        rasa.answer = lambda _: replies(a_reply("the next answer"))
        return await turns.take("web", "anna", "does it bleed?")

    assert [reply.text for reply in run(scenario).replies] == ["the next answer"]


@pytest.mark.parametrize("between", ["a repeat", "a conflict", "a caller who goes away"])
def test_what_ends_early_in_between_lets_nobody_overtake(
    run: Callable[..., Any], store: Store, rasa: FakeRasa, between: str
) -> None:
    async def scenario(turns: Turns) -> None:
        await turns.take("web", "anna", "before", "m-0")
        reached, go = asyncio.Event(), asyncio.Event()

        async def answer(body: dict[str, Any]) -> httpx.Response:
            if body["message"] == "first":
                reached.set()
                await go.wait()
            return replies(a_reply())

        rasa.answer = answer
        first = asyncio.create_task(turns.take("web", "anna", "first"))
        await reached.wait()
        if between == "a repeat":
            await turns.take("web", "anna", "before", "m-0")
        elif between == "a conflict":
            with pytest.raises(MessageConflict):
                await turns.take("web", "anna", "another text", "m-0")
        else:
            gone = asyncio.create_task(turns.take("web", "anna", "second"))
            while len(rows(store)) < 3:
                await asyncio.to_thread(lambda: None)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
        last = asyncio.create_task(turns.take("web", "anna", "last"))
        while rows(store)[-1].text != "last":
            await asyncio.to_thread(lambda: None)
        for _ in range(10):  # more than it would take to be asked, were nobody before it
            await asyncio.to_thread(lambda: None)
        assert rasa.messages[-1] == "first"
        go.set()
        await asyncio.gather(first, last)
        assert rasa.messages == ["before", "first", "last"]

    run(scenario)


def test_the_memory_for_conversations_is_given_back(run: Callable[..., Any]) -> None:
    async def scenario(turns: Turns) -> int:
        for number in range(5):
            await turns.take("web", f"visitor {number}", "hello")
        return len(turns._lines)

    assert run(scenario) == 0


class _LateReturn(Store):
    """A store whose first transaction is committed at once and returns late, as a busy machine's can."""

    def __init__(self, store: Store, until: threading.Event) -> None:
        self.__dict__.update(store.__dict__)
        self._until, self._first = until, True
        self.committed = threading.Event()

    def write(self) -> AbstractContextManager[Session]:
        late, self._first = self._first, False
        return self._late() if late else super().write()

    @contextmanager
    def _late(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
        self.committed.set()
        self._until.wait(2)  # where order is kept, this is in vain


def test_messages_are_answered_in_the_order_in_which_they_were_stored(
    run: Callable[..., Any], store: Store, rasa: FakeRasa
) -> None:
    second_asked = threading.Event()

    def answer(body: dict[str, Any]) -> httpx.Response:
        if body["message"] == "second":
            second_asked.set()
        return replies(a_reply())

    rasa.answer = answer
    late = _LateReturn(store, second_asked)

    async def scenario(turns: Turns) -> None:
        first = asyncio.create_task(turns.take("web", "anna", "first"))
        await asyncio.to_thread(late.committed.wait, 30)
        await asyncio.gather(first, turns.take("web", "anna", "second"))

    run(scenario, late)
    assert [(row.position, row.text) for row in rows(store)] == [(1, "first"), (2, "second")]
    assert rasa.messages == ["first", "second"]


def test_what_comes_back_is_what_was_stored(run: Callable[..., Any], store: Store, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply("Well.", buttons=[a_button("How soon?", "onset")]), a_reply("And more."))
    done = run(take("hello"))
    with store.read() as session:
        [(_, kept)] = messages.transcript(session, "web", "anna")
    assert list(done.replies) == kept
    assert kept[0] == Reply.parse_obj(a_reply("Well.", buttons=[a_button("How soon?", "onset")]))


class Learned:
    """In the place of a trained model: an emergency where the vector says so."""

    def shares(self, texts: Sequence[str], vectors: Vectors) -> list[dict[Any, float]]:
        red = float(vectors[0][0])
        return [{"none": 1 - red, "routine": 0.0, "urgent": 0.0, "emergency": red, "crisis": 0.0}]

    def category(self, text: str, vector: Vectors) -> str | None:
        return None


class Encoder:
    """Encodes what `grave` holds as an emergency; keeps the texts and the threads that it was asked in."""

    def __init__(self, *grave: str, failures: int = 0) -> None:
        self.asked: list[str] = []
        self._grave, self._failures = grave, failures

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        if len(self.asked) <= self._failures:
            raise RuntimeError("no memory")
        return np.array([[float(text in self._grave)] + [0.0] * (WIDTH * PARTS - 1) for text in texts], np.float32)

    def triage(self) -> Triage:
        learned: Any = Learned()
        return Triage(ready.rules(), learned, self)


def test_a_message_is_encoded_once_and_rasa_gets_its_vector(run: Callable[..., Any], rasa: FakeRasa) -> None:
    encoder = Encoder()
    run(take("does it hurt?"), triage=encoder.triage())
    assert encoder.asked == ["does it hurt?"]
    vector = unpacked(rasa.asked[0]["vector"])
    assert vector is not None
    assert not vector.any()


def test_what_is_encoded_ahead_is_what_is_judged(run: Callable[..., Any], store: Store) -> None:
    encoder = Encoder("it went dark")
    run(take("does it hurt?", "it went dark"), triage=encoder.triage())
    with store.read() as session:
        assert session.execute(select(Escalation.urgency)).scalars().all() == ["emergency"]


def test_an_encoder_that_fails_ahead_is_asked_again_and_then_left_out(run: Callable[..., Any], rasa: FakeRasa) -> None:
    encoder = Encoder(failures=1)
    run(take("does it hurt?"), triage=encoder.triage())
    assert encoder.asked == ["does it hurt?"] * 2
    assert "vector" in rasa.asked[0]
    broken = Encoder("does it bleed?", failures=2)
    run(take("does it bleed?"), triage=broken.triage())
    assert "vector" not in rasa.asked[1]


def test_messages_that_come_at_once_are_each_judged_by_their_own_vector(run: Callable[..., Any], store: Store) -> None:
    encoder = Encoder("it went dark")

    async def scenario(turns: Turns) -> None:
        texts = ["hello", "it went dark", "what is it", "who does it"]
        await asyncio.gather(*(turns.take("web", "anna", text) for text in texts))

    run(scenario, triage=encoder.triage())
    assert sorted(encoder.asked) == sorted({row.text for row in rows(store)})
    with store.read() as session:
        [red] = session.execute(select(Message.text).join(Escalation, Escalation.message_id == Message.id)).scalars()
    assert red == "it went dark"


def test_a_tap_on_a_button_does_not_wait_for_a_vector(
    run: Callable[..., Any], rasa: FakeRasa, known: Knowledge
) -> None:
    answered, given_up = threading.Event(), threading.Event()

    class Slow(Encoder):
        def __call__(self, texts: Sequence[str]) -> Vectors:
            if not answered.wait(10):
                given_up.set()
            return super().__call__(texts)

    try:
        run(take(known.topics["onset"].title), triage=Slow().triage())
    finally:
        answered.set()
    assert rasa.messages == ["/onset"]
    assert not given_up.is_set()
