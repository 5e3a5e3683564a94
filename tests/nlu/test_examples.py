"""The training examples, read without Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.datafiles import DataFileError
from bot.nlu.examples import Example, read
from bot.settings import ROOT

WELL = """version: "3.1"
nlu:
- intent: greet
  metadata: {voice: plain}
  examples: |
    - hello
    - good morning,  all
- intent: onset
  examples: |
    - how soon - in days - does it work
    - "quoted"
"""


def write(folder: Path, content: str, name: str = "a.yml") -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def test_each_line_is_an_example_with_its_intent_and_its_writer(tmp_path: Path) -> None:
    write(tmp_path, WELL)
    assert read(tmp_path) == [
        Example("hello", "greet", "plain"),
        Example("good morning,  all", "greet", "plain"),
        Example("how soon - in days - does it work", "onset", ""),
        Example('"quoted"', "onset", ""),
    ]


def test_files_are_read_in_the_order_of_their_names_and_others_are_left_alone(tmp_path: Path) -> None:
    for name, text in {"b.yml": "two", "a.yml": "one", "c.txt": "no YAML: ["}.items():
        write(tmp_path, f"nlu:\n- intent: greet\n  examples: |\n    - {text}\n", name)
    assert [example.text for example in read(tmp_path)] == ["one", "two"]


def test_what_stands_between_examples_is_none(tmp_path: Path) -> None:
    write(tmp_path, "nlu:\n- intent: greet\n  examples: |\n    - hello\n\n    a remark\n    -no blank\n    - hi\n")
    assert [example.text for example in read(tmp_path)] == ["hello", "hi"]


def test_a_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, "nlu:\n- intent: [\n")
    with pytest.raises(DataFileError) as caught:
        read(tmp_path)
    assert str(caught.value).startswith(f"{file}:3: ")


@pytest.mark.parametrize(
    "content",
    [
        "",
        'version: "3.1"\n',
        "nlu:\n- examples: |\n    - hello\n",
        "nlu:\n- intent: greet\n",
        "nlu:\n- synonym: labrum\n  examples: |\n    - rim\n",
        "nlu:\n- intent: greet\n  examples:\n  - text: hello\n",
    ],
    ids=["empty", "no nlu", "no intent", "no examples", "a synonym", "a list of examples"],
)
def test_a_block_of_another_form_is_read_over_or_refused_with_its_file(tmp_path: Path, content: str) -> None:
    file = write(tmp_path, content)
    said = str(file)
    try:
        read(tmp_path)
    except DataFileError as error:
        said = str(error)
    assert str(file) in said


def test_all_examples_of_the_project_have_a_text_an_intent_and_a_writer() -> None:
    found = read(ROOT / "data" / "nlu")
    assert len(found) > 1000
    assert [example for example in found if not (example.text and example.intent and example.voice)] == []
