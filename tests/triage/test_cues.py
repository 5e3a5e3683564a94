from __future__ import annotations

from bot.triage.cues import mark, sentences


def test_a_negation_reaches_what_comes_after_it_until_a_but() -> None:
    assert mark("no fever or chills but pain") == "_no N_fever N_or N_chills _but _pain ."


def test_a_condition_reaches_its_whole_sentence_and_no_further() -> None:
    assert mark("call if it bleeds. it bleeds") == "H_call H_if H_it H_bleeds . _it _bleeds ."


def test_the_past_and_questions_have_marks_of_their_own() -> None:
    assert mark("I fainted years ago. Is it red?") == "P_i P_fainted P_years P_ago . Q_is Q_it Q_red ."


def test_numbers_keep_their_decimals_and_words_lose_their_apostrophes() -> None:
    assert list(sentences("It’s 38.9 now. Can't walk")) == [["its", "38.9", "now"], ["cant", "walk"]]
