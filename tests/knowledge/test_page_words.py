"""The words of the chat page, as patients read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import textstat

from bot import knowledge
from bot.datafiles import DataFileError
from bot.gateway.widget.page import _SCRIPT_WORDS
from bot.settings import ROOT, Settings
from bot.speech import Speech

CLINIC = Settings(clinic_name="Lakeside Hip Clinic", clinic_phone="(202) 555-0142")
WORDS = Speech(knowledge.load(), CLINIC).page("Hipline")
OWN = "reviewed: {by: Dr. A. Example, on: 2026-11-24}\n"
TEMPLATES = ROOT / "bot" / "gateway" / "templates"


@pytest.mark.parametrize("name", [name for name, text in WORDS.items() if len(text.split()) > 6])
def test_everybody_can_read_them(name: str) -> None:
    grade = textstat.flesch_kincaid_grade(WORDS[name])
    assert grade <= 8.0, f"grade {grade}: {WORDS[name]}"


def test_nothing_is_left_to_be_filled_in_but_what_the_page_knows() -> None:
    left = {name: re.findall("[{}].*?[{}]", text) for name, text in WORDS.items() if re.search("[{}]", text)}
    assert left == {"launcher_unread": ["{count}"], "contact_left": ["{number}"]}


def test_every_word_that_a_page_uses_is_there_and_every_word_is_used() -> None:
    pages = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("chat.html", "forget.html"))
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "bot" / "gateway").rglob("*.py"))
    script = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "bot" / "gateway").rglob("*.js"))
    used = set(re.findall(r"words\.([a-z_]+)", pages + script)) - {"get"}
    assert used <= set(WORDS)
    assert set(_SCRIPT_WORDS) <= set(re.findall(r"words\.([a-z_]+)", script))
    unused = {
        name for name in WORDS if name not in used and f'"{name}"' not in code and not name.startswith("forgotten")
    }
    assert unused == set()


def test_the_consent_says_that_it_is_a_machine_not_for_emergencies_and_who_reads_it() -> None:
    assert "a computer program" in WORDS["consent"]
    assert "not for emergencies" in WORDS["consent"]
    assert "Lakeside Hip Clinic, so that its staff can read it" in WORDS["consent"]


def test_whoever_can_not_be_heard_gets_the_emergency_number() -> None:
    for name in ("offline", "not_yet", "forgotten_escalation", "contact_failed"):
        assert "911" in WORDS[name], name


KEPT = ["contact_kept", "contact_kept_callback", "contact_kept_emergency", "contact_kept_crisis"]


@pytest.mark.parametrize("name", KEPT)
def test_whoever_has_left_a_number_is_told_whom_to_call_and_promised_no_call(name: str) -> None:
    assert "can see your number now" in WORDS[name]
    assert "911" in WORDS[name]
    assert ("988" if name == "contact_kept_crisis" else "(202) 555-0142") in WORDS[name]
    assert not re.search("calls? you|ring you|in touch|hear from", WORDS[name])


def test_a_call_back_is_promised_after_an_alert_alone_and_as_the_clinic_says_it() -> None:
    clinic = CLINIC.copy(update={"clinic_callback": "within two hours"})
    words = Speech(knowledge.load(), clinic).page("Hipline")
    assert [name for name in KEPT if "Somebody calls you back within two hours." in words[name]] == [
        "contact_kept_callback"
    ]


def test_a_clinic_s_own_words_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "page.yml").write_text(f"words:\n  greeting: Hi from {{assistant}} of {{clinic}}!\n{OWN}")
    words = Speech(knowledge.load(tmp_path), CLINIC).page("Ida")
    assert words["greeting"] == "Hi from Ida of Lakeside Hip Clinic!"
    assert words["send"] == "Send"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("greting: Hi", ":2: words.greting: is no word of the page"),
        ("greeting: Hi {patient}", r":2: words.greeting: \{patient\} can't be filled in here"),
        ("greeting: Hi {clinic", r":2: words.greeting: .* for a brace"),
        ("greeting: Hi {clinic:>9}", ":2: words.greeting: .* no format"),
        ("greeting: ''", ":2: words.greeting: ensure this value has at least 1 characters"),
    ],
)
def test_what_is_wrong_in_a_clinic_s_own_file_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "page.yml").write_text(f"words:\n  {line}\n{OWN}")
    with pytest.raises(DataFileError, match=said):
        knowledge.load(tmp_path)
