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
from bot.triage import rules

RULES = rules.load()
TraceFunction = Callable[[FrameType, str, Any], Any]

SAID, DENIED, IMAGINED = "said", "denied", "imagined"

# Every finding that stands in the sentence, and how it stands there.
SENTENCES: list[tuple[str, dict[str, str]]] = [
    # said
    ("i cant breath", {"breathing": SAID}),
    ("I CAN\u2019T GET ANY AIR IN", {"breathing": SAID}),
    ("there is a crushing pressure on my chest", {"chest": SAID}),
    ("he passed out in the kitchen", {"faint_seizure": SAID}),
    ("her mouth droops on one side", {"stroke": SAID}),
    ("I wet myself without knowing it", {"cauda_equina": SAID}),
    ("both legs suddenly gave way", {"cauda_equina": SAID}),
    ("the bleeding wont stop", {"bleeding": SAID}),
    ("my foot is cold and blue", {"cold_leg": SAID}),
    ("he wants to kill himself", {"crisis": SAID}),
    ("ive got a fever", {"fever": SAID}),
    ("my calf is swollen", {"calf": SAID}),
    # misspelt: a letter wrong, left out, too many, two changed over
    ("my lips are swelling and my tounge too", {"throat_face": SAID}),
    ("braething is hard since the shot", {"breathing": SAID}),
    ("i cant braethe", {"breathing": SAID}),
    ("seizrue", {"faint_seizure": SAID}),
    ("my thraot is closing", {"throat_face": SAID}),
    # denied, and what a denial does not reach
    ("no chest pain, no trouble breathing", {"chest": DENIED, "breathing": DENIED}),
    ("she denies chest pain", {"chest": DENIED}),
    ("I dont have a fever", {"fever": DENIED}),
    ("no fever but I cant put weight on it", {"weight": SAID}),
    ("no swelling, but my chest hurts", {"chest": SAID}),
    ("no fever. I cant breathe", {"breathing": SAID}),
    ("i dont have a fever but my chest hurts", {"fever": DENIED, "chest": SAID}),
    # imagined, asked or past
    ("what if my throat closes up", {"throat_face": IMAGINED}),
    ("is there a risk that the bleeding wont stop", {"bleeding": IMAGINED}),
    ("I had chest pain years ago", {"chest": IMAGINED}),
    ("what if it bleeds. my chest hurts", {"chest": SAID}),
]
# Other findings may stand there too.
AMONG_OTHERS = [
    ("fever and shaking all over", "sepsis"),
    ("sugar way up and she keeps vomiting", "sugar_ill"),
    ("the redness is spreading down my leg", "infection_site"),
]


def standing(hit: rules.Hit) -> str:
    return IMAGINED if hit.hypothetical else DENIED if hit.negated else SAID


@pytest.mark.parametrize(("text", "findings"), SENTENCES)
def test_what_a_sentence_holds_and_whether_it_says_denies_or_imagines_it(text: str, findings: dict[str, str]) -> None:
    hits = RULES.find(text)
    assert {hit.finding: standing(hit) for hit in hits} == findings
    assert {hit.finding for hit in hits if hit.asserted} == {name for name, how in findings.items() if how == SAID}


@pytest.mark.parametrize(("text", "finding"), AMONG_OTHERS)
def test_a_red_flag_that_is_reported_is_found_among_others(text: str, finding: str) -> None:
    assert finding in {hit.finding for hit in RULES.find(text) if hit.asserted}


@pytest.mark.parametrize("text", ["no, my chest hurts", "no, i cant breathe"])
def test_a_bare_no_before_a_report_does_not_deny_it(text: str) -> None:
    assert any(hit.asserted for hit in RULES.find(text))


@pytest.mark.parametrize(
    "text",
    ["how long does it last", "i never had one", "the chest freezer is full", "does it hurt", "i walk my dog", ""],
)
def test_an_ordinary_message_has_no_hit_that_counts(text: str) -> None:
    assert not any(hit.asserted for hit in RULES.find(text))


def test_a_hit_tells_its_words_and_urgency() -> None:
    [hit] = RULES.find("Since noon I cant breathe at all")
    assert (hit.finding, hit.urgency, hit.words) == ("breathing", "emergency", "cant breathe")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=2000))
def test_no_text_is_too_strange(text: str) -> None:
    assert all(hit.words for hit in RULES.find(text))


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
    said = refused(tmp_path, "reach: 9\n", "reachh: 9\n")
    content = (tmp_path / "lexicon.yml").read_text(encoding="utf-8")
    line = content[: content.index("reachh")].count("\n") + 1
    assert f"lexicon.yml:{line}: reach" in said


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


@pytest.mark.xfail(reason="rules._match: each place of one part is held against all places of the other", strict=True)
def test_words_of_two_parts_far_apart_take_twice_the_steps_too() -> None:
    def apart(times: int) -> str:
        return "chest " * times + "and on and on it went for all of the day " + "hurts " * times

    assert steps(apart(160)) <= 2.2 * steps(apart(80))
