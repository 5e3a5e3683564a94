from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.triage.cues import mark, sentences


def test_a_negation_reaches_what_comes_after_it_until_a_but() -> None:
    assert mark("no fever or chills but pain") == "_no N_fever N_or N_chills _but _pain ."


def test_a_condition_reaches_its_whole_sentence_and_no_further() -> None:
    assert mark("call if it bleeds. it bleeds") == "H_call H_if H_it H_bleeds . _it _bleeds ."


def test_the_past_and_questions_have_marks_of_their_own() -> None:
    assert mark("I fainted years ago. Is it red?") == "P_i P_fainted P_years P_ago . Q_is Q_it Q_red ."


def test_numbers_keep_their_decimals_and_words_lose_their_apostrophes() -> None:
    assert list(sentences("It’s 38.9 now. Can't walk")) == [["its", "38.9", "now"], ["cant", "walk"]]


def test_a_negation_reaches_so_many_words_and_no_further() -> None:
    words = mark("no " + "pain " * 12).split()
    denied = [word for word in words if word == "N_pain"]
    assert words[1 : 1 + len(denied)] == denied
    assert 1 <= len(denied) < 12


def test_a_text_without_words_has_no_marks() -> None:
    assert mark("?! \U0001f600 ...") == ""


@given(st.text(max_size=300))
def test_each_word_is_marked_once_and_kept(text: str) -> None:
    words = [word for sentence in sentences(text) for word in sentence]
    assert [part.split("_", 1)[1] for part in mark(text).split() if "_" in part] == words
