"""The figures of understanding, on results small enough to count by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.run.evaluation import Fallback, Judged, figures
from bot.run.evaluation.accuracy import details

TOPICS = {"onset", "benefits"}


def judged(wanted: str | tuple[str, ...], got: str, share: float = 0.9, text: str = "x") -> Judged:
    return Judged(text, (wanted,) if isinstance(wanted, str) else wanted, got, share)


def test_a_message_may_have_more_than_one_right_answer() -> None:
    report = figures([judged(("onset", "benefits"), "benefits"), judged("onset", "benefits")], TOPICS, 0.4)
    assert report["n"] == 2
    assert report["accuracy"] == 0.5


def test_topics_are_counted_apart_with_what_is_asked_back() -> None:
    report = figures(
        [
            judged("onset", "onset", 0.9),
            judged("onset", "onset", 0.2),  # right, and yet asked back
            judged("benefits", "onset", 0.8),
            judged("benefits", "greet", 0.3),
            judged("greet", "onset", 0.9),  # no topic
        ],
        TOPICS,
        0.4,
    )
    assert report["accuracy"] == 0.4
    assert report["topics"] == {"n": 4, "accuracy": 0.5, "answered_right": 0.25, "asked_back": 0.5}


def test_a_share_that_is_just_the_threshold_is_answered() -> None:
    report = figures([judged("onset", "onset", 0.4)], TOPICS, 0.4)
    assert report["topics"]["answered_right"] == 1.0
    assert report["topics"]["asked_back"] == 0.0


def test_what_is_out_of_scope_is_found_by_its_intent_or_by_doubt() -> None:
    report = figures(
        [
            judged("out_of_scope_near", "out_of_scope_far", 0.9),
            judged("gibberish", "onset", 0.1),
            judged("other_language", "onset", 0.9),
            judged("out_of_scope_far", "out_of_scope_far", 0.9),
            judged("onset", "out_of_scope_near", 0.9),
            judged("onset", "onset", 0.1),
        ],
        TOPICS,
        0.4,
    )
    assert report["out_of_scope"] == {"n": 4, "recall": 0.75, "false_rejection": 0.5}


def test_calibration_is_the_gap_between_what_was_claimed_and_what_was_right() -> None:
    sure = [judged("onset", "onset", 0.75) for _ in range(3)] + [judged("onset", "benefits", 0.75)]
    assert figures(sure, TOPICS, 0.4)["calibration_error"] == 0.0
    too_sure = [judged("onset", "benefits", 1.0), judged("onset", "onset", 1.0)]
    assert figures(too_sure, TOPICS, 0.4)["calibration_error"] == 0.5
    # Too sure in one bin and too doubtful in another do not make up for each other.
    mixed = [judged("onset", "benefits", 0.5), judged("onset", "onset", 0.45)]
    assert figures(mixed, TOPICS, 0.4)["calibration_error"] == pytest.approx((0.5 + 0.55) / 2)


def test_mistakes_are_told_commonest_first_and_worst_first() -> None:
    report = figures(
        [
            judged("onset", "benefits", 0.6, "a"),
            judged("benefits", "greet", 0.9, "b"),
            judged("onset", "benefits", 0.7, "c"),
            judged("onset", "onset", 0.9, "d"),
        ],
        TOPICS,
        0.4,
    )
    assert report["commonest_mistakes"] == [
        {"wanted": "onset", "got": "benefits", "n": 2},
        {"wanted": "benefits", "got": "greet", "n": 1},
    ]
    assert [mistake["text"] for mistake in report["worst"]] == ["b", "c", "a"]


def test_without_messages_there_is_nothing_to_divide_by() -> None:
    report = figures([], TOPICS, 0.4)
    assert report["n"] == 0
    assert report["accuracy"] == report["calibration_error"] == report["topics"]["accuracy"] == 0.0


_INTENT = st.sampled_from(["onset", "benefits", "greet", "gibberish", "out_of_scope_far"])


@given(
    st.lists(
        st.builds(Judged, st.text(max_size=3), st.lists(_INTENT, min_size=1).map(tuple), _INTENT, st.floats(0.0, 1.0)),
        max_size=20,
    ),
    st.floats(0.0, 1.0),
)
def test_whatever_is_judged_all_shares_are_shares_and_the_report_is_json(rows: list[Judged], threshold: float) -> None:
    report = figures(rows, TOPICS, threshold)
    shares = [
        report["accuracy"],
        report["calibration_error"],
        *(value for part in ("topics", "out_of_scope") for name, value in report[part].items() if name != "n"),
    ]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert report["topics"]["answered_right"] <= report["topics"]["accuracy"]
    assert json.loads(json.dumps(report))["n"] == len(rows)


def test_two_intents_that_are_close_are_asked_back_about() -> None:
    close = Judged("x", ("onset",), "onset", 0.5, (("onset", 0.5), ("benefits", 0.48)))
    apart = Judged("x", ("onset",), "onset", 0.5, (("onset", 0.5), ("benefits", 0.3)))
    report = figures([close, apart], TOPICS, 0.4, 0.05)
    assert report["topics"] == {"n": 2, "accuracy": 1.0, "answered_right": 0.5, "asked_back": 0.5}


def test_a_clinic_s_own_words_are_left_out_unless_asked_for() -> None:
    own = [Judged("my secret", ("onset",), "greet", 0.9, line=3)]
    assert figures(own, TOPICS, 0.4, texts=False)["worst"] == [
        {"line": 3, "wanted": ["onset"], "got": "greet", "share": 0.9}
    ]
    assert figures(own, TOPICS, 0.4, texts=True)["worst"][0]["text"] == "my secret"


def test_accuracy_is_told_by_voice_and_by_intent() -> None:
    rows = [
        Judged("a", ("onset",), "onset", 0.9, voice="plain"),
        Judged("b", ("onset",), "greet", 0.9, voice="plain"),
        Judged("c", ("greet",), "greet", 0.9, voice="sms"),
    ]
    report = details(rows, TOPICS, Fallback(0.4))
    assert {name: (r["k"], r["n"]) for name, r in report["by_voice"].items()} == {"plain": (1, 2), "sms": (1, 1)}
    assert {name: (r["k"], r["n"]) for name, r in report["by_intent"].items()} == {"onset": (1, 2), "greet": (1, 1)}


def test_the_confusion_of_topics_has_a_row_and_a_column_each_and_one_for_all_else() -> None:
    report = details(
        [
            judged("onset", "onset"),
            judged("onset", "benefits"),
            judged("onset", "benefits"),
            judged("benefits", "greet"),
            judged(("benefits", "onset"), "onset"),  # either is right, and it counts as the one it was taken for
            judged("greet", "onset"),  # no topic
        ],
        TOPICS,
        Fallback(0.4),
    )["confusion"]
    assert report["topics"] == ["benefits", "onset"]
    assert report["counts"] == [[0, 0, 1], [2, 2, 0]]
    assert report["worst_pairs"] == [{"wanted": "onset", "got": "benefits", "n": 2, "of": 4}]


def test_the_boundary_is_its_recall_and_the_questions_taken_for_it() -> None:
    report = details(
        [
            judged("personal_decision", "personal_decision"),
            judged("personal_decision", "onset"),
            judged("onset", "personal_decision"),
            judged(("onset", "personal_decision"), "personal_decision"),  # right either way
            judged("onset", "onset"),
            judged("greet", "personal_decision"),  # no question on a topic
        ],
        TOPICS,
        Fallback(0.4),
    )["boundary"]
    assert [(r["k"], r["n"]) for r in report.values()] == [(2, 3), (1, 2)]
