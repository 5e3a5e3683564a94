from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.datafiles import DataFileError
from bot.triage import examples, rules
from bot.triage import lexicon as lexicons

RULES = rules.load()
TraceFunction = Callable[[FrameType, str, Any], Any]

SAID, DENIED, IMAGINED = "asserted", "negated", "conditional"

# A finding that stands in the message, and how it stands there. Others may stand there too.
STANDING: list[tuple[str, str, str]] = [
    # said
    ("i cant breath", "breathing", SAID),
    ("I CAN\u2019T GET ANY AIR IN", "breathing", SAID),
    ("there is a crushing pressure on my chest", "chest", SAID),
    ("I passed out in the kitchen", "faint_seizure", SAID),
    ("I wet myself without knowing it", "cauda_equina", SAID),
    ("both legs suddenly gave way", "cauda_equina", SAID),
    ("the bleeding wont stop", "bleeding", SAID),
    ("my foot is cold and blue", "cold_leg", SAID),
    ("ive got a fever", "fever", SAID),
    ("my calf is swollen", "calf", SAID),
    ("fever and shaking all over", "sepsis", SAID),
    ("ayuda, no puedo respirar", "breathing", SAID),
    ("\u043d\u0435 \u043c\u043e\u0433\u0443 \u0434\u044b\u0448\u0430\u0442\u044c", "breathing", SAID),
    ("je veux mourir", "crisis", SAID),
    ("nothing stops the bleeding", "bleeding", SAID),
    ("sugar way up and I keep vomiting", "sugar_ill", SAID),
    ("the redness is spreading down my leg", "infection_site", SAID),
    ("the bruise was a coin at noon and is a plate now", "bruise", SAID),
    ("I fell on the ice, right on that hip", "fall", SAID),
    ("groin hurts worse every week, third injection was in march", "groin", SAID),
    # misspelt, short, stretched, run together
    ("my lips are swelling and my tounge too", "throat_face", SAID),
    ("i cant braethe", "breathing", SAID),
    ("seizrue", "faint_seizure", SAID),
    ("my thraot is closing", "throat_face", SAID),
    ("cnt brth", "breathing", SAID),
    ("cantbreathe", "breathing", SAID),
    ("i have a feeeever", "fever", SAID),
    ("my tmp is 102F", "fever", SAID),
    ("im shiverring and sweeting with a fevr", "fever", SAID),
    # denied, and what a denial does not reach
    ("no chest pain, no trouble breathing", "breathing", DENIED),
    ("she denies chest pain", "chest", DENIED),
    ("no fever but I cant put weight on it", "weight", SAID),
    ("no swelling, but my chest hurts", "chest", SAID),
    ("no fever. I cant breathe", "breathing", SAID),
    ("what if it bleeds. my chest hurts", "chest", SAID),
    ("what if my throat closes up", "throat_face", IMAGINED),
]


def standing(text: str, name: str) -> set[str]:
    return {finding.assertion for finding in RULES.find(text) if finding.id == name}


@pytest.mark.parametrize(("text", "name", "how"), STANDING)
def test_how_a_red_flag_stands_in_a_message(text: str, name: str, how: str) -> None:
    assert standing(text, name) == {how}


