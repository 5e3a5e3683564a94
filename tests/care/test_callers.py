from __future__ import annotations

import pytest

from bot.care import callers, messages
from bot.care.callers import NumberError
from bot.care.database import Store


@pytest.mark.parametrize(
    ("given", "region", "number"),
    [
        ("(202) 555-0123", "US", "+12025550123"),
        ("202.555.0123 ", "US", "+12025550123"),
        ("+1 202 555 0123", "GB", "+12025550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 20 7946 0018", "US", "+442079460018"),
    ],
)
def test_a_number_is_read_however_it_is_written(given: str, region: str, number: str) -> None:
    assert callers.number_of(given, region) == number


@pytest.mark.parametrize("given", ["", "none", "555", "202 555 01234567890", "+1 202 555 0123 ext. 4"])
def test_what_cannot_be_called_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(NumberError, match=r"such as \(202\) 555-0123"):
        callers.number_of(given, "US")


def test_the_number_that_was_told_last_counts(store: Store) -> None:
    conversation = messages.receive(store, "desk", "caller", "hello", None).conversation_id
    with store.write() as session:
        assert callers.of_conversation(session, conversation) is None
        callers.keep(session, conversation, "+12025550123", "Kim", "Ann Lee")
    with store.write() as session:
        callers.keep(session, conversation, "+12025550199", "Sam")
    with store.read() as session:
        kept = callers.of_conversation(session, conversation)
        assert kept is not None
        assert (kept.number, kept.name, kept.taken_by) == ("+12025550199", None, "Sam")
