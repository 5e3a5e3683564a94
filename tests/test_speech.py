from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import gsm7, knowledge, speech
from bot.knowledge import Knowledge, Review, Text, Topic
from bot.knowledge.models import SymptomFile
from bot.replies import Button, Reply
from bot.settings import Settings
from bot.speech import STARTERS, Speech

LAKESIDE = Settings(
    clinic_name="Lakeside Hip Clinic",
    clinic_phone="(202) 555-0142",
    clinic_email="desk@lakeside.example",
    clinic_hours="Monday to Friday, 8 am to 5 pm",
    emergency_number="112",
    crisis_number="116 123",
)
REVIEWED = Review.parse_obj({"by": "Dr. A. Example", "on": "2026-11-24"})
SECTION = "The Procedure: What to Expect"


def topic(name: str, **fields: object) -> Topic:
    return Topic.parse_obj(
        {
            "id": name,
            "section": SECTION,
            "file": Path("procedure.yml"),
            "title": f"About {name}?",
            "answer": f"All about {name}.",
            "sms": f"Short about {name}.",
            "next": [],
            "aspects": {"rephrased": f"Simply {name}.", "why": f"Because of {name}."},
            "reviewed": REVIEWED,
            **fields,
        }
    )


TEXTS = {
    "greet": Text(text="Hello from {clinic}.", sms="Hi from {clinic}."),
    "handoff": Text(text="Please {call}. {hours_line} In an emergency, call {emergency}."),
    "crisis": Text(text="Call {crisis}.\nYou are not alone."),
    "start": Text(text="{call_capital} today."),
    "hours": Text(text="Open: {value}"),
    "boundary": Text(text="Not mine to decide."),
    "boundary_with_topic": Text(text="That is not mine to say.\n\nIn general: {answer}", sms="Not mine. {answer}"),
    "routine": Text(text="{about} Call if it gets worse."),
    "urgent": Text(text="Call today. {about}"),
    "urgent_told": Text(text="I have told them. {callback_line}"),
    "cannot_tell": Text(text="{about} I can't tell."),
    "speak_with_person": Text(text="Please call me back"),
    "still_open": Text(text="Do call about it."),
    "denial_noted": Text(text="Noted. It stays open."),
    "closed_now": Text(text="Closed, opens {opens}. Do not wait.", sms="Opens {opens}."),
    "has_it_now": Text(text="Have you got it now?"),
    "said_before": Text(text="In other words: {answer} Or {call}."),
    "a_person_please": Text(text="A person, please"),
    "aspect_unknown": Text(text="I know no more. Please {call}."),
}
SYMPTOMS = SymptomFile(
    mild={"bruise": "A bruise can happen.", "other": "That can happen."},
    serious={"fever": "An infection is rare."},
    reviewed=REVIEWED,
)
KNOWN = Knowledge(
    {name: topic(name, next=["onset", "dye"] if name == "numbing" else []) for name in ("numbing", "onset", "dye")},
    TEXTS,
    SYMPTOMS,
)


@pytest.fixture
def say() -> Speech:
    return Speech(KNOWN, LAKESIDE)


def test_a_topic_is_answered_with_its_section_and_what_people_ask_next(say: Speech) -> None:
    assert say.topic("numbing") == Reply(
        text="All about numbing.",
        kind="answer",
        topic="numbing",
        section=SECTION,
        buttons=[
            Button(title="About onset?", text="About onset?", topic="onset"),
            Button(title="About dye?", text="About dye?", topic="dye"),
        ],
    )


def test_an_offer_takes_the_place_of_what_people_ask_next(say: Speech) -> None:
    assert [button.topic for button in say.topic("numbing", offer=["dye"]).buttons] == ["dye"]


def test_what_is_offered_first_takes_the_place_of_the_last(say: Speech) -> None:
    def offered(topic: str, *before: str) -> list[str | None]:
        return [button.topic for button in say.topic(topic, before=before).buttons]

    assert offered("numbing", "dye") == ["dye", "onset"]
    assert offered("numbing", "onset") == ["onset", "dye"]
    assert offered("onset", "dye") == ["dye"]


