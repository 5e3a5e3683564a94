"""What a reply is as a text message."""

from __future__ import annotations

import pytest

from bot import gsm7, knowledge
from bot.replies import Button, Reply
from bot.settings import Settings
from bot.sms import body
from bot.speech import STARTERS, Speech

KNOWN = knowledge.load()
SPEECH = Speech(KNOWN, Settings(clinic_name="Lakeside Hip Clinic", clinic_phone="(202) 555-0142"), sms=True)


def offered(text: str, *titles: str) -> str:
    buttons = [Button(title=title, text=title) for title in titles]
    return body.of_reply(Reply(text=text, kind="answer", buttons=buttons))


def test_buttons_are_choices_by_number() -> None:
    assert offered("Which?", "What are the risks?", "How long does it last?") == (
        "Which?\nReply 1 What are the risks?, 2 How long does it last?"
    )


def test_choices_that_do_not_fit_two_segments_are_left_out_from_the_last_one_on() -> None:
    assert offered("x" * 280, "one", "two", "three") == "x" * 280 + "\nReply 1 one, 2 two"
    assert offered("x" * 306, "one") == "x" * 306


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("It’s “fine” – really…", 'It\'s "fine" - really...'),
        ("a\u00a0b\u200bc", "a bc"),
        ("• one", "- one"),
        ("caf\u00e9 \U0001f44d", "caf\u00e9 \U0001f44d"),
    ],
)
def test_what_word_processors_put_in_goes_out_plain(text: str, sent: str) -> None:
    assert offered(text) == sent


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("\u4f60" * 70, 1), ("\u4f60" * 71, 2), ("\U0001f44d" * 35, 1),
     ("\U0001f44d" * 36, 2), ("\u4f60" * 134, 2), ("\u4f60" * 66 + "\U0001f44d" + "\u4f60" * 67, 3)],
)  # fmt: skip
def test_segments_are_counted_in_the_alphabet_that_a_text_needs(text: str, segments: int) -> None:
    assert body.segments(text) == segments


def test_every_topic_with_its_choices_takes_two_segments_at_most() -> None:
    taken = {topic: body.segments(body.of_reply(SPEECH.topic(topic))) for topic in KNOWN.topics}
    assert set(taken.values()) <= {1, 2}
    offers = [topic for topic in KNOWN.topics if "\nReply 1 " in body.of_reply(SPEECH.topic(topic))]
    assert len(offers) > len(KNOWN.topics) / 2


def test_a_clarification_s_choices_fit() -> None:
    text = body.of_reply(SPEECH.say("clarify", "clarify", offer=STARTERS))
    assert "\nReply 1 " in text
    assert (body.segments(text), gsm7.strangers(text)) == (2, "")


def test_the_language_texts_take_two_segments_at_most() -> None:
    names = [name for name in KNOWN._texts if name.startswith("language_")]
    taken = {name: body.segments(body.plain(SPEECH.words(name))) for name in names}
    assert len(names) == 10
    assert {name: count for name, count in taken.items() if count > 2} == {}
