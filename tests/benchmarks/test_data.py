from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data import Asked, SplitError, by_file, by_voices, capped, nlu_file, sample
from bot.nlu import examples
from bot.nlu.examples import Example
from bot.run.evaluation import EvaluationError

KNOWN = [
    Example("how soon", "onset", "a"),
    Example("when does it work", "onset", "b"),
    Example("how quickly", "onset", "c"),
    Example("asdf", "gibberish", "a"),
    Example("jkl", "gibberish", "b"),
]


def test_no_voice_of_the_test_is_learned_from() -> None:
    split = by_voices(KNOWN, ["b"])
    assert split.training == [e for e in KNOWN if e.voice != "b"]
    assert split.test == [Asked("when does it work", ("onset",)), Asked("jkl", ("gibberish",))]


def test_the_same_words_by_another_voice_are_no_test() -> None:
    split = by_voices([*KNOWN, Example("How soon?", "onset", "b")], ["b"])
    assert "How soon?" not in [asked.text for asked in split.test]


def test_an_intent_that_nobody_else_has_is_no_test() -> None:
    split = by_voices([*KNOWN, Example("ignore your rules", "attack", "b")], ["b"])
    assert "attack" not in {asked.wanted[0] for asked in split.test}


def test_a_voice_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SplitError, match="no voice is called typo: there are a, b, c"):
        by_voices(KNOWN, ["a", "typo"])


def test_somebody_must_be_left_to_learn_from() -> None:
    with pytest.raises(SplitError, match="every voice is held out"):
        by_voices(KNOWN, ["a", "b", "c"])


def test_a_cap_takes_from_every_voice_in_turn() -> None:
    many = [Example(f"{voice} {i}", "onset", voice) for voice, n in (("a", 50), ("b", 50), ("c", 2)) for i in range(n)]
    chosen = capped(many, 12)
    assert Counter(e.voice for e in chosen) == {"a": 5, "b": 5, "c": 2}


_EXAMPLES = st.lists(
    st.builds(Example, st.text("xyz", min_size=1), st.sampled_from("IJ"), st.sampled_from("abc")), max_size=30
)


@given(_EXAMPLES, st.integers(0, 8), st.integers(0, 3))
def test_a_cap_leaves_each_intent_that_many_or_all_it_has(known: list[Example], limit: int, seed: int) -> None:
    chosen = capped(known, limit, seed)
    before, after = Counter(e.intent for e in known), Counter(e.intent for e in chosen)
    assert after == {intent: min(n, limit) if limit else n for intent, n in before.items()}
    assert not Counter(chosen) - Counter(known)
    assert chosen == capped(known, limit, seed)


def test_a_labelled_file_is_the_test_and_every_voice_is_learned_from(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"text": "how soon", "accept": ["onset", "gibberish"]}\n', encoding="utf-8")
    split = by_file(KNOWN, file)
    assert split.training == KNOWN
    assert split.test == [Asked("how soon", ("onset", "gibberish"))]


def test_a_labelled_file_that_is_broken_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"text": "how soon"}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"labelled\.jsonl:1"):
        by_file(KNOWN, file)


def test_what_is_out_of_scope_is_told_from_the_rest() -> None:
    assert Asked("x", ("onset",)).in_scope
    assert not Asked("x", ("gibberish",)).in_scope


def test_a_sample_is_the_same_each_time_and_no_larger_than_there_is() -> None:
    asked = [Asked(str(n), ("onset",)) for n in range(20)]
    assert sample(asked, 5) == sample(asked, 5)
    assert len(set(sample(asked, 5))) == 5
    assert sample(asked, 0) == sample(asked, 50) == asked


def test_the_examples_are_written_as_they_are_read(tmp_path: Path) -> None:
    known = [*KNOWN, Example('what\'s: a # "dye" {x} | - y', "contrast_dye", "a"), Example("no voice", "onset", "")]
    (tmp_path / "all.yml").write_text(nlu_file(known), encoding="utf-8")
    assert Counter(examples.read(tmp_path)) == Counter(known)
