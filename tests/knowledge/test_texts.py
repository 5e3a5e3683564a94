"""The shipped texts, as people get them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import textstat

from bot import datafiles, gsm7, knowledge
from bot.knowledge import SHIPPED, Knowledge
from bot.knowledge.models import SymptomFile
from bot.replies import Kind, Urgency
from bot.settings import ROOT, Settings
from bot.speech import Speech

SHARED = ROOT.parent / "shared"
OUTLINE, SOURCE = SHARED / "topics.yml", SHARED / "source.txt"
GRADE = 8.0
RUN = 9  # words

LAKESIDE = Settings(
    clinic_name="Lakeside Hip Clinic",
    clinic_phone="(202) 555-0142",
    clinic_hours="Monday to Friday, 8 am to 5 pm",
)
# As long as names and numbers get.
LONG = LAKESIDE.copy(
    update={
        "clinic_name": "Saint Bartholomew Orthopedics and Pain Center",
        "clinic_phone": "+1 (202) 555-0142 ext. 2040",
    }
)
KNOWN = knowledge.load()
ALL_TEXTS = sorted(datafiles.read(SHIPPED / "texts.yml")["texts"])
TEXTS = [name for name in ALL_TEXTS if not name.startswith("language_")]  # those in English
# What an action puts into a text beside the clinic's settings.
VALUES = {
    "value": "8 to 5",
    "answer": "It is rare.",
    "about": "It can happen.",
    "staff": "Kimberly Alvarez",
    "opens": "on Wednesday at 8:30 am",
}


def forms(known: Knowledge) -> Iterator[tuple[str, str]]:
    """Every text that somebody can read, by its name, with the placeholders filled in."""
    for name, topic in known.topics.items():
        yield f"{name}.answer", topic.answer
        yield f"{name}.sms", topic.sms
        for aspect, text in topic.aspects.items():
            yield f"{name}.{aspect}", text
    for name in TEXTS:
        yield f"{name}.text", Speech(known, LAKESIDE).words(name, **VALUES)
        yield f"{name}.sms", Speech(known, LAKESIDE, sms=True).words(name, **VALUES)
    symptoms = datafiles.load(SHIPPED / "symptoms.yml", SymptomFile)
    yield from ((f"mild.{name}", text) for name, text in symptoms.mild.items())
    yield from ((f"serious.{name}", text) for name, text in symptoms.serious.items())


def raw_forms(known: Knowledge) -> Iterator[tuple[str, str]]:
    yield from ((f"{name}.title", topic.title) for name, topic in known.topics.items())
    yield from forms(known)


FORMS = dict(forms(KNOWN))


def by_sms(clinic: Settings) -> Iterator[tuple[str, str]]:
    """Every text as it goes out by SMS. What the clinic itself writes into a text is its own to keep short."""
    say = Speech(KNOWN, clinic, sms=True)
    for name, topic in KNOWN.topics.items():
        yield name, say.topic(name).text
        for aspect in topic.aspects:
            yield f"{name}.{aspect}", say.aspect(name, aspect).text
    for name in TEXTS:
        yield name, say.words(name, **VALUES)


SMS = {name: dict(by_sms(clinic)) for name, clinic in (("none", Settings()), ("short", LAKESIDE), ("long", LONG))}


def present(file: Path) -> Path:
    if not file.is_file():
        pytest.skip(f"{file.name} is not beside the project")
    return file


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)}


def test_every_topic_of_the_outline_is_there_with_its_section() -> None:
    outline = {row["id"]: row["section"] for row in datafiles.read(present(OUTLINE))["topics"]}
    assert len(outline) == 37
    assert {topic.id: topic.section for topic in KNOWN.topics.values()} == outline


def test_the_kinds_and_urgencies_of_replies_are_those_of_the_outline() -> None:
    outline = datafiles.read(present(OUTLINE))
    assert set(get_args(Kind)) == set(outline["kinds"])
    assert set(get_args(Urgency)) == set(outline["urgencies"])


def test_there_are_37_topics_with_titles_that_nobody_confuses() -> None:
    titles = {" ".join(words(topic.title)) for topic in KNOWN.topics.values()}
    assert len(KNOWN.topics) == len(titles) == 37


@pytest.mark.parametrize("name", FORMS)
def test_everybody_can_read_it(name: str) -> None:
    grade = textstat.flesch_kincaid_grade(FORMS[name])
    assert grade <= GRADE, f"grade {grade}: {FORMS[name]}"


@pytest.mark.parametrize("clinic", SMS)
def test_what_goes_by_sms_takes_two_segments_at_most(clinic: str) -> None:
    long = {name: gsm7.septets(text) for name, text in SMS[clinic].items() if gsm7.segments(text) > 2}
    assert long == {}


@pytest.mark.parametrize("clinic", SMS)
def test_what_goes_by_sms_has_no_character_that_doubles_its_price(clinic: str) -> None:
    strange = {name: found for name, text in SMS[clinic].items() if (found := gsm7.strangers(text))}
    assert strange == {}


@pytest.mark.parametrize("clinic", SMS)
def test_what_goes_by_sms_has_no_character_that_two_segments_could_split(clinic: str) -> None:
    assert {name for name, text in SMS[clinic].items() if gsm7.septets(text) != len(text)} == set()


@pytest.mark.parametrize("clinic", [Settings(), LAKESIDE, LONG], ids=list(SMS))
def test_a_boundary_with_a_topic_s_answer_takes_two_segments_at_most(clinic: Settings) -> None:
    say = Speech(KNOWN, clinic, sms=True)
    said = {name: say.boundary(name).text for name in KNOWN.topics}
    assert {name: gsm7.septets(text) for name, text in said.items() if gsm7.segments(text) > 2} == {}


@pytest.mark.parametrize("clinic", SMS)
def test_no_placeholder_and_no_gap_is_left_in_what_goes_out(clinic: str) -> None:
    odd = {name for name, text in SMS[clinic].items() if re.search(r"[{}]|  | [.,:]|\.\.|None(?! of)|^\s|\s$", text)}
    assert odd == set()


def test_nothing_is_copied_from_the_document() -> None:
    source = runs(present(SOURCE).read_text(encoding="utf-8"))
    copied = {name: " ".join(sorted(found)[0]) for name, text in raw_forms(KNOWN) if (found := runs(text) & source)}
    assert copied == {}


@pytest.mark.parametrize("name", [name for name in FORMS if name.endswith(".answer")])
def test_an_answer_holds_no_markup_and_does_not_shout(name: str) -> None:
    assert not re.search(r"[!*_#`<>|]|https?:|[“”’‘–—…]", FORMS[name])


def test_every_topic_leads_on_to_two_or_three_others() -> None:
    following = {name: topic.next for name, topic in KNOWN.topics.items()}
    assert {name: next_ for name, next_ in following.items() if not 2 <= len(set(next_)) == len(next_) <= 3} == {}


# --- What must be in a text, whoever rewrites it


@pytest.mark.parametrize("sms", [False, True])
def test_an_emergency_starts_with_the_number_to_call(sms: bool) -> None:
    text = Speech(KNOWN, LAKESIDE.copy(update={"emergency_number": "112"}), sms=sms).words("emergency", **VALUES)
    assert re.match(r"Call 112 now\b", text)
    assert "911" not in text


@pytest.mark.parametrize("sms", [False, True])
def test_a_crisis_names_the_crisis_line_and_the_emergency_number(sms: bool) -> None:
    clinic = LAKESIDE.copy(update={"emergency_number": "112", "crisis_number": "116 123"})
    text = Speech(KNOWN, clinic, sms=sms).words("crisis")
    assert "116 123" in text
    assert "112" in text
    assert "988" not in text


@pytest.mark.parametrize("name", ["urgent", "routine"])
@pytest.mark.parametrize("sms", [False, True])
def test_a_symptom_gets_the_clinic_s_number_and_when_to_call_an_ambulance(name: str, sms: bool) -> None:
    text = Speech(KNOWN, LAKESIDE, sms=sms).words(name, **VALUES)
    assert "(202) 555-0142" in text
    assert re.search(r"[Cc]all 911 (if|for) [^.]*trouble breathing", text)


@pytest.mark.parametrize("sms", [False, True])
def test_what_is_urgent_is_for_today(sms: bool) -> None:
    assert re.search(r"\btoday\b", Speech(KNOWN, LAKESIDE, sms=sms).words("urgent", **VALUES))


@pytest.mark.parametrize("name", ["handoff", "appointment", "boundary", "clinic_info_unset", "unavailable", "failed"])
@pytest.mark.parametrize("sms", [False, True])
def test_whoever_is_sent_to_a_person_gets_the_number(name: str, sms: bool) -> None:
    assert "(202) 555-0142" in Speech(KNOWN, LAKESIDE, sms=sms).words(name)


@pytest.mark.parametrize("name", ["handoff", "unavailable", "failed", "what_can_you_do"])
@pytest.mark.parametrize("sms", [False, True])
def test_whoever_is_not_helped_here_gets_the_emergency_number(name: str, sms: bool) -> None:
    assert re.search(r"emergency, ?call 911|emergency call 911", Speech(KNOWN, LAKESIDE, sms=sms).words(name))


@pytest.mark.parametrize("name", ["greet", "are_you_robot", "what_can_you_do", "boundary", "emergency"])
@pytest.mark.parametrize("sms", [False, True])
def test_it_says_that_it_is_a_machine(name: str, sms: bool) -> None:
    assert re.search(r"automated|computer program", Speech(KNOWN, LAKESIDE, sms=sms).words(name, **VALUES))