# The traps of section 8 of the field notes and of the specification, with what must count as reported.
REPORTED: list[tuple[str, set[str]]] = [
    ("cant put weight on it and fever since monday", {"weight_bearing", "fever"}),
    ("no i have a fever", {"fever"}),
    ("not getting better, swelling and chills", {"fever"}),
    ("it isn't getting better, swelling and chills", {"fever"}),
    ("I dont know if its infected", {"infection_site"}),
    ("can't stop shaking", {"sepsis"}),
    ("no relief and a fever", {"fever"}),
    ("not only a fever, chills too", {"fever"}),
    ("no fever but I can't put weight on it", {"weight_bearing"}),
    ("my mother can't breathe after her shot", {"breathing"}),
    ("pt in room 3 febrile", {"fever"}),
    ("is it an infection? it's red and hot and I have a fever", {"infection_site", "fever"}),
    ("is a rash normal? I have one all over my legs since the shot", {"rash"}),
    ("my wife says it's nothing, but my chest hurts", {"chest"}),
    ("a bit poorly, temp of 39", {"fever"}),
    ("no fever, my leg is red and hot", {"infection_site"}),
    ("no numbness and my chest hurts", {"chest"}),
    ("numb between my legs and no control of my bladder", {"cauda_equina"}),
    ("the neighbour I look after cant breathe", {"breathing"}),
    ("feels as if someone is sitting on my chest", {"chest"}),
    ("a friend told me she wants to kill herself", {"self_harm"}),
    ("might kill myself", {"self_harm"}),
]
NOT_REPORTED = [
    "fever gone since yesterday",
    "had a fever last year",
    "what if I get a fever?",
    "no fever no chills no redness",
    "no swelling, chills or redness",
    "denies fever",
    "Fever: no. Chills: no.",
    "my leg is not swollen",
    "my neighbour had a stroke after hers, years ago",
    "my cousin got a blood infection and a fever from his",
    "can it cause a fever",
    "is there a risk that the bleeding wont stop",
    "how common is chest pain afterwards",
    "I'm scared of fainting in front of the nurse",
    "I had a heart attack in 2016",
    "watched a documentary about sepsis",
    "if it bleeds I'll call",
    "should my calf swell up, what then",
    # words in another sense
    "I'm dying to know how it works",
    "the wait is killing me",
    "the chest freezer is full",
    "sick and tired of your hotline",
    "hot weather today",
    # near-words
    "I never had one",
    "which number do I call",
    "do I swallow it",
    # ordinary
    "how long does it last",
    "does it hurt",
    "i walk my dog",
    "",
]


@pytest.mark.parametrize(("text", "categories"), REPORTED)
def test_what_is_reported_is_not_silenced_by_the_words_around_it(text: str, categories: set[str]) -> None:
    assert categories <= {finding.category for finding in RULES.find(text) if finding.asserted}


@pytest.mark.parametrize("text", NOT_REPORTED)
def test_what_is_denied_imagined_over_asked_or_told_of_others_does_not_count(text: str) -> None:
    assert [finding for finding in RULES.find(text) if finding.asserted] == []


@pytest.mark.parametrize(
    ("text", "name", "cue"),
    [
        ("no fever", "fever", "no"),
        ("what if I get a fever", "fever", "what if"),
        ("had a fever last year", "fever", "last year"),
        ("fever gone since yesterday", "fever", "gone since"),
        ("can it give you a fever", "fever", "can it"),
        ("I dont know if its infected", "infection_site", "dont know if"),
        ("my mother has a fever", "fever", "my mother"),
    ],
)
def test_a_finding_tells_the_words_that_decided_how_it_stands(text: str, name: str, cue: str) -> None:
    [finding] = [finding for finding in RULES.find(text) if finding.id == name]
    assert finding.cue == cue


# Signs that are told in sentences of their own, and the emergency that they make together.
TOGETHER = [
    ("He has a fever. He is confused", "sepsis"),
    ("I have hives. Also I feel dizzy", "hives_with_dizziness"),
    ("my calf is swollen. And now I'm short of breath", "clot_lung"),
    ("sugar is 420. she keeps throwing up", "high_sugar_ill"),
]


@pytest.mark.parametrize(("text", "category"), TOGETHER)
def test_signs_in_different_sentences_make_an_emergency_together(text: str, category: str) -> None:
    assert category in {f.category for f in RULES.find(text) if f.asserted and f.urgency == "emergency"}


def test_a_sign_that_is_denied_makes_no_emergency_together() -> None:
    assert "sepsis" not in {f.category for f in RULES.find("I have a fever. I am not confused") if f.asserted}


def test_a_finding_tells_its_words_where_they_stand_its_urgency_and_its_category() -> None:
    text = "Since noon I can\u2019t breathe at all"
    [finding] = RULES.find(text)
    assert (finding.id, finding.urgency, finding.category) == ("breathing", "emergency", "breathing")
    assert finding.words == text[finding.start : finding.end] == "can\u2019t breathe"


def test_every_category_is_one_of_the_labelled_messages() -> None:
    known = {one.category for one in examples.read()}
    lexicon = lexicons.load()
    named = {described.category for rows in lexicon.patterns.values() for described, _ in rows if described.urgency}
    assert named | {together.category for together in lexicon.together} <= known


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=2000))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in RULES.find(text):
        assert finding.words == text[finding.start : finding.end] != ""


