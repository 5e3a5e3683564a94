from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.datafiles import DataFileError
from bot.triage import rules

RULES = rules.load()

REPORTED = [
    ("i cant breath", "breathing"),
    ("I CAN’T GET ANY AIR IN", "breathing"),
    ("my lips are swelling and my tounge too", "throat_face"),
    ("braething is hard since the shot", "breathing"),
    ("there is a crushing pressure on my chest", "chest"),
    ("he passed out in the kitchen", "faint_seizure"),
    ("her mouth droops on one side", "stroke"),
    ("I wet myself without knowing it", "cauda_equina"),
    ("both legs suddenly gave way", "cauda_equina"),
    ("fever and shaking all over", "sepsis"),
    ("the bleeding wont stop", "bleeding"),
    ("my foot is cold and blue", "cold_leg"),
    ("sugar way up and she keeps vomiting", "sugar_ill"),
    ("he wants to kill himself", "crisis"),
    ("ive got a fever", "fever"),
    ("the redness is spreading down my leg", "infection_site"),
    ("No fever but I cant put weight on my leg", "weight"),
    ("my calf is swollen", "calf"),
    ("no swelling, but my chest hurts", "chest"),
]
NOT_REPORTED = [
    ("no chest pain, no trouble breathing", {"chest", "breathing"}),
    ("what if my throat closes up", {"throat_face"}),
    ("is there a risk that the bleeding wont stop", {"bleeding"}),
    ("she denies chest pain", {"chest"}),
]


@pytest.mark.parametrize(("text", "finding"), REPORTED)
def test_a_red_flag_that_is_reported_is_found(text: str, finding: str) -> None:
    assert finding in {hit.finding for hit in RULES.find(text) if hit.asserted}


@pytest.mark.parametrize(("text", "findings"), NOT_REPORTED)
def test_what_is_denied_or_imagined_is_found_and_not_taken_for_a_report(text: str, findings: set[str]) -> None:
    hits = RULES.find(text)
    assert findings <= {hit.finding for hit in hits}
    assert not any(hit.asserted for hit in hits)


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
