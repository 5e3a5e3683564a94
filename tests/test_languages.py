from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import knowledge, languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("quisiera cambiar la hora de mi cita, por favor", "es"),
        ("dzi\u0144 dobry, gdzie mog\u0119 zaparkowa\u0107 samoch\u00f3d", None),
        ("good morning, where can I leave the car", None),
        ("12", None),
    ],
)
def test_only_a_sure_guess_among_the_languages_that_have_a_text_counts(text: str, language: str | None) -> None:
    assert languages.detect(text) == language


@given(st.text(max_size=100))
def test_any_text_is_taken(text: str) -> None:
    assert languages.detect(text) in {None, *languages.SPOKEN}


def test_there_is_a_text_in_each_language_with_the_number_and_the_emergency_number() -> None:
    known = knowledge.load()
    for language in languages.SPOKEN:
        said = known.text(f"language_{language}", phone="PHONE", emergency="EMERGENCY")
        assert "PHONE" in said
        assert "EMERGENCY" in said