def test_by_sms_an_answer_is_short_and_names_its_section(say: Speech) -> None:
    assert say.by("sms").topic("numbing").text == f"Short about numbing.\nFrom: {SECTION}"


@pytest.mark.parametrize("channel", ["web", "desk", "hipline", "cmdline", ""])
def test_every_other_channel_gets_the_full_form(say: Speech, channel: str) -> None:
    assert say.by("sms").by(channel).topic("numbing").text == "All about numbing."
    assert say.by(channel).say("greet", "smalltalk").text == "Hello from Lakeside Hip Clinic."


def test_by_sms_a_text_is_said_in_its_sms_form_where_it_has_one(say: Speech) -> None:
    sms = say.by("sms")
    assert sms.words("greet") == "Hi from Lakeside Hip Clinic."
    assert sms.words("crisis") == "Call 116 123.\nYou are not alone."


def test_an_aspect_is_said_under_the_topic_s_section(say: Speech) -> None:
    reply = say.aspect("numbing", "why")
    assert (reply.text, reply.kind, reply.topic, reply.section) == (
        "Because of numbing.",
        "answer",
        "numbing",
        SECTION,
    )
    assert [button.topic for button in reply.buttons] == ["onset", "dye"]
    assert say.by("sms").aspect("numbing", "why").text == f"Because of numbing.\nFrom: {SECTION}"


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_an_aspect_that_the_document_lacks_is_said_to_be_unknown(say: Speech, channel: str) -> None:
    reply = say.by(channel).aspect("numbing", "how_common")
    assert reply.text == "I know no more. Please call (202) 555-0142."
    assert reply.topic == "numbing"


def test_numbers_and_hours_are_those_of_the_clinic(say: Speech) -> None:
    assert say.words("handoff") == (
        "Please call (202) 555-0142. Opening hours: Monday to Friday, 8 am to 5 pm. In an emergency, call 112."
    )


def test_a_clinic_that_tells_nothing_is_named_and_leaves_no_gaps() -> None:
    say = Speech(KNOWN, Settings())
    assert say.words("handoff") == "Please call the clinic. In an emergency, call 911."
    assert say.words("start") == "Call the clinic today."


def test_line_ends_stay_where_the_text_has_them(say: Speech) -> None:
    assert say.words("crisis") == "Call 116 123.\nYou are not alone."
    assert say.words("boundary_with_topic", answer="Two  words.\nA line.") == (
        "That is not mine to say.\n\nIn general: Two words.\nA line."
    )


def test_braces_in_what_a_clinic_tells_are_said_and_not_filled_in() -> None:
    say = Speech(KNOWN, Settings(clinic_name="{emergency} & {x}"))
    assert say.words("greet") == "Hello from {emergency} & {x}."
    assert say.words("hours", value="{clinic} 100%") == "Open: {clinic} 100%"


def test_a_text_has_the_section_of_its_topic_and_the_urgency_it_is_given(say: Speech) -> None:
    reply = say.say(
        "boundary_with_topic", "advice_boundary", topic="dye", urgency="routine", offer=["onset"], answer="It is safe."
    )
    assert reply == Reply(
        text="That is not mine to say.\n\nIn general: It is safe.",
        kind="advice_boundary",
        topic="dye",
        section=SECTION,
        urgency="routine",
        buttons=[Button(title="About onset?", text="About onset?", topic="onset")],
    )


def test_a_text_of_no_topic_has_neither_section_nor_buttons(say: Speech) -> None:
    assert say.say("greet", "smalltalk") == Reply(text="Hello from Lakeside Hip Clinic.", kind="smalltalk")


def test_the_general_answer_is_short_and_names_its_section_by_sms_alone(say: Speech) -> None:
    assert say.general("dye") == "Short about dye."
    assert say.by("sms").general("dye") == f"Short about dye.\nFrom: {SECTION}"


def test_a_decision_is_not_ours_and_comes_with_the_short_answer(say: Speech) -> None:
    assert say.boundary(None) == Reply(text="Not mine to decide.", kind="advice_boundary")
    reply = say.boundary("dye")
    assert (reply.kind, reply.topic, reply.section, reply.buttons) == ("advice_boundary", "dye", SECTION, [])
    assert reply.text == "That is not mine to say.\n\nIn general: Short about dye."


