from __future__ import annotations

from bot.run.judging import lines
from bot.triage.assessment import Assessment, of_words
from bot.triage.examples import Label

SHARES: dict[Label, float] = {"none": 0.1, "routine": 0.0, "urgent": 0.9, "emergency": 0.0, "crisis": 0.0}


def test_what_the_words_report_and_what_they_deny_is_told_with_the_words_that_decided_it() -> None:
    said = lines(of_words().assess("no fever but my calf is swollen"))
    assert said[0] == "urgent: calf"
    [fever] = [line for line in said if "fever (urgent)" in line]
    assert fever.endswith('negated, for "no"; it does not count')
    [calf] = [line for line in said if "calf (urgent)" in line]
    assert calf.endswith("asserted")


def test_nothing_found_is_said_so() -> None:
    assert lines(Assessment("none")) == ["none: no symptom", "  words: none of the lexicon's"]


def test_the_model_tells_its_probabilities_and_what_it_takes() -> None:
    said = lines(Assessment("urgent", "fever", (), SHARES))
    assert said[2].startswith("  model: urgent 0.90, none 0.10")
    assert said[3].startswith("  red flag: 0.900 of probability, ")
