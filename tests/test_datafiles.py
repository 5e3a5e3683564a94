from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Extra
from ruamel.yaml import YAML

from bot import datafiles
from bot.datafiles import DataFileError


class Room(BaseModel, extra=Extra.forbid):
    name: str
    beds: int


class Ward(BaseModel, extra=Extra.forbid):
    title: str
    rooms: list[Room] = []
    phones: dict[str, str] = {}


WELL = """\
# Written by hand
title: North
rooms:
- name: blue

  beds: 2
- {name: red, beds: 1}
phones:
  desk: "100"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ward.yml"


def refusal(file: Path, content: str | bytes) -> str:
    """What is said about a file with this content, without the folder that it stands in."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataFileError) as caught:
        datafiles.load(file, Ward)
    return str(caught.value).replace(f"{file.parent}/", "")


def test_a_file_that_fits_is_loaded(file: Path) -> None:
    file.write_text(WELL, encoding="utf-8")
    rooms = [Room(name="blue", beds=2), Room(name="red", beds=1)]
    assert datafiles.load(file, Ward) == Ward(title="North", rooms=rooms, phones={"desk": "100"})


def test_what_is_loaded_has_no_types_of_the_yaml_reader(file: Path) -> None:
    file.write_text(WELL.replace("North", "|-\n  North\n  wing"), encoding="utf-8")
    ward = datafiles.load(file, Ward)
    assert ward.title == "North\nwing"
    assert {type(ward.title), type(ward.phones), type(ward.phones["desk"]), type(ward.rooms)} == {str, dict, list}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("title: North\n", "", "ward.yml:2: title: is missing"),
        ("title:", "titel:", "ward.yml:2: titel: is not a field that is known here: check its spelling, or remove it"),
        ("  desk:", "  1: a\n  desk: {}\n  door:", "ward.yml:10: phones.desk: str type expected"),
        ("beds: 2", "beds: two", "ward.yml:6: rooms.0.beds: value is not a valid integer"),
        ("beds: 1}", "beds: one}", "ward.yml:7: rooms.1.beds: value is not a valid integer"),
        ("- {name: red, beds: 1}", "- {name: red}", "ward.yml:7: rooms.1.beds: is missing"),
        ("- name: blue\n\n  beds: 2\n", "- blue\n", "ward.yml:4: rooms.0: value is not a valid dict"),
        (
            "  beds: 2\n",
            "  beds: 2\n  chairs: 3\n",
            "ward.yml:7: rooms.0.chairs: is not a field that is known here: check its spelling, or remove it",
        ),
        ("title: North", "title:", "ward.yml:2: title: none is not an allowed value"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_line_and_field(file: Path, before: str, after: str, said: str) -> None:
    assert WELL.count(before) == 1
    assert refusal(file, WELL.replace(before, after)) == said


def test_a_field_that_a_merge_key_brings_in_is_refused_at_the_place_that_takes_it(file: Path) -> None:
    content = "title: North\nrooms:\n- &room\n  name: blue\n  beds: 2\n- <<: *room\n  chairs: 2\n"
    assert refusal(file, content).startswith("ward.yml:7: rooms.1.chairs: is not a field")
    content = "title: North\nphones:\n  <<: &more {desk: [1]}\n"
    assert refusal(file, content) == "ward.yml:2: phones.desk: str type expected"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title: North\nrooms: []\ntitle: South\n", 'ward.yml:3: found duplicate key "title"'),
        (WELL.replace("- {name: red", "- {name: red, name: green"), 'ward.yml:7: found duplicate key "name"'),
        ("title: North\nrooms: [1,\n", "ward.yml:3: "),
        ("title: North\n\tphones: {}\n", "ward.yml:2: "),
        ("title: North\nphones: desk: 1\n", "ward.yml:2: "),
        ("title: North\n---\ntitle: South\n", "ward.yml:2: "),
        ("title: *north\n", "ward.yml:1: "),
        ("title: \x01\n", "ward.yml: is no YAML: "),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(file: Path, content: str, said: str) -> None:
    assert refusal(file, content).startswith(said)


@pytest.mark.parametrize("content", ["", "# only a comment\n", "- title: North\n", "North\n", "12\n"])
def test_a_file_without_fields_is_refused(file: Path, content: str) -> None:
    assert refusal(file, content) == "ward.yml:1: must hold fields, as `name: value` lines"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_refused_with_what_to_do(file: Path, encoding: str) -> None:
    content = "title: Café\n".encode(encoding)
    assert refusal(file, content) == "ward.yml: is not UTF-8 text: save it with the encoding UTF-8"


def test_a_file_with_a_byte_order_mark_is_read(file: Path) -> None:
    file.write_text("title: Café\n", encoding="utf-8-sig")
    assert datafiles.load(file, Ward).title == "Café"


def test_a_file_that_is_not_there_is_refused_by_name(file: Path) -> None:
    with pytest.raises(DataFileError, match=r"ward\.yml: cannot be read: No such file or directory$"):
        datafiles.load(file, Ward)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r": cannot be read: Is a directory$"):
        datafiles.load(tmp_path, Ward)