@pytest.mark.parametrize(
    ("length", "text", "offered"),
    [
        (260, f"Not mine. {'a' * 260}\nFrom: {SECTION}", []),  # 306 characters, two segments
        (261, f"Not mine. {'a' * 261}", []),
        (296, f"Not mine. {'a' * 296}", []),
        (297, "Not mine to decide.", ["dye"]),
    ],
)
def test_by_sms_a_decision_s_answer_gives_way_where_two_segments_are_full(
    length: int, text: str, offered: list[str]
) -> None:
    say = Speech(Knowledge({"dye": topic("dye", sms="a" * length)}, TEXTS, SYMPTOMS), LAKESIDE, sms=True)
    reply = say.boundary("dye")
    assert (reply.text, reply.kind, reply.topic, reply.section) == (text, "advice_boundary", "dye", SECTION)
    assert [button.topic for button in reply.buttons] == offered


def test_titles_are_told_with_the_topics_that_they_stand_for(say: Speech) -> None:
    assert say.titles() == [("About numbing?", "numbing"), ("About onset?", "onset"), ("About dye?", "dye")]


def test_what_the_clinic_tells_is_asked_for_by_subject(say: Speech) -> None:
    assert (say.clinic("email"), say.clinic("cost")) == ("desk@lakeside.example", "")


def test_topics_are_known_and_other_intents_are_not(say: Speech) -> None:
    assert say.knows("dye")
    assert not say.knows("greet")
    assert not say.knows(None)


def test_the_starters_are_topics_that_are_shipped() -> None:
    assert set(STARTERS) <= set(knowledge.load().topics)


def test_a_sentence_that_starts_with_call_keeps_the_clinic_s_capitals() -> None:
    say = Speech(KNOWN, Settings(clinic_name="Lakeside Hip Clinic"))
    assert say.words("start") == "Call Lakeside Hip Clinic today."


def test_the_speech_of_this_clinic_is_read_once_from_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "clinic.yml"
    file.write_text("clinic_name: Lakeside Hip Clinic\n", encoding="utf-8")
    monkeypatch.setenv("HIPLINE_CONFIG", str(file))
    monkeypatch.delenv("HIPLINE_CLINIC_NAME", raising=False)
    monkeypatch.delenv("HIPLINE_KNOWLEDGE_FOLDER", raising=False)
    speech.current.cache_clear()
    try:
        first = speech.current()
        file.unlink()
        assert speech.current() is first
        assert first.clinic("name") == "Lakeside Hip Clinic"
        assert first.topic("onset").kind == "answer"
    finally:
        speech.current.cache_clear()


def test_a_mild_symptom_is_told_what_is_expected_and_offered_a_call(say: Speech) -> None:
    reply = say.symptom("routine", "bruise")
    assert (reply.kind, reply.urgency) == ("self_care", "routine")
    assert reply.text == "A bruise can happen. Call if it gets worse."
    assert [button.text for button in reply.buttons] == ["Please call me back"]


@pytest.mark.parametrize("category", [None, "a category that has no text"])
def test_a_mild_symptom_of_no_known_category_is_told_what_holds_for_all(say: Speech, category: str | None) -> None:
    assert say.symptom("routine", category).text == "That can happen. Call if it gets worse."


def test_a_serious_symptom_is_told_what_to_do_first_and_then_the_risk_as_no_diagnosis(say: Speech) -> None:
    assert say.symptom("urgent", "fever").text == "Call today. An infection is rare. I can't tell."
    assert say.symptom("urgent", "fall").text == "Call today."


def test_a_question_asked_again_and_again_is_answered_in_other_words_with_a_person_offered(say: Speech) -> None:
    reply = say.again("numbing")
    assert reply.text == "In other words: Simply numbing. Or call (202) 555-0142."
    assert (reply.topic, reply.section) == ("numbing", SECTION)
    assert [button.text for button in reply.buttons] == ["About onset?", "About dye?", "A person, please"]