PIECES = st.sampled_from(
    [
        "no",
        "if",
        "fever",
        "38.9",
        "10/10",
        "chest",
        "hurts",
        "cant",
        "breathe",
        ",",
        ".",
        "?",
        "since",
        "my",
        "ago",
        "\u0130",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_no_order_of_cues_and_symptoms_is_too_strange(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for finding in RULES.find(text):
        assert finding.words == text[finding.start : finding.end]


@given(st.lists(st.sampled_from(["no fever", "denies chills", "what if it bleeds", "hello"]), max_size=5))
def test_no_denial_silences_a_clear_report_in_another_sentence(others: list[str]) -> None:
    text = ". ".join([*others, "I cant breathe", *others])
    assert any(finding.category == "breathing" and finding.asserted for finding in RULES.find(text))


def test_a_lexicon_with_a_misspelt_field_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.yml"
    file.write_text(rules.LEXICON.read_text(encoding="utf-8").replace("near: 6", "nearr: 6"), encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        rules.load(file)
    assert str(file) in str(error.value)
    assert error.value.field in {"near", "nearr"}


def test_a_lexicon_whose_window_is_out_of_bounds_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.yml"
    content = rules.LEXICON.read_text(encoding="utf-8").replace("near: 6", "near: 60")
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        rules.load(file)
    assert error.value.field == "near"
    assert error.value.line == content[: content.index("near: 60")].count("\n") + 1


def refused(tmp_path: Path, written: str, instead: str) -> str:
    file = tmp_path / "lexicon.yml"
    content = rules.LEXICON.read_text(encoding="utf-8")
    assert written in content
    file.write_text(content.replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        rules.load(file)
    return str(error.value)


def test_a_field_too_many_is_refused_with_file_line_and_name(tmp_path: Path) -> None:
    said = refused(tmp_path, "near: 6\n", "near: 6\nnearr: 6\n")
    content = (tmp_path / "lexicon.yml").read_text(encoding="utf-8")
    line = content[: content.index("nearr")].count("\n") + 1
    assert said.startswith(f"{tmp_path / 'lexicon.yml'}:{line}: nearr: ")


def test_a_misspelt_field_is_refused_at_the_line_where_it_stands(tmp_path: Path) -> None:
    said = refused(tmp_path, "together:\n", "togethre:\n")
    content = (tmp_path / "lexicon.yml").read_text(encoding="utf-8")
    line = content[: content.index("togethre:")].count("\n") + 1
    assert f"lexicon.yml:{line}: togethre" in said


@pytest.mark.parametrize(
    ("written", "instead", "problem"),
    [
        ("  - CANT > swallow within 3", "  - CAANT > swallow within 3", "CAANT is none of `lists`"),
        ("  - CANT > swallow within 3", "  - CANT > swallow within three", "a number of words from 1 to 30"),
        ("  - CANT > swallow within 3", "  - CANT > swallow pills", "'swallow pills' is no word"),
        ("  of: [[high_fever, fever], [confused]]", "  of: [[high_fever, feever], [confused]]", "'feever'"),
    ],
)
def test_a_pattern_that_cannot_match_is_refused(tmp_path: Path, written: str, instead: str, problem: str) -> None:
    said = refused(tmp_path, written, instead)
    assert problem in said
    content = (tmp_path / "lexicon.yml").read_text(encoding="utf-8")
    assert f"lexicon.yml:{content[: content.index(instead)].count(chr(10)) + 1}: " in said


def steps(text: str) -> int:
    """How many lines Python goes through to judge `text`, each round of a loop counted: time, without a clock."""
    count = 0

    def step(frame: FrameType, event: str, argument: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        RULES.find(text)
    finally:
        sys.settrace(before)
    return count


GROWING = {
    "ordinary words": "the cat sat on a mat ",
    "the same word": "breathing ",
    "sentences": "no chest pain. ",
    "no word": "x" * 20,
}


@pytest.mark.parametrize("words", GROWING.values(), ids=list(GROWING))
def test_twice_the_words_take_twice_the_steps(words: str) -> None:
    RULES.find(words)  # what is made at the first use does not count
    assert steps(words * 80) <= 2.2 * steps(words * 40)


def test_words_of_two_parts_far_apart_take_twice_the_steps_too() -> None:
    def apart(times: int) -> str:
        return "chest " * times + "and on and on it went for all of the day " + "hurts " * times

    assert steps(apart(160)) <= 2.2 * steps(apart(80))
