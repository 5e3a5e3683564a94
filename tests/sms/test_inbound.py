"""A text message's form, turned into what is stored."""

from __future__ import annotations

import pytest

from bot.cleaning import MAX_CHARACTERS
from bot.sms.inbound import FormError, Inbound, is_number, of_form, parted

NUMBER = "+12025550123"


def text_of(**fields: str) -> str:
    return of_form({"MessageSid": "SM1", "From": NUMBER, **fields}).text


def test_a_message_is_its_sender_its_words_and_the_carrier_s_id() -> None:
    fields = {"MessageSid": "SM1", "SmsSid": "SM1", "From": NUMBER, "Body": " does it hurt?\r\n", "Unknown": "x"}
    assert of_form(fields) == Inbound(NUMBER, "does it hurt?", "SM1")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, "[picture]"),
        (
            {"NumMedia": "2", "MediaContentType0": "image/png", "MediaContentType1": "audio/amr", "Body": "look"},
            "[picture]\n[voice message]\nlook",
        ),
        ({"NumMedia": "1", "MediaContentType0": "text/x-vcard"}, "[file]"),
        ({"NumMedia": "1"}, "[file]"),
        ({"NumMedia": "many", "Body": "hi"}, "hi"),
        ({"NumMedia": "99", "MediaContentType0": "video/mp4"}, "[video]" + "\n[file]" * 9),
        ({"Latitude": "38.9", "Longitude": "-77.0", "Body": "here"}, "[place on a map]\nhere"),
        ({"Body": ""}, "[empty message]"),
        ({}, "[empty message]"),
        ({"Body": "\u200b \u202e"}, "[empty message]"),
        ({"Body": "\U0001f44d"}, "\U0001f44d"),
    ],
)
def test_what_has_no_words_is_kept_as_a_note(fields: dict[str, str], text: str) -> None:
    assert text_of(**fields) == text


def test_the_longest_text_of_the_carrier_is_kept_whole() -> None:
    assert text_of(Body="\u00e9\U0001f600" * 800) == "\u00e9\U0001f600" * 800


def test_what_grows_beyond_the_limit_in_cleaning_is_cut_and_not_refused() -> None:
    assert text_of(Body="\ufdfa" * 1600, NumMedia="1").startswith("[file]\n")
    assert len(text_of(Body="\ufdfa" * 1600)) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"From": NUMBER}, "MessageSid"),
        ({"MessageSid": "S" * 65, "From": NUMBER}, "MessageSid"),
        ({"MessageSid": "SM1"}, "From"),
        ({"MessageSid": "SM1", "From": " "}, "From"),
        ({"MessageSid": "SM1", "From": "+1\n2"}, "From"),
    ],
)
def test_a_form_without_sender_or_id_is_refused_by_its_field(fields: dict[str, str], name: str) -> None:
    with pytest.raises(FormError, match=name):
        of_form(fields)


def test_a_short_code_or_a_word_can_send_but_not_be_texted() -> None:
    assert of_form({"MessageSid": "SM1", "From": "CLINIC", "Body": "hi"}).number == "CLINIC"
    assert [is_number(name) for name in (NUMBER, "CLINIC", "72345", "+0123456789", "2025550123")] == [
        True,
        *[False] * 4,
    ]


def test_a_stored_text_falls_into_its_notes_and_its_words() -> None:
    assert parted("[picture]\n[file]\nlook\n[picture]") == (["[picture]", "[file]"], "look\n[picture]")
    assert parted("[picture]") == (["[picture]"], "")
    assert parted("look") == ([], "look")
