from __future__ import annotations

import numpy as np
import pytest

from benchmarks.classifiers import Fold, Result, linear, macro_accuracy, mixture, neighbours, shipped
from benchmarks.report import classified
from bot.nlu.examples import Example
from bot.run.evaluation import Judged

TOPICS = {"onset", "benefits"}


def test_each_topic_weighs_the_same_in_the_mean_over_topics() -> None:
    judged = [
        *[Judged("x", ("onset",), "onset", 0.9)] * 3,
        Judged("x", ("benefits",), "onset", 0.9),
        Judged("x", ("greet",), "onset", 0.9),  # no topic
    ]
    assert macro_accuracy(judged, TOPICS) == 0.5
    assert macro_accuracy([], TOPICS) == 0.0


@pytest.fixture
def fold() -> Fold:
    """Two intents by three voices, which lie apart in direction and in words."""
    draw = np.random.default_rng(7)
    training, rows = [], []
    for intent, centre, word in (("onset", [1.0, 0.0], "soon"), ("benefits", [0.0, 1.0], "good")):
        for number in range(12):
            training.append(Example(f"{word} is it {word} {number}", intent, "abc"[number % 3]))
            rows.append(np.array(centre) + draw.normal(0, 0.05, 2))
    vectors = np.array(rows, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Fold(training, vectors, ["soon", "good"], np.eye(2, dtype=np.float32), 1, 1.0)


@pytest.mark.parametrize("design", [linear, shipped, neighbours, mixture])
def test_a_design_gives_each_text_the_probabilities_of_all_labels(design: object, fold: Fold) -> None:
    assert callable(design)
    (labels, shares), fitted, predicted = design(fold)
    assert list(labels) == ["benefits", "onset"]
    assert list(labels[shares.argmax(axis=1)]) == ["onset", "benefits"]
    assert shares.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert min(fitted, predicted) > 0


def test_the_mixture_lies_between_its_parts(fold: Fold) -> None:
    head, near, both = (design(fold)[0][1] for design in (shipped, neighbours, mixture))
    assert (both >= np.minimum(head, near) - 1e-9).all()
    assert (both <= np.maximum(head, near) + 1e-9).all()


def test_a_result_gathers_its_folds_and_becomes_a_row() -> None:
    result, labels = Result(), np.array(["benefits", "onset"])
    first = [Example("x", "onset", "a"), Example("y", "benefits", "a")]
    assert result.add(first, (labels, np.array([[0.2, 0.8], [0.1, 0.9]])), 1.0, 0.5) == 0.5
    result.add([Example("z", "gibberish", "b")], (labels, np.array([[0.7, 0.3]])), 2.0, 0.25)
    told = result.figures(TOPICS, 0.4)
    assert told["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert told["macro_topics"] == 0.5
    assert told["out_of_scope_recall"] == 0.0
    assert (told["fit_seconds"], told["predict_ms"]) == (1.5, 250.0)
    page = classified(
        {
            "date": "2026-01-31",
            "command": "python -m benchmarks.classifiers",
            "machine": "2 cores",
            "n": 3,
            "per_intent": 0,
            "voices": 2,
            "folds": 2,
            "epochs": 1,
            "cut_short": ["14 of 180"],
            "others_cores": 0.25,
            "threshold": 0.4,
            "encoding_ms": 5.0,
            "designs": {"a": {"title": "A", **told}},
        }
    )
    assert "1 epochs of fine-tuning (ended by the time limit in 1 of them, after 14 of 180 steps)." in page
    assert "Other programs kept 0.25 cores busy meanwhile." in page
    # Too doubtful by 0.2, too sure by 0.9 and by 0.7, over three messages.
    assert page.splitlines()[-1] == "| A | 0.333 | 0.500 | 0.000 | 0.000 | 0.600 | 1.5 | 250.0 |"
