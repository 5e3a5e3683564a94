from __future__ import annotations

import pytest

from actions.fallback import ActionClarify, ActionOutOfScope
from tests.actions.conftest import Run

RANKING = [
    *[("nlu_fallback", 0.4), ("onset", 0.3), ("greet", 0.2), ("duration_of_relief", 0.15)],
    *[("permanence", 0.1), ("benefits", 0.08), ("anesthesia", 0.01)],
]


def offered(reply: dict[str, list[dict[str, str]]]) -> list[str]:
    return [button["topic"] for button in reply["buttons"]]


def test_at_most_three_likely_topics_are_offered(run: Run) -> None:
    [reply] = run(ActionClarify(), intent="nlu_fallback", ranking=RANKING).replies
    assert reply["kind"] == "clarify"
    assert offered(reply) == ["onset", "duration_of_relief", "permanence"]


def test_unlikely_topics_are_not_offered(run: Run) -> None:
    ranking = [("nlu_fallback", 0.4), ("onset", 0.3), ("benefits", 0.04)]
    assert offered(run(ActionClarify(), intent="nlu_fallback", ranking=ranking).replies[0]) == ["onset"]


def test_gibberish_is_offered_a_way_to_begin(run: Run) -> None:
    [reply] = run(ActionClarify(), intent="gibberish", ranking=[("gibberish", 0.9)]).replies
    assert reply["kind"] == "clarify"
    assert offered(reply) == ["what_is_hip_injection", "procedure_overview", "risks_overview"]


def test_the_second_time_in_a_row_a_person_is_offered(run: Run) -> None:
    [reply] = run(ActionClarify(), "after_clarify", "nlu_fallback", ranking=RANKING).replies
    assert "call (202) 555-0142" in reply["text"]


@pytest.mark.parametrize("intent", ["out_of_scope_near", "out_of_scope_far", "other_language"])
def test_what_is_not_ours_is_said_so(run: Run, intent: str) -> None:
    [reply] = run(ActionOutOfScope(), intent=intent).replies
    assert reply["kind"] == "out_of_scope"
    assert reply["topic"] is None


def test_another_language_is_told_which_one_we_speak(run: Run) -> None:
    assert "English" in run(ActionOutOfScope(), intent="other_language").replies[0]["text"]


def test_the_second_time_in_a_row_at_most_three_topics_still(run: Run) -> None:
    [reply] = run(ActionClarify(), "after_clarify", "nlu_fallback", ranking=RANKING).replies
    assert offered(reply) == ["onset", "duration_of_relief", "permanence"]
    [reply] = run(ActionClarify(), "after_clarify", "gibberish", ranking=[("gibberish", 0.9)]).replies
    assert offered(reply) == ["what_is_hip_injection", "procedure_overview", "risks_overview"]
    assert "call (202) 555-0142" in reply["text"]


def test_after_something_else_than_clarify_it_is_the_first_time_again(run: Run) -> None:
    [reply] = run(ActionClarify(), "after_small_talk", "nlu_fallback", ranking=RANKING).replies
    assert reply["text"].startswith("I'm not sure what you would like to know.")


def test_a_topic_of_five_in_a_hundred_is_plausible(run: Run) -> None:
    ranking = [("nlu_fallback", 0.4), ("onset", 0.05), ("benefits", 0.049)]
    assert offered(run(ActionClarify(), intent="nlu_fallback", ranking=ranking).replies[0]) == ["onset"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Buenos d\u00edas, \u00bfme puede decir cu\u00e1nto cuesta la consulta?", "solo entiendo ingl\u00e9s"),
        ("Bonjour, je voudrais savoir combien cela co\u00fbte", "je ne comprends que l'anglais"),
        ("\u8bf7\u95ee\u8bca\u6240\u51e0\u70b9\u5f00\u95e8", "\u6211\u53ea\u61c2\u82f1\u8bed"),
        (
            "dzi\u0144 dobry, gdzie mog\u0119 zaparkowa\u0107 samoch\u00f3d",
            "I can only read and write English",
        ),
    ],
)
def test_a_common_language_is_answered_in_that_language_and_any_other_in_english(
    run: Run, text: str, said: str
) -> None:
    [reply] = run(ActionOutOfScope(), intent="other_language", text=text).replies
    assert said in reply["text"]
    assert "(202) 555-0142" in reply["text"]
    assert reply["kind"] == "out_of_scope"
