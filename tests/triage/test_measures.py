from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datafiles import DataFileError
from bot.triage import measures
from bot.triage.measures import Measure
from bot.triage.words import split

MEASURER = measures.load()


def found(text: str) -> list[Measure]:
    return [measure for sentence in split(text) for measure in MEASURER.find(sentence)]


TEMPERATURES = [
    ("38.9", 38.9, "C"),
    ("38,9", 38.9, "C"),
    ("temp of 39", 39, "C"),
    ("39 degrees", 39, "C"),
    ("a hundred and one point five", 101.5, "F"),
    ("102F", 102, "F"),
    ("102 since the shot", 102, "F"),
    ("fever, hundred n two", 102, "F"),
    ("temp thirty nine", 39, "C"),
    ("one oh three fever", 103, "F"),
    ("temp 101", 101, "F"),
    ("thermometer says 100.4", 100.4, "F"),
]


@pytest.mark.parametrize(("text", "value", "unit"), TEMPERATURES)
def test_a_temperature_is_read_with_its_unit(text: str, value: float, unit: str) -> None:
    [measure] = found(text)
    assert (measure.value, measure.unit, measure.names) == (value, unit, ("fever",))


@pytest.mark.parametrize("text", ["temp 37.9", "temperature is 100.3", "temp 98.6", "36.8 degrees"])
def test_a_temperature_below_the_threshold_is_no_fever(text: str) -> None:
    [measure] = found(text)
    assert measure.names == ()


@pytest.mark.parametrize("text", ["temp 38.0", "temp 100.4"])
def test_the_threshold_itself_is_a_fever(text: str) -> None:
    assert found(text)[0].names == ("fever",)


@pytest.mark.parametrize(
    "text",
    [
        "101 Main St",
        "route 101",
        "room 102 has a temp problem",
        "I am 39",
        "aged 39 with a fever",
        "40 mg",
        "in 2019",
        "call 555 102 0102",
        "39 years old",
        "the 102 bus",
        "38.5 kg",
        "temp 385",
        "order 1013",
    ],
)
def test_a_room_a_street_a_dose_a_year_a_telephone_or_an_age_is_no_temperature(text: str) -> None:
    assert not [measure for measure in found(text) if measure.unit in ("C", "F")]


SUGARS = [
    ("my sugar is 410", 410, "mg/dL", ("high_sugar", "raised_sugar")),
    ("22 mmol", 22, "mmol/L", ("high_sugar", "raised_sugar")),
    ("sugar three fifty", 350, "mg/dL", ("high_sugar", "raised_sugar")),
    ("bg 17.2", 17.2, "mmol/L", ("high_sugar", "raised_sugar")),
    ("glucose 16.7", 16.7, "mmol/L", ("raised_sugar",)),
    ("glucose 300", 300, "mg/dL", ("raised_sugar",)),
    ("sugar over 300", 300, "mg/dL", ("high_sugar", "raised_sugar")),
    ("sugar is 260", 260, "mg/dL", ("raised_sugar",)),
    ("sugar is 250", 250, "mg/dL", ()),
    ("sugar is 7.2", 7.2, "mmol/L", ()),
]


@pytest.mark.parametrize(("text", "value", "unit", "names"), SUGARS)
def test_a_sugar_is_read_with_its_unit(text: str, value: float, unit: str, names: tuple[str, ...]) -> None:
    [measure] = found(text)
    assert (measure.value, measure.unit, measure.names) == (value, unit, names)


@pytest.mark.parametrize("text", ["my meter says HI", "the glucometer just reads hi", "sugar reads high"])
def test_a_meter_that_shows_letters_is_above_all_it_can_measure(text: str) -> None:
    [measure] = found(text)
    assert math.isinf(measure.value)
    assert "high_sugar" in measure.names


@pytest.mark.parametrize(
    "text", ["hi, where do I get a meter", "diabetic for 20 years", "my sugar, 40 units of insulin"]
)
def test_a_greeting_years_or_units_are_no_sugar(text: str) -> None:
    assert not [measure for measure in found(text) if measure.unit in ("mg/dL", "mmol/L")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pain 9/10", ("severe_pain",)),
        ("pain is ten out of ten", ("severe_pain",)),
        ("VAS 8", ("severe_pain",)),
        ("pain is a 9", ("severe_pain",)),
        ("pain 4/10", ()),
        ("7 of 10", ()),
    ],
)
def test_pain_from_eight_of_ten_on_is_severe(text: str, names: tuple[str, ...]) -> None:
    assert [measure.names for measure in found(text)] == [names]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("36 hours later", ("hours",)),
        ("12 hours later", ()),
        ("day 3", ("hours", "days")),
        ("two days", ("hours", "days")),
        ("one day", ("hours",)),
        ("three weeks", ("hours", "days", "weeks")),
    ],
)
def test_how_long_it_has_been_is_read(text: str, names: tuple[str, ...]) -> None:
    assert [measure.names for measure in found(text)] == [names]


def test_thresholds_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "measures.yml"
    content = measures.MEASURES.read_text(encoding="utf-8").replace("fever_celsius: 38.0", "fever_celsius: 38.5")
    file.write_text(content, encoding="utf-8")
    [sentence] = split("temp 38.2")
    assert measures.load(file).find(sentence)[0].names == ()


def test_a_file_with_a_misspelt_field_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "measures.yml"
    content = measures.MEASURES.read_text(encoding="utf-8").replace("high_mmol", "high_mmoll")
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        measures.load(file)
    assert error.value.field == "sugar.high_mmoll"
    assert error.value.line == content[: content.index("high_mmoll")].count("\n") + 1


NUMERALS = st.sampled_from(
    [
        "a",
        "one",
        "hundred",
        "and",
        "two",
        "point",
        "oh",
        "five",
        "fifty",
        "10",
        "38.5",
        "/",
        "of",
        "temp",
        "sugar",
        "\u0663",
    ]
)


@given(st.lists(NUMERALS, max_size=40))
def test_measures_stand_in_order_within_their_sentence_whatever_the_numerals(words: list[str]) -> None:
    for sentence in split(" ".join(words)):
        for measure in MEASURER.find(sentence):
            assert 0 <= measure.first <= measure.last < len(sentence.words)
