"""The programme's file: the shipped one, and what is refused in a clinic's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import textstat

from bot import gsm7, knowledge
from bot.datafiles import DataFileError
from bot.followup import programme
from bot.followup.judgement import Judged
from bot.followup.wording import Wording
from bot.replies import Reply
from bot.settings import Settings
from bot.speech import Speech
from tests.knowledge.test_texts import LAKESIDE, LONG, SOURCE, present, runs

SHIPPED = programme.load()
GRADE = 8.0


def texts(clinic: Settings) -> dict[str, Reply]:
    """Every text of the programme as it goes out."""
    say = Wording(SHIPPED, Speech(knowledge.load(), clinic))
    found = {}
    for name, question in SHIPPED.questions.items():
        found[name] = say.question(name)
        found[f"{name} first"] = say.question(name, first=True)
        found[f"{name} again"] = say.question(name, again=True)
        assert question.again
    for level in ("mild", "expected", "high"):
        for then in (None, "warning_sign"):
            for place, reply in enumerate(say.scored(9.5, Judged(level), then)):
                found[f"{level} {then} {place}"] = reply
    for place, reply in enumerate([*say.scored(5, Judged("mild"), None, corrected=True), *say.no_warning(None)]):
        found[f"other {place}"] = reply
    return {**found, "worse": say.worse("warning_sign")[0], "last": say.last()}


CLINICS = {"none": Settings(), "short": LAKESIDE, "long": LONG}


@pytest.mark.parametrize("clinic", CLINICS)
def test_every_text_takes_two_segments_at_most_and_no_dear_character(clinic: str) -> None:
    found = {name: reply.text for name, reply in texts(CLINICS[clinic]).items()}
    assert {name: text for name, text in found.items() if gsm7.segments(text) > 2 or gsm7.strangers(text)} == {}
    assert not any("{" in text or "  " in text for text in found.values())


def test_a_question_by_itself_takes_one_segment() -> None:
    say = Wording(SHIPPED, Speech(knowledge.load(), LAKESIDE))
    lengths = {name: gsm7.septets(say.question(name, first=True).text) for name in SHIPPED.questions}
    assert {name: length for name, length in lengths.items() if length > 160} == {}


@pytest.mark.parametrize("name", texts(LAKESIDE))
def test_everybody_can_read_it(name: str) -> None:
    reply = texts(LAKESIDE)[name]
    assert reply.kind == "check_in"
    assert textstat.flesch_kincaid_grade(reply.text) <= GRADE


def test_nothing_is_copied_from_the_document() -> None:
    source = runs(present(SOURCE).read_text(encoding="utf-8"))
    assert {name for name, reply in texts(LAKESIDE).items() if runs(reply.text) & source} == set()


def test_no_answer_that_a_carrier_takes_for_a_keyword_is_asked_for() -> None:
    for name in SHIPPED.questions:
        text = Wording(SHIPPED, Speech(knowledge.load(), LAKESIDE)).question(name).text
        assert "YES" not in text.split()


def test_the_shipped_programme_asks_on_eight_days_pain_first() -> None:
    assert [step.day for step in SHIPPED.steps] == [0, 1, 2, 3, 5, 7, 14, 28]
    assert {step.ask for step in SHIPPED.steps} == {("pain_score", "warning_sign")}
    assert SHIPPED.expected(4) == SHIPPED.steps[3].expected
    assert SHIPPED.expected(None) is None


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ('at: "18:00"', 'at: "23:00"', "steps.0", "outside"),
        ('at: "18:00"', 'at: "six"', "steps.0.at", "match"),
        ("ask: [pain_score, warning_sign], expected: [0, 8]}", "ask: [mood], expected: [0, 8]}", "steps.0", "mood"),
        ("day: 28", "day: 40", "steps.7", "after last_day"),
        ("day: 28", "day: 3", "steps", "order"),
        ("{day: 28", "{daze: 28", "steps.7.daze", "spelling"),
        ("rise: 3 ", "rise: -3 ", "thresholds.rise", "greater"),
        ("silences: 3", "silences: none", "silences", "integer"),
        ("highest: 10", "highest: 0", "questions.pain_score.highest", "greater"),
        ("Thank you. If that", "Thank you \u2013 if that", "replies.no_warning", "double"),
        ("Thank you. If that", "Thank you {nobody}. If that", "replies.no_warning", "filled in"),
        ("Thank you. If that", "Thank you. " * 30 + "If that", "replies.no_warning", "at most"),
        ('latest: "21:00"', 'latest: "07:00"', "latest", "later"),
    ],
)
def test_what_is_wrong_in_a_clinic_s_own_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, field: str, problem: str
) -> None:
    text = programme.SHIPPED.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / programme.FILE
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError, match=problem) as raised:
        programme.load(tmp_path)
    assert raised.value.file == file
    assert raised.value.field == field
    line = text[: text.index(old)].count("\n") + 1
    assert raised.value.line is not None
    assert raised.value.line <= line


def test_a_clinic_s_own_programme_counts_and_its_folder_is_no_topic(tmp_path: Path) -> None:
    text = programme.SHIPPED.read_text(encoding="utf-8").replace("name: hip_injection", "name: ours")
    (tmp_path / programme.FILE).write_text(text, encoding="utf-8")
    assert programme.load(tmp_path).name == "ours"
    assert knowledge.load(tmp_path).topics.keys() == knowledge.load().topics.keys()
