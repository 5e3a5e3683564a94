from __future__ import annotations

from bot.care import messages, questions
from bot.care.database import Store
from bot.care.questions import Waiting
from bot.care.tables import now


def asked(store: Store, text: str, name: str = "ann") -> messages.Received:
    """A message whose answer held the question."""
    received = messages.receive(store, "web", name, text, None)
    with store.write() as session:
        questions.ask(session, received.id, received.conversation_id, now(), None)
    return received


def waiting(store: Store, conversation_id: str) -> Waiting | None:
    with store.read() as session:
        return questions.waiting(session, conversation_id)


def test_of_several_questions_the_newest_waits(store: Store) -> None:
    for number in range(8):  # so many that they do not stand in this order by chance
        newest = asked(store, f"it feels odd, {number}")
    asked(store, "not mine", "bob")
    assert waiting(store, newest.conversation_id) == Waiting(newest.id, "it feels odd, 7")


def test_a_question_waits_until_it_is_settled(store: Store) -> None:
    assert waiting(store, messages.receive(store, "web", "ann", "hello", None).conversation_id) is None
    conversation = asked(store, "it feels odd").conversation_id
    assert waiting(store, conversation) is not None
    with store.write() as session:
        questions.settle(session, conversation, "no", now())
    assert waiting(store, conversation) is None