def test_a_reminder_stands_at_the_end_of_an_answer_and_by_sms_only_where_there_is_room(say: Speech) -> None:
    reply = say.topic("numbing")
    assert say.with_reminder(reply).text == "All about numbing.\n\nDo call about it."
    assert say.with_denial(reply).text == "All about numbing.\n\nNoted. It stays open."
    assert say.with_question(reply).text == "All about numbing.\n\nHave you got it now?"
    assert say.by("sms").with_reminder(reply).text == "All about numbing.\n\nDo call about it."
    long = reply.copy(update={"text": "x" * 300})
    assert say.by("sms").with_reminder(long) == long


def test_only_where_somebody_is_told_a_reply_says_so() -> None:
    clinic = LAKESIDE.copy(update={"clinic_callback": "by five"})
    told = Speech(KNOWN, clinic, lambda level: level == "urgent")
    assert told.symptom("urgent").text == "I have told them. Somebody calls you back by five."
    assert told.by("sms").symptom("urgent").text == "I have told them. Somebody calls you back by five."
    assert Speech(KNOWN, clinic, lambda level: level == "emergency").symptom("urgent").text == "Call today."


# --- Opening hours

IN_WORDS = "Monday to Friday 8 am to 5 pm"
HOURS = LAKESIDE.copy(update={"office_hours": "Mon-Fri 08:00-17:00", "time_zone": "America/New_York"})


def clock(text: str) -> Callable[[], dt.datetime]:
    """A clock that stands still, in New York in winter."""
    return lambda: dt.datetime.fromisoformat(f"{text}-05:00")


def test_after_hours_whoever_should_call_is_told_when_the_clinic_opens() -> None:
    say = Speech(KNOWN, HOURS, clock=clock("2026-11-27T20:00"))  # a Friday
    assert say.symptom("urgent").text == "Call today.\n\nClosed, opens on Monday at 8 am. Do not wait."
    assert say.by("sms").symptom("urgent").text == "Call today.\n\nOpens on Monday at 8 am."
    assert say.words("handoff") == (
        "Please call (202) 555-0142. Opening hours: Monday to Friday, 8 am to 5 pm. "
        "The clinic is closed now and opens on Monday at 8 am. In an emergency, call 112."
    )
    assert say.by("sms").words("handoff") == (
        "Please call (202) 555-0142. The clinic is closed now and opens on Monday at 8 am. In an emergency, call 112."
    )


@pytest.mark.parametrize("urgency", ["emergency", "crisis"])
def test_whoever_must_call_for_help_now_is_told_nothing_of_opening_hours(urgency: str) -> None:
    by_night = Speech(knowledge.load(), HOURS, clock=clock("2026-11-27T20:00"))
    by_day = Speech(knowledge.load(), HOURS, clock=clock("2026-11-27T10:00"))
    assert by_night.symptom(urgency) == by_day.symptom(urgency)  # type: ignore[arg-type]


def test_while_the_clinic_is_open_or_says_no_hours_nothing_is_said_of_its_opening() -> None:
    assert Speech(KNOWN, HOURS, clock=clock("2026-11-27T10:00")).symptom("urgent").text == "Call today."
    assert Speech(KNOWN, LAKESIDE, clock=clock("2026-11-27T20:00")).symptom("urgent").text == "Call today."


def test_where_the_clinic_says_its_hours_to_the_program_alone_patients_are_told_those() -> None:
    say = Speech(KNOWN, HOURS.copy(update={"clinic_hours": ""}), clock=clock("2026-11-27T10:00"))
    assert say.clinic("hours") == IN_WORDS
    assert say.words("handoff") == (
        f"Please call (202) 555-0142. Opening hours: {IN_WORDS}. In an emergency, call 112."
    )


@pytest.mark.parametrize("told", [True, False])
def test_by_sms_the_shipped_reply_to_a_warning_sign_after_hours_takes_two_segments_at_most(told: bool) -> None:
    long = HOURS.copy(update={"clinic_name": "Saint Bartholomew Orthopedics and Pain Center",
                              "clinic_phone": "+1 (202) 555-0142 ext. 2040"})  # fmt: skip
    for clinic in (HOURS, long):
        say = Speech(knowledge.load(), clinic, lambda _: told, sms=True, clock=clock("2026-11-27T20:00"))
        for text in (say.symptom("urgent").text, say.words("handoff"), say.words("appointment")):
            assert gsm7.segments(text) <= 2
