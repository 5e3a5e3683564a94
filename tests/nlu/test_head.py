"""The linear head, on a dozen tiny texts with random vectors."""

from __future__ import annotations

import io

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.encoder import Vectors
from bot.nlu.head import LinearHead

TEXTS = [
    *["does it hurt", "will it hurt", "how much does it hurt", "hurt much"],
    *["how long does it last", "how long will it last", "does it last", "last long"],
    *["where are you", "where is the clinic", "clinic address", "address of the clinic"],
]
LABELS = ["pain"] * 4 + ["duration"] * 4 + ["place"] * 4
VOICES = ["anna", "bert", "carla", "dora"] * 3


def noise(count: int, seed: int = 1) -> Vectors:
    """Unit vectors that say nothing."""
    rows = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def corners(labels: list[str]) -> Vectors:
    """Unit vectors that say all: a corner for each label."""
    places = {"pain": 0, "duration": 1, "place": 2}
    rows = np.zeros((len(labels), 16), dtype=np.float32)
    for row, label in zip(rows, labels, strict=True):
        row[places[label]] = 1.0
    return rows


@pytest.fixture(scope="module")
def head() -> LinearHead:
    return LinearHead().fit(TEXTS, noise(12), LABELS)


def test_every_label_is_ranked_once_the_likeliest_first_and_the_shares_add_up(head: LinearHead) -> None:
    rankings = head.rank(["does it hurt", "something else entirely"], noise(2, seed=5))
    assert len(rankings) == 2
    for ranking in rankings:
        names = [name for name, _ in ranking]
        shares = [share for _, share in ranking]
        assert sorted(names) == ["duration", "pain", "place"]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1.0)
        assert all(type(name) is str and type(share) is float for name, share in ranking)  # they go into JSON


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=50)
def test_any_text_gets_a_ranking(text: str) -> None:
    [ranking] = LinearHead().fit(TEXTS, noise(12), LABELS).rank([text], noise(1))
    assert sum(share for _, share in ranking) == pytest.approx(1.0)


def test_what_it_has_learned_it_knows(head: LinearHead) -> None:
    assert [ranking[0][0] for ranking in head.rank(TEXTS, noise(12))] == LABELS


@pytest.mark.parametrize(("text", "label"), [("hurtt", "pain"), ("adress clinc", "place"), ("lasst lonng", "duration")])
def test_typing_errors_are_forgiven_since_the_characters_count(head: LinearHead, text: str, label: str) -> None:
    [ranking] = head.rank([text], np.zeros((1, 16), dtype=np.float32))
    assert ranking[0][0] == label


def test_other_words_are_understood_since_the_vector_counts() -> None:
    head = LinearHead().fit(TEXTS, corners(LABELS), LABELS)
    rankings = head.rank(["ouch", "ouch", "ouch"], corners(["place", "pain", "duration"]))
    assert [ranking[0][0] for ranking in rankings] == ["place", "pain", "duration"]


def test_two_labels_are_told_apart_though_they_have_one_margin() -> None:
    head = LinearHead().fit(TEXTS[:8], noise(8), LABELS[:8])
    rankings = head.rank(["does it hurt", "how long does it last"], noise(8)[[0, 4]])
    assert [ranking[0][0] for ranking in rankings] == ["pain", "duration"]
    assert all(sum(share for _, share in ranking) == pytest.approx(1.0) for ranking in rankings)


def test_the_row_of_a_text_does_not_depend_on_what_it_is_ranked_with(head: LinearHead) -> None:
    vectors = noise(12)
    together = head.rank(TEXTS, vectors)
    for row, text in enumerate(TEXTS):
        [alone] = head.rank([text], vectors[[row]])
        assert [name for name, _ in alone] == [name for name, _ in together[row]]
        assert [share for _, share in alone] == pytest.approx([share for _, share in together[row]])


def test_the_same_texts_make_the_same_head() -> None:
    first = LinearHead().fit(TEXTS, noise(12), LABELS, VOICES).rank(TEXTS, noise(12, 3))
    assert LinearHead().fit(TEXTS, noise(12), LABELS, VOICES).rank(TEXTS, noise(12, 3)) == first


def test_writers_change_how_sure_it_is_and_not_what_it_takes_a_text_for() -> None:
    unheard = ["does it hurt long", "where is it", "it"]
    plain = LinearHead().fit(TEXTS, noise(12), LABELS).rank(unheard, noise(3, 9))
    by_voice = LinearHead().fit(TEXTS, noise(12), LABELS, VOICES).rank(unheard, noise(3, 9))
    assert [[name for name, _ in r] for r in by_voice] == [[name for name, _ in r] for r in plain]
    assert by_voice != plain


def test_where_writers_contradict_each_other_it_is_less_sure() -> None:
    def top(labels: list[str]) -> float:
        head = LinearHead().fit(TEXTS, noise(12), labels, VOICES)
        return head.rank(["does it hurt"], noise(1))[0][0][1]

    turned = [
        {"pain": "duration", "duration": "place", "place": "pain"}[label] if voice in ("bert", "dora") else label
        for label, voice in zip(LABELS, VOICES, strict=True)
    ]
    assert top(turned) < top(LABELS)


@pytest.mark.parametrize("voices", [["anna"] * 12, ["anna", "bert"] * 6, None])
def test_with_too_few_writers_to_compare_it_does_without(voices: list[str] | None) -> None:
    head = LinearHead().fit(TEXTS, noise(12), LABELS, voices)
    assert head.rank(TEXTS, noise(12)) == LinearHead().fit(TEXTS, noise(12), LABELS).rank(TEXTS, noise(12))


def test_a_label_that_one_writer_alone_has_used_is_learned_all_the_same() -> None:
    texts = [*TEXTS, "bye bye", "bye now", "bye"]
    labels = [*LABELS, "bye", "bye", "bye"]
    head = LinearHead().fit(texts, noise(15), labels, [*VOICES, "eve", "eve", "eve"])
    assert head.rank(["bye now"], noise(15)[[13]])[0][0][0] == "bye"


def test_a_head_that_was_stored_ranks_as_before(head: LinearHead) -> None:
    file = io.BytesIO()
    joblib.dump(head, file)
    file.seek(0)
    assert joblib.load(file).rank(TEXTS, noise(12, 4)) == head.rank(TEXTS, noise(12, 4))


# Finer labels


def test_finer_labels_are_learned_and_those_that_they_belong_to_are_ranked() -> None:
    fine = [f"{label} {VOICES[place] in ('anna', 'bert')}" for place, label in enumerate(LABELS)]
    head = LinearHead(merged=lambda label: label.split(" ")[0]).fit(TEXTS, corners(LABELS), fine, VOICES)
    for ranking, label in zip(head.rank(TEXTS, corners(LABELS)), LABELS, strict=True):
        assert ranking[0][0] == label
        assert sorted(name for name, _ in ranking) == ["duration", "pain", "place"]
        assert sum(share for _, share in ranking) == pytest.approx(1.0)


def test_a_label_is_as_likely_as_its_finer_ones_together() -> None:
    fine = [f"{label} {place % 2}" for place, label in enumerate(LABELS)]
    alone = LinearHead().fit(TEXTS, noise(12), fine)
    merged = LinearHead(merged=lambda label: label.split(" ")[0]).fit(TEXTS, noise(12), fine)
    for each, together in zip(alone.rank(TEXTS, noise(12)), merged.rank(TEXTS, noise(12)), strict=True):
        for name, share in together:
            assert share == pytest.approx(sum(part for label, part in each if label.startswith(f"{name} ")))
