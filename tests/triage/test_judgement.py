from __future__ import annotations

from bot.triage.judgement import judge, judge_words
from bot.triage.rules import Hit


def shares(**given: float) -> dict[str, float]:
    labels = {"none": 0.0, "routine": 0.0, "urgent": 0.0, "emergency": 0.0, "crisis": 0.0, **given}
    return {**labels, "none": 1 - sum(given.values())}


def hit(urgency: str = "emergency", *, negated: bool = False, hypothetical: bool = False) -> Hit:
    return Hit("breathing", urgency, "cant breathe", negated, hypothetical)  # type: ignore[arg-type]


def test_nothing_much_is_nothing() -> None:
    assert judge(shares(urgent=0.05), [], after_symptom=False) == "none"


def test_a_red_flag_is_one_long_before_it_is_likelier_than_not() -> None:
    assert judge(shares(urgent=0.15), [], after_symptom=False) == "urgent"


def test_probabilities_of_all_red_flags_add_up() -> None:
    assert judge(shares(urgent=0.07, emergency=0.07), [], after_symptom=False) == "emergency"


def test_after_a_symptom_less_is_enough() -> None:
    assert judge(shares(urgent=0.05), [], after_symptom=True) == "urgent"


def test_with_words_of_a_red_flag_less_still_is_enough_and_their_level_counts() -> None:
    assert judge(shares(urgent=0.03), [hit()], after_symptom=False) == "emergency"


def test_denied_or_imagined_words_change_nothing() -> None:
    hits = [hit(negated=True), hit(hypothetical=True)]
    assert judge(shares(urgent=0.05), hits, after_symptom=False) == "none"
    assert judge_words(hits) == "none"


def test_a_crisis_that_is_not_certain_is_an_emergency_still() -> None:
    assert judge(shares(crisis=0.2, urgent=0.5), [], after_symptom=False) == "urgent"
    assert judge(shares(crisis=0.4, urgent=0.5), [], after_symptom=False) == "emergency"
    assert judge(shares(crisis=0.6, urgent=0.3), [], after_symptom=False) == "crisis"


def test_a_mild_symptom_is_routine() -> None:
    assert judge(shares(routine=0.7), [], after_symptom=False) == "routine"


def test_by_words_alone_the_highest_level_counts() -> None:
    assert judge_words([hit("urgent"), hit("emergency")]) == "emergency"
    assert judge_words([]) == "none"
