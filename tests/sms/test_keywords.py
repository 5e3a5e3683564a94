"""Which messages are keywords; above all, which are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.datafiles import DataFileError
from bot.sms.keywords import FILE, Keywords, load


def kind(text: str) -> str | None:
    found = load().read(text)
    return None if found is None else found.kind


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", "Stop.", "STOP!!", " stop ", "S T O P", "s.t.o.p", "stop stop STOP", '"stop"',
     "STOP \U0001f6d1", "StopAll", "stop all", "UNSUBSCRIBE", "cancel", "END", "Quit", "revoke", "OPTOUT",
     "opt-out", "Opt Out", "remove", "unsub"],
)  # fmt: skip
def test_the_carriers_words_stop_texts_in_any_case_with_any_punctuation(text: str) -> None:
    found = load().read(text)
    assert found is not None
    assert (found.kind, found.exact) == ("stop", True)


@pytest.mark.parametrize(
    "text",
    ["please don't text me anymore", "Please don\u2019t text me", "take me off this list",
     "Take me off of your list please", "stop texting me", "no more messages", "stop sending me these texts",
     "stop sending messages", "do not contact me again", "I don't want these texts",
     "i do not want to get any more texts", "I want to unsubscribe", "please stop", "stop please",
     "can you please stop texting me", "ok stop now", "wrong number, please stop texting me", "leave me alone",
     "remove me from your list", "remove my number", "unsubscribe me", "opt me out please",
     "I revoke my consent", "cancel all texts", "never message me again", "I said stop",
     "how do I stop these texts", "How do I opt out?", "quit messaging me", "stop contacting this number",
     "i would like to stop receiving texts", "dont send me any more messages", "no more texts please",
     "stop bothering me"],
)  # fmt: skip
def test_other_reasonable_words_stop_them_too(text: str) -> None:
    found = load().read(text)
    assert found is not None
    assert (found.kind, found.exact) == ("stop", False)


@pytest.mark.parametrize(
    "text",
    ["cancel my appointment", "can I cancel", "cancel it", "I need to cancel for Friday",
     "how do I stop the bleeding", "it won't stop bleeding", "when can i stop the pills",
     "should I stop taking my blood thinner", "stop the pain", "please stop the pain", "the pain won't stop",
     "stop smoking", "quit smoking", "should i quit my job", "end of the week?", "in the end it helped",
     "when does it end", "the end of the needle", "help me I can't breathe", "will it help me", "help me",
     "can you help with parking", "remove the bandage", "when do I remove the dressing",
     "take off the bandage", "can I take it off", "take me off the pills", "no pain", "no more pain", "no",
     "no thanks", "stop it hurts", "STOP i cant breathe", "stop taking ibuprofen?",
     "do i have to stop exercising after", "will it help me get off the pain pills",
     "i want to stop the treatment", "I want to cancel", "can I start walking", "when can I start",
     "start date", "i started bleeding", "start over", "YES", "yes please",
     "no texts were sent to my wife about this", "info about risks", "more information",
     "I don't want the injection", "i dont want to do this anymore", "I don't want to live anymore",
     "leave me alone with the pain pills", "i want it to end", "make it stop", "i cant stop shaking",
     "my heart wont stop racing", "message me tomorrow", "text me the address", "don't contact my husband",
     "can you text me", "why do you text me", "stopped", "cancelled", "ending", "helpful", "7", "stop 7", "",
     "\U0001f44d", "!!!"],
)  # fmt: skip
def test_what_only_holds_such_a_word_is_no_keyword(text: str) -> None:
    assert kind(text) is None


@pytest.mark.parametrize(
    "text", ["start", "Start", "UNSTOP", "opt in", "text me again", "please start texting me again", "sign me up again"]
)
def test_texts_can_be_started_again(text: str) -> None:
    assert kind(text) == "start"


@pytest.mark.parametrize("text", ["HELP", "help?", "Info", "who is texting me"])
def test_help_asks_who_this_is(text: str) -> None:
    assert kind(text) == "help"


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        ("Stop texting me. I can't breathe", True),
        ("unsubscribe, and I have chest pain", True),
        ("my leg is numb\nplease don't text me anymore", True),
        ("STOP i cant breathe", False),
        ("STOP. I can't breathe", False),
        ("please stop, it hurts so much", False),
        ("I can't stop shaking. Help", False),
    ],
)
def test_beside_a_warning_sign_only_what_leaves_no_doubt_counts(text: str, clear: bool) -> None:
    assert load().says_stop(text) is clear
    assert kind(text) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  words: [help, info]", "  words: [help, stop]", "help.words.1: stop is a word of another keyword too"),
        ("    - leave me alone", "    - leave <nobody> alone", "there is no group nobody"),
        ("    - leave me alone", "    - Leave me alone", "Leave: a phrase is made of words in small letters"),
        ("opening: [", "openings: [", "openings: is not a field that is known here"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "keywords.yml"
    content = FILE.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        Keywords(file)
    assert said in str(caught.value)
    assert caught.value.line
