from __future__ import annotations

import datetime as dt

import pytest

from bot.care import callers, escalations, messages, search
from bot.care.database import Store
from bot.care.search import Found, SearchError, Wanted
from bot.care.tables import Entry
from bot.replies import Reply, Urgency

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.timezone.utc)


def said(
    store: Store,
    text: str,
    name: str,
    *,
    channel: str = "web",
    answer: str = "A reply.",
    urgency: Urgency = "none",
    at: dt.datetime = NOON,
) -> str:
    """A message, answered; returns its conversation."""
    received = messages.receive(store, channel, name, text, None)
    reply = Reply(text=answer, kind="answer" if urgency == "none" else "escalation", urgency=urgency)
    with store.write() as session:
        messages.answer(session, received.id, [reply], "rasa", at=at)
        session.query(Entry).filter_by(message_id=received.id).update({"at": at})
    return received.conversation_id


def found(store: Store, page: int = 1, size: int = 25, **wanted: object) -> list[Found]:
    with store.read() as session:
        return search.find(session, Wanted(**wanted), page, size)[0]  # type: ignore[arg-type]


def ids(store: Store, **wanted: object) -> list[str]:
    return [one.id for one in found(store, **wanted)]


def test_without_anything_to_look_for_all_are_found_the_newest_words_first(store: Store) -> None:
    older = said(store, "hello", "ann", at=NOON - dt.timedelta(hours=1))
    newer = said(store, "hello", "bob")
    assert ids(store) == [newer, older]
    said(store, "still there?", "ann", at=NOON + dt.timedelta(hours=1))
    assert ids(store) == [older, newer]


def test_a_conversation_is_shown_with_what_tells_it_from_others(store: Store) -> None:
    said(store, "is it safe", "+12025550123", channel="sms", at=NOON)
    said(store, "fever and chills " + 20 * "and chills ", "+12025550123", channel="sms", urgency="urgent",
         at=NOON + dt.timedelta(minutes=5))  # fmt: skip
    [one] = found(store)
    assert (one.channel, one.number, one.messages, one.urgency, one.state) == (
        "sms",
        "+12025550123",
        2,
        "urgent",
        "raised",
    )
    assert one.last == NOON + dt.timedelta(minutes=5)
    assert one.excerpt.startswith("fever and chills and")
    assert len(one.excerpt) == 160


def test_every_word_must_be_there_in_what_the_person_wrote_or_what_was_said(store: Store) -> None:
    ann = said(store, "Will the NEEDLE hurt?", "ann", answer="The skin is numbed first.")
    said(store, "will it hurt", "bob")
    assert ids(store, words="needle") == [ann]
    assert ids(store, words="needle numbed") == [ann]
    assert ids(store, words="needle knee") == []
    assert len(ids(store, words="hurt")) == 2


@pytest.mark.parametrize("words", ["100%", "a_b", "c\\d", "it's", '"quoted"', "ä", "100% a_b"])
def test_signs_are_looked_for_as_they_are(store: Store, words: str) -> None:
    fitting = said(store, '100% a_b c\\d it\'s "quoted" ä', "ann")
    said(store, "1000 axb cd its quoted a", "bob")
    assert ids(store, words=words) == [fitting]


def test_a_number_is_found_by_a_part_of_it_however_it_is_written(store: Store) -> None:
    by_text = said(store, "hello", "+12025550123", channel="sms")
    caller = said(store, "hello", "a caller", channel="desk")
    said(store, "hello 2025550123", "+12025550199", channel="sms")
    said(store, "hello", "visitor-2025550123")
    with store.write() as session:
        callers.keep(session, caller, "+12025550123", "Kim", "Ann Lee")
    assert set(ids(store, number="(202) 555-0123")) == {by_text, caller}
    assert {one.number for one in found(store, number="0123")} == {"+12025550123"}
    assert [one.caller for one in found(store, number="0123", channel="desk")] == ["Ann Lee"]


@pytest.mark.parametrize("number", ["123", "unknown", "%"])
def test_too_few_digits_of_a_number_are_refused(store: Store, number: str) -> None:
    with pytest.raises(SearchError, match="at least 4 digits"):
        found(store, number=number)


def test_channels_and_days_are_kept_apart(store: Store) -> None:
    web = said(store, "hello", "ann")
    desk = said(store, "hello", "ann", channel="desk", at=NOON - dt.timedelta(days=2))
    assert ids(store, channel="web") == [web]
    assert ids(store, since=NOON) == [web]
    assert ids(store, until=NOON) == [desk]
    assert ids(store, since=NOON - dt.timedelta(days=2), until=NOON) == [desk]
    assert ids(store, since=NOON + dt.timedelta(seconds=1)) == []


def test_both_ends_of_a_range_must_hold_for_the_same_words(store: Store) -> None:
    said(store, "hello", "ann", at=NOON - dt.timedelta(days=9))
    said(store, "hello", "ann", at=NOON)
    assert ids(store, since=NOON - dt.timedelta(days=5), until=NOON - dt.timedelta(days=1)) == []


def test_urgency_and_state_are_those_of_one_escalation(store: Store) -> None:
    urgent = said(store, "fever", "ann", urgency="urgent")
    emergency = said(store, "can't breathe", "bob", urgency="emergency")
    said(store, "hello", "cid")
    with store.write() as session:
        for one in escalations.listed(session, escalations.STATES, 9):
            if one.conversation_id == urgent:
                escalations.resolve(session, one, "Kim", NOON)
    said(store, "numb leg", "ann", urgency="emergency", at=NOON + dt.timedelta(minutes=1))
    assert ids(store, urgency="urgent") == [urgent]
    assert ids(store, urgency="urgent", state="resolved") == [urgent]
    assert ids(store, urgency="urgent", state="open") == []
    assert ids(store, urgency="emergency", state="open") == [urgent, emergency]
    assert ids(store, state="resolved") == [urgent]


def test_pages_follow_one_another_and_the_total_is_told_on_each(store: Store) -> None:
    made = [said(store, "hello", f"{number}", at=NOON + dt.timedelta(minutes=number)) for number in range(5)]
    with store.read() as session:
        pages = [search.find(session, Wanted(words="hello"), page, 2) for page in (1, 2, 3, 4)]
    assert [total for _, total in pages] == [5] * 4
    assert [one.id for rows, _ in pages for one in rows] == made[::-1]
