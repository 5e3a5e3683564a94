from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.judgement import judge, judge_words, load_thresholds
from bot.triage.rules import Finding


def shares(**given: float) -> dict[str, float]:
    labels = {"none": 0.0, "routine": 0.0, "urgent": 0.0, "emergency": 0.0, "crisis": 0.0, **given}
    return {**labels, "none": 1 - sum(given.values())}


def hit(urgency: str = "emergency", assertion: str = "asserted") -> Finding:
    return Finding("breathing", urgency, "breathing", "cant breathe", 0, 12, assertion)  # type: ignore[arg-type]


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
    hits = [hit(assertion="negated"), hit(assertion="conditional")]
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


LIMITS = load_thresholds()


@pytest.mark.parametrize(("red", "level"), [(LIMITS.red, "urgent"), (LIMITS.red - 1e-4, "none")])
def test_the_threshold_itself_is_a_red_flag(red: float, level: str) -> None:
    assert judge(shares(urgent=red), [], after_symptom=False) == level


@pytest.mark.parametrize(("red", "level"), [(LIMITS.red_in_context, "urgent"), (LIMITS.red_in_context - 1e-4, "none")])
def test_the_threshold_after_a_symptom_itself_is_a_red_flag(red: float, level: str) -> None:
    assert judge(shares(urgent=red), [], after_symptom=True) == level


@pytest.mark.parametrize(("red", "level"), [(LIMITS.red_with_words, "urgent"), (LIMITS.red_with_words - 1e-4, "none")])
def test_the_threshold_with_words_itself_is_a_red_flag(red: float, level: str) -> None:
    assert judge(shares(urgent=red), [hit("urgent")], after_symptom=False) == level


def test_other_thresholds_may_be_given() -> None:
    strict = load_thresholds().copy(update={"red": 0.5})
    assert judge(shares(urgent=0.4), [], after_symptom=False, thresholds=strict) == "none"
    assert judge(shares(urgent=0.5), [], after_symptom=False, thresholds=strict) == "urgent"


def test_words_of_a_lower_level_do_not_lower_the_model_s() -> None:
    assert judge(shares(emergency=0.9), [hit("urgent")], after_symptom=False) == "emergency"


ORDER = ("none", "routine", "urgent", "emergency", "crisis")


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.sampled_from(["urgent", "emergency", "crisis"]))
def test_context_and_words_never_make_it_less_urgent(parts: list[float], level: str) -> None:
    scale = max(1.0, sum(parts))
    given_shares = shares(**{name: part / scale for name, part in zip(ORDER[1:], parts, strict=True)})
    alone = ORDER.index(judge(given_shares, [], after_symptom=False))
    assert ORDER.index(judge(given_shares, [], after_symptom=True)) >= alone
    assert ORDER.index(judge(given_shares, [hit(level)], after_symptom=False)) >= alone


@pytest.mark.parametrize("level", ["emergency", "crisis"])
def test_an_emergency_in_so_many_words_needs_next_to_nothing_of_the_model(level: str) -> None:
    assert judge(shares(urgent=0.001), [hit(level)], after_symptom=False) == level
    assert judge(shares(urgent=0.0009), [hit(level)], after_symptom=False) == "none"
    assert judge(shares(urgent=0.001), [hit(level, "negated")], after_symptom=False) == "none"
