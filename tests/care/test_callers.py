from __future__ import annotations

import pytest

from bot.care import callers, messages
from bot.care.callers import NumberError
from bot.care.database import Store
from bot.cleaning import TextError


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


@pytest.mark.parametrize("given", ["", "none", "555", "555-0123", "202 555 01234567890", "+1 202 555 0123 ext. 4"])
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


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("  Ann\n Lee ", "Ann Lee"),
        ("\u202eAnn\u200b Lee\u202c", "Ann Lee"),
        ("", None),
        (" \u200b\n", None),
        ("a" * 160, "a" * 160),
    ],
)
def test_a_name_is_one_clean_line_or_none(given: str, name: str | None) -> None:
    assert callers.name_of(given) == name


@pytest.mark.parametrize("length", [161, 5000])
def test_a_name_that_is_too_long_is_refused_and_not_cut(length: int) -> None:
    with pytest.raises(TextError, match="160 characters at most"):
        callers.name_of("a" * length)


def left(store: Store, conversation: str, number: str, name: str | None = None) -> tuple[bool, str, str | None, str]:
    """Leaves a number as the patient does: whether that changed anything, and what is kept then."""
    with store.write() as session:
        changed = callers.leave(session, conversation, number, name)
    with store.read() as session:
        kept = callers.of_conversation(session, conversation)
        assert kept is not None
        return changed, kept.number, kept.name, kept.taken_by


def test_the_number_that_a_patient_leaves_is_theirs_and_the_last_one_counts(store: Store) -> None:
    conversation = messages.receive(store, "web", "ann", "hello", None).conversation_id
    assert left(store, conversation, "+12025550123", "Ann") == (True, "+12025550123", "Ann", "the patient")
    assert left(store, conversation, "+12025550199") == (True, "+12025550199", "Ann", "the patient")
    assert left(store, conversation, "+12025550199", "Ann Lee") == (True, "+12025550199", "Ann Lee", "the patient")


def test_leaving_the_same_number_again_changes_nothing(store: Store) -> None:
    conversation = messages.receive(store, "web", "ann", "hello", None).conversation_id
    left(store, conversation, "+12025550123", "Ann")
    with store.read() as session:
        first = callers.of_conversation(session, conversation)
    for name in ("Ann", None):
        assert not left(store, conversation, "+12025550123", name)[0]
    with store.read() as session:
        again = callers.of_conversation(session, conversation)
    assert first is not None
    assert again is not None
    assert again.at == first.at


def test_a_patient_s_own_number_takes_the_place_of_one_that_was_taken_down_but_the_name_stays(store: Store) -> None:
    conversation = messages.receive(store, "desk", "caller", "hello", None).conversation_id
    with store.write() as session:
        callers.keep(session, conversation, "+12025550123", "Kim", "Ann Lee")
    assert left(store, conversation, "+12025550123") == (True, "+12025550123", "Ann Lee", "the patient")