def test_numbers_can_be_kept_as_they_are_written(file: Path) -> None:
    file.write_text("a: 000\nb: +1202\nc: 1.10\nd: 0x1F\ne: [007]\nf: yes\n", encoding="utf-8")
    assert datafiles.read(file, as_written=True) == {
        "a": "000",
        "b": "+1202",
        "c": "1.10",
        "d": "0x1F",
        "e": ["007"],
        "f": "yes",
    }
    file.write_text("title: 007\nrooms: [{name: 010, beds: 2}]\n", encoding="utf-8")
    assert datafiles.load(file, Ward, as_written=True) == Ward(title="007", rooms=[Room(name="010", beds=2)])
    assert datafiles.read(file)["rooms"][0]["beds"] == 2  # and others read numbers as before


def test_tags_build_no_objects(file: Path) -> None:
    assert refusal(file, "title: !!python/name:os.system North\n") == "ward.yml:1: title: str type expected"


def test_the_parts_of_a_refusal_can_be_read_one_by_one(file: Path) -> None:
    file.write_text(WELL.replace("beds: 2", "beds: two"), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        datafiles.load(file, Ward)
    error = caught.value
    assert (error.file, error.line, error.field) == (file, 6, "rooms.0.beds")
    assert error.problem == "value is not a valid integer"


def test_a_date_that_no_calendar_has_is_refused_with_its_file(file: Path) -> None:
    assert refusal(file, "title: 2026-02-30\n").startswith("ward.yml")


names = st.text("abcdefgh", min_size=1, max_size=6)
leaves = st.integers(0, 99) | names | st.just("two\nlines\n")


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(names, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3)


# Three levels by hand: st.recursive warns, at times, that its argument is not used.
trees = leaves | nested(leaves | nested(leaves | nested(leaves)))


def paths(tree: Any, start: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path for part, value in inner for path in [(*start, part), *paths(value, (*start, part))]]


@settings(deadline=None, derandomize=True)
@given(st.dictionaries(names, trees, min_size=1, max_size=4))
def test_the_line_of_every_field_is_the_one_that_a_reader_finds_it_in(tree: dict[str, Any]) -> None:
    out = io.StringIO()
    YAML(typ="rt").dump(tree, out)
    text = out.getvalue()
    data = YAML(typ="rt").load(text)
    order = paths(tree)
    lines = [datafiles.line_of(data, path) or 0 for path in order]
    assert lines == sorted(lines)
    for path, line in zip(order, lines, strict=True):
        if isinstance(path[-1], str):
            assert text.splitlines()[line - 1].lstrip(" -").startswith(f"{path[-1]}:")


def test_the_line_of_a_field_that_is_not_there_is_that_of_its_nearest_parent(file: Path) -> None:
    file.write_text(WELL, encoding="utf-8")
    data = datafiles.read(file)
    assert datafiles.line_of(data, ("rooms", 1, "chairs", "legs")) == 7
    assert datafiles.line_of(data, ("nothing",)) == 2
    assert datafiles.line_of(data, ()) is None


def test_a_variable_is_text_even_where_rasa_was_imported(tmp_path: Path) -> None:
    import rasa.shared.utils.io  # noqa: F401 - it changes how YAML is read in the whole process

    file = tmp_path / "one.yml"
    file.write_text("secret: ${NAME}\nnumber: 3\n", encoding="utf-8")
    found = datafiles.read(file)
    assert found["secret"] == "${NAME}"
    assert type(found["secret"]) is str
    assert found["number"] == 3
