from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.triage.words import split


def texts(text: str) -> list[tuple[str, ...]]:
    return [sentence.texts for sentence in split(text)]


def test_sentences_end_at_stops_and_numbers_keep_their_decimals() -> None:
    assert texts("It\u2019s 38,9 now. Can't walk!") == [("its", "38.9", "now"), ("cant", "walk")]


def test_a_verb_and_its_not_are_one_word() -> None:
    assert texts("I can not walk, it does not bend, I will not") == [
        ("i", "cant", "walk", "it", "doesnt", "bend", "i", "wont")
    ]


def test_a_stretched_word_keeps_two_of_its_letters() -> None:
    assert texts("feeeeever") == [("feever",)]


def test_a_unit_right_behind_a_number_is_a_word_of_its_own() -> None:
    assert texts("102F") == [("102", "f")]


def test_words_after_commas_and_dashes_are_told_but_not_those_after_a_hyphen() -> None:
    [sentence] = split("no fever, red - so-so")
    assert sentence.breaks == {2, 3}


def test_a_title_does_not_end_a_sentence_and_a_question_is_one() -> None:
    [first, second] = split("Is Dr. Li in? yes")
    assert (first.asked, second.asked) == (True, False)


@given(st.text(max_size=300))
def test_each_word_stands_in_the_text_where_it_says(text: str) -> None:
    words = [word for sentence in split(text) for word in sentence.words]
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)
