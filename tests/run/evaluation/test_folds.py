"""Folds over voices, and the quick look at a few of each kind."""

from __future__ import annotations

import pytest

from bot.run.evaluation import EvaluationError
from bot.run.evaluation.folds import limited, split

VOICES = ["plain"] * 4 + ["sms"] * 3 + ["older"] * 2 + ["typo"]


def test_no_voice_is_on_both_sides_and_every_message_is_judged_once() -> None:
    judged: list[int] = []
    for fold in split(VOICES, 3):
        assert {VOICES[i] for i in fold.train}.isdisjoint(fold.voices)
        assert {VOICES[i] for i in fold.test} == set(fold.voices)
        assert sorted(fold.train + fold.test) == list(range(len(VOICES)))
        judged += fold.test
    assert sorted(judged) == list(range(len(VOICES)))


@pytest.mark.parametrize("folds", [1, 5])
def test_more_folds_than_voices_are_refused(folds: int) -> None:
    with pytest.raises(EvaluationError, match=rf"--folds {folds}: must be from 2 to 4, the number of voices"):
        split(VOICES, folds)


def test_a_quick_look_takes_so_many_of_each_kind_in_their_order_and_the_same_each_time() -> None:
    items = [f"{kind}{number}" for number in range(20) for kind in "ab"] + ["c0"]
    few = limited(items, lambda item: item[0], 3)
    assert [sum(item[0] == kind for item in few) for kind in "abc"] == [3, 3, 1]
    assert few == sorted(few, key=items.index)
    assert few == limited(items, lambda item: item[0], 3)
    assert limited(items, lambda item: item[0], None) == items
