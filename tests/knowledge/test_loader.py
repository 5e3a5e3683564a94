from __future__ import annotations

from pathlib import Path

import pytest

from bot import knowledge
from bot.datafiles import DataFileError
from bot.knowledge import SHIPPED

SECTION = "The Procedure: What to Expect"

# A clinic's own file with one topic, as docs/texts.md shows it.
ONSET = """\
section: "The Procedure: What to Expect"
topics:
  onset:
    title: When will I feel it?
    answer: |-
      Give it a few days.
    sms: Give it a few days, says the clinic.
    next: [duration_of_relief]
    aspects:
      how_long: A few days.
      rephrased: Wait a little.
    reviewed: {by: "Dr. A. Example", on: 2026-11-24}
"""
TEXTS = """\
texts:
  greet:
    text: Welcome to {clinic}.
    sms: Welcome.
reviewed: {by: "Dr. A. Example", on: 2026-11-24}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The clinic's own folder."""
    folder = tmp_path / "ours"
    folder.mkdir()
    return folder


def refusal(folder: Path, name: str, content: str | bytes) -> str:
    """What is said about this file in the clinic's own folder, without the folder's path."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataFileError) as caught:
        knowledge.load(folder)
    return str(caught.value).replace(f"{folder}/", "")


def with_change(before: str, after: str, content: str = ONSET) -> str:
    assert content.count(before) == 1, before
    return content.replace(before, after)


# --- A file that is wrong


@pytest.mark.parametrize("field", ["title", "answer", "sms", "next", "aspects", "reviewed"])
def test_a_topic_that_lacks_a_field_is_refused(own: Path, field: str) -> None:
    lines = ONSET.splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith(f"    {field}:"))
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith("      ")), len(lines))
    content = "".join(lines[:start] + lines[end:])
    assert refusal(own, "day.yml", content) == f"day.yml:3: topics.onset.{field}: is missing"


def test_a_file_that_lacks_its_section_is_refused(own: Path) -> None:
    assert refusal(own, "day.yml", with_change(f'section: "{SECTION}"\n', "")) == "day.yml:1: section: is missing"


def test_a_topic_that_nobody_reviewed_is_refused(own: Path) -> None:
    content = with_change('by: "Dr. A. Example", ', "")
    assert refusal(own, "day.yml", content) == "day.yml:12: topics.onset.reviewed.by: is missing"


def test_a_field_that_is_not_known_is_refused(own: Path) -> None:
    content = with_change("    sms:", "    smss: x\n    sms:")
    said = "is not a field that is known here: check its spelling, or remove it"
    assert refusal(own, "day.yml", content) == f"day.yml:7: topics.onset.smss: {said}"


def test_a_title_that_fits_no_button_is_refused(own: Path) -> None:
    content = with_change("When will I feel it?", "When will I feel it, after how many days?")
    assert refusal(own, "day.yml", content) == "day.yml:4: topics.onset.title: has 41 characters, 40 at most"


def test_a_title_with_a_character_that_sms_lacks_is_refused(own: Path) -> None:
    content = with_change("When will I feel it?", "When’s it felt?")
    said = "has characters that SMS charges double for: ’"
    assert refusal(own, "day.yml", content) == f"day.yml:4: topics.onset.title: {said}"


@pytest.mark.parametrize(
    ("before", "line", "field"),
    [("Give it a few days, says the clinic.", 7, "sms"), ("A few days.", 10, "aspects.how_long")],
)
def test_a_text_too_long_for_two_segments_with_its_section_is_refused(
    own: Path, before: str, line: int, field: str
) -> None:
    room = 306 - len(f"\nFrom: {SECTION}")
    content = with_change(before, "a" * room)
    (own / "day.yml").write_text(content, encoding="utf-8")
    knowledge.load(own)
    said = f"takes {room + 1} characters of SMS, {room} at most"
    content = with_change(before, "a" * (room + 1))
    assert refusal(own, "day.yml", content) == f"day.yml:{line}: topics.onset.{field}: {said}"


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "stranger"),
    [
        ("Give it a few days, says", "Don’t wait, says", 7, "sms", "’"),
        ("Wait a little.", "Wait “a little”.", 11, "aspects.rephrased", "“ ”"),
        ("A few days.\n", "A few days – or more.\n", 10, "aspects.how_long", "–"),
    ],
)
def test_a_curly_quote_in_what_goes_by_sms_is_refused(
    own: Path, before: str, after: str, line: int, field: str, stranger: str
) -> None:
    said = f"has characters that SMS charges double for: {stranger}"
    assert refusal(own, "day.yml", with_change(before, after)) == f"day.yml:{line}: topics.onset.{field}: {said}"


def test_a_curly_quote_in_the_full_answer_is_nobody_s_business(own: Path) -> None:
    (own / "day.yml").write_text(with_change("      Give it", "      Don’t wait: give it"), encoding="utf-8")
    assert knowledge.load(own).answer("onset") == "Don’t wait: give it a few days."


def test_a_topic_that_can_not_be_said_in_other_words_is_refused(own: Path) -> None:
    content = with_change("      rephrased: Wait a little.\n", "")
    said = "lacks `rephrased`: the answer said again in other words"
    assert refusal(own, "day.yml", content) == f"day.yml:9: topics.onset.aspects: {said}"


def test_a_text_of_white_space_alone_is_refused(own: Path) -> None:
    content = with_change("sms: Give it a few days, says the clinic.", "sms: '  '")
    said = "ensure this value has at least 1 characters"
    assert refusal(own, "day.yml", content) == f"day.yml:7: topics.onset.sms: {said}"


def test_a_date_that_is_none_is_refused(own: Path) -> None:
    content = with_change("on: 2026-11-24", "on: last week")
    assert refusal(own, "day.yml", content) == "day.yml:12: topics.onset.reviewed.on: invalid date format"


@pytest.mark.parametrize("other", ["no_such_topic", "onset"])
def test_next_must_name_another_topic(own: Path, other: str) -> None:
    said = refusal(own, "day.yml", with_change("[duration_of_relief]", f"[duration_of_relief, {other}]"))
    assert said.startswith("day.yml")
    assert said.endswith(f": topics.onset.next: {other!r} is no other topic")


def test_a_key_that_stands_there_twice_is_refused(own: Path) -> None:
    content = with_change("    sms:", "    title: Once more\n    sms:")
    assert refusal(own, "day.yml", content).startswith('day.yml:7: found duplicate key "title"')
    content = ONSET + ONSET.partition("topics:\n")[2]
    assert refusal(own, "day.yml", content).startswith('day.yml:13: found duplicate key "onset"')


def test_a_file_in_another_encoding_is_refused(own: Path) -> None:
    content = with_change("Dr. A. Example", "Dr. É. Example").encode("latin-1")
    assert refusal(own, "day.yml", content) == "day.yml: is not UTF-8 text: save it with the encoding UTF-8"


def test_a_topic_in_two_files_is_refused(own: Path) -> None:
    (own / "a.yml").write_text(ONSET, encoding="utf-8")
    assert refusal(own, "b.yml", ONSET) == "b.yml:3: topics.onset: stands in two files"


def test_a_file_of_texts_that_nobody_reviewed_is_refused(own: Path) -> None:
    content = TEXTS.partition("reviewed:")[0]
    assert refusal(own, "texts.yml", content) == "texts.yml:1: reviewed: is missing"


def test_a_text_without_words_is_refused(own: Path) -> None:
    content = with_change("    text: Welcome to {clinic}.\n", "", TEXTS)
    assert refusal(own, "texts.yml", content) == "texts.yml:2: texts.greet.text: is missing"


# --- A clinic's own texts over the shipped ones


def test_without_a_folder_of_the_clinic_s_own_the_shipped_texts_hold() -> None:
    known = knowledge.load()
    assert known.topics["onset"].file == SHIPPED / "procedure.yml"
    assert known.topics["onset"].section == SECTION


def test_an_empty_folder_changes_nothing(own: Path) -> None:
    assert knowledge.load(own).topics == knowledge.load().topics


def test_a_topic_of_the_clinic_s_own_replaces_the_shipped_one_as_a_whole(own: Path) -> None:
    (own / "day.yml").write_text(ONSET, encoding="utf-8")
    shipped, known = knowledge.load(), knowledge.load(own)
    assert known.answer("onset") == "Give it a few days."
    assert known.answer("onset", sms=True) == f"Give it a few days, says the clinic.\nFrom: {SECTION}"
    assert known.aspect("onset", "how_long") == "A few days."
    assert known.aspect("onset", "how_long", sms=True) == f"A few days.\nFrom: {SECTION}"
    assert shipped.aspect("onset", "what_to_do") is not None
    assert known.aspect("onset", "what_to_do") is None
    assert known.aspect("onset", "what_to_do", sms=True) is None
    assert known.topics["onset"].file == own / "day.yml"


def test_the_other_topics_stay_the_shipped_ones(own: Path) -> None:
    (own / "day.yml").write_text(ONSET, encoding="utf-8")
    shipped, known = knowledge.load().topics, knowledge.load(own).topics
    assert {name for name in shipped if shipped[name] != known[name]} == {"onset"}
    assert set(known) == set(shipped)


def test_a_text_of_the_clinic_s_own_replaces_that_one_text(own: Path) -> None:
    (own / "texts.yml").write_text(TEXTS, encoding="utf-8")
    shipped, known = knowledge.load(), knowledge.load(own)
    assert known.text("greet", clinic="Lakeside") == "Welcome to Lakeside."
    assert known.text("greet", sms=True, clinic="Lakeside") == "Welcome."
    assert known.text("thanks") == shipped.text("thanks")


def test_a_text_without_an_sms_form_is_said_in_full_by_sms(own: Path) -> None:
    (own / "texts.yml").write_text(with_change("    sms: Welcome.\n", "", TEXTS), encoding="utf-8")
    assert knowledge.load(own).text("greet", sms=True, clinic="Lakeside") == "Welcome to Lakeside."


def test_a_topic_that_hipline_does_not_have_is_refused(own: Path) -> None:
    said = refusal(own, "day.yml", with_change("  onset:", "  onsett:"))
    assert said.startswith("day.yml")
    assert ": topics.onsett: is no topic of Hipline's; they are anatomy_joint, " in said


def test_a_topic_under_another_section_is_refused(own: Path) -> None:
    said = refusal(own, "day.yml", with_change(SECTION, "Anatomy Involved"))
    assert said.startswith("day.yml")
    assert said.endswith(f": section: onset belongs to the section {SECTION!r}")


def test_a_text_that_hipline_never_says_is_refused(own: Path) -> None:
    said = refusal(own, "texts.yml", with_change("  greet:", "  grete:", TEXTS))
    assert said.startswith("texts.yml")
    assert said.endswith(": texts.grete: is no text that Hipline says")


@pytest.mark.parametrize("form", ["text: Welcome to {clinc}.", "sms: See {clinc}."])
def test_a_placeholder_that_is_not_known_is_refused(own: Path, form: str) -> None:
    before = "text: Welcome to {clinic}." if form.startswith("text") else "sms: Welcome."
    said = refusal(own, "texts.yml", with_change(before, form, TEXTS))
    assert said.startswith("texts.yml")
    assert said.endswith(": {clinc} can't be filled in here")


@pytest.mark.parametrize("placeholder", ["{}", "{0}", "{clinic.__class__}", "{answer}"])
def test_a_placeholder_that_this_text_does_not_have_is_refused(own: Path, placeholder: str) -> None:
    said = refusal(own, "texts.yml", with_change("{clinic}", placeholder, TEXTS))
    assert said.endswith(f": {placeholder} can't be filled in here")


def test_placeholders_that_every_text_may_have_are_taken_where_the_shipped_text_has_none(own: Path) -> None:
    content = with_change("greet:", "thanks:", TEXTS).replace("Welcome to {clinic}.", '"{call_capital}. {hours_line}"')
    (own / "texts.yml").write_text(content, encoding="utf-8")
    assert knowledge.load(own).text("thanks", call_capital="Call us", hours_line="All day.") == "Call us. All day."


@pytest.mark.parametrize("brace", ["{", "}", "{clinic"])
def test_a_brace_that_opens_nothing_is_refused_with_what_to_write(own: Path, brace: str) -> None:
    said = refusal(own, "texts.yml", with_change("Welcome to {clinic}.", f"'Welcome {brace} there'", TEXTS))
    assert said.startswith("texts.yml")
    assert said.endswith(": write {{ for a brace")
    assert ": texts.greet: " in said


def test_a_folder_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataFileError) as caught:
        knowledge.load(tmp_path / "ours")
    said = "is no folder: make it, or clear the setting knowledge_folder"
    assert str(caught.value) == f"{tmp_path / 'ours'}: {said}"


# --- What is not told yet as it should be


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("day.yml", with_change("[duration_of_relief]", "[no_such_topic]"), 8),
        ("day.yml", with_change("  onset:", "  onsett:"), 3),
        ("day.yml", with_change(SECTION, "Anatomy Involved"), 1),
        ("texts.yml", with_change("{clinic}", "{clinc}", TEXTS), 3),
        ("texts.yml", with_change("  greet:", "  grete:", TEXTS), 2),
    ],
    ids=["next", "unknown topic", "section", "placeholder", "unknown text"],
)
def test_every_refusal_names_the_line(own: Path, name: str, content: str, line: int) -> None:
    assert refusal(own, name, content).startswith(f"{name}:{line}: ")


def test_an_aspect_that_is_not_known_is_refused_by_its_name(own: Path) -> None:
    said = refusal(own, "day.yml", with_change("      how_long:", "      howlong:"))
    assert said.startswith("day.yml:10: topics.onset.aspects.howlong: ")


def test_a_date_that_no_calendar_has_is_refused(own: Path) -> None:
    assert refusal(own, "day.yml", with_change("2026-11-24", "2026-02-30")).startswith("day.yml")


@pytest.mark.parametrize("placeholder", ["{clinic:d}", "{clinic:{width}}"])
def test_a_placeholder_that_can_not_be_filled_in_is_refused_at_the_start(own: Path, placeholder: str) -> None:
    assert "texts.greet" in refusal(own, "texts.yml", with_change("{clinic}", placeholder, TEXTS))


@pytest.mark.parametrize("sms", ["Don’t wait.", "a" * 400])
def test_an_sms_form_of_a_text_is_held_to_the_same_rules(own: Path, sms: str) -> None:
    assert "texts.greet" in refusal(own, "texts.yml", with_change("sms: Welcome.", f"sms: {sms}", TEXTS))


def test_a_file_with_the_other_ending_of_yaml_is_read(own: Path) -> None:
    (own / "day.yaml").write_text(ONSET, encoding="utf-8")
    assert knowledge.load(own).answer("onset") == "Give it a few days."
