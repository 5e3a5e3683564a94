from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from starlette.testclient import TestClient

from bot.care import audit
from bot.gateway.desk import numbers
from tests.gateway.conftest import Api, FakeRasa, a_reply, replies, state_of
from tests.gateway.desk.conftest import NOON, a_browser, signed_in_as

TODAY = NOON.date()

pytestmark = pytest.mark.usefixtures("noon")


def asked(api: Api, rasa: FakeRasa, text: str, **reply: str) -> None:
    """A message to which Rasa answers so."""
    rasa.answer = lambda _: replies(a_reply(**reply))
    assert api.post(text).status_code == 200


def not_understood(api: Api, rasa: FakeRasa, text: str) -> None:
    asked(api, rasa, text, kind="clarify", topic=None)  # type: ignore[arg-type]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_page_shows_what_was_asked_in_the_last_days(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    asked(api, rasa, "does it hurt", topic="anesthesia")
    rasa.answer = lambda _: replies(a_reply(kind="escalation", urgency="emergency"))
    api.post("I can't breathe", conversation="demo-2")
    page = signed_in_as(gateway, "front_desk").get("/desk/numbers")
    assert page.status_code == 200
    assert f"From {TODAY - dt.timedelta(days=29)} to {TODAY}" in page.text
    assert re.search(r"Website: 2<", page.text)
    assert "In all Emergency: 1, Urgent: 0." in page.text
    assert "Conversations</dt><dd>2<" in page.text
    assert "The assistant" in page.text


def test_a_range_is_chosen_by_its_length_or_its_days(gateway: TestClient) -> None:
    desk = signed_in_as(gateway, "front_desk")
    assert f"From {TODAY - dt.timedelta(days=6)} to {TODAY}" in desk.get("/desk/numbers?days=7").text
    assert "From 2026-01-05 to 2026-02-01" in desk.get("/desk/numbers?first=2026-01-05&last=2026-02-01").text


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("first=2026-02-01&last=2026-01-01", "The last day comes before the first one."),
        ("first=yesterday&last=2026-01-01", "Please give days such as"),
        ("first=2020-01-01&last=2026-01-01", "more than 366 days"),
    ],
)
def test_a_range_that_cannot_be_shown_is_refused_with_the_reason(gateway: TestClient, query: str, problem: str) -> None:
    desk = signed_in_as(gateway, "front_desk")
    page = desk.get(f"/desk/numbers?{query}")
    assert (page.status_code, problem in page.text) == (422, True)
    assert desk.get(f"/desk/numbers/days.csv?{query}").status_code == 422


def test_what_was_not_understood_is_shown_to_clinicians_with_a_line_to_copy(
    gateway: TestClient, api: Api, rasa: FakeRasa
) -> None:
    not_understood(api, rasa, "what about [hip] hop <b>")
    page = signed_in_as(gateway, "clinician").get("/desk/numbers").text
    assert "what about [hip] hop &lt;b&gt;" in page
    assert 'data-copy="    - what about (hip) hop &lt;b&gt;"' in page
    with state_of(gateway).store.read() as session:
        [row] = audit.listed(session, what="looked at questions not understood", limit=1)
    assert (row.who, row.about) == ("Dr. Clara Lin", "1 questions")


def test_patients_words_are_for_clinicians_and_admins_alone(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    not_understood(api, rasa, "a zebra")
    desk = signed_in_as(gateway, "front_desk")
    assert "zebra" not in desk.get("/desk/numbers").text
    assert desk.get("/desk/numbers/questions.csv").status_code == 403
    assert "zebra" not in desk.get("/desk/numbers/days.csv").text + desk.get("/desk/numbers/topics.csv").text
    assert "zebra" in signed_in_as(gateway, "admin").get("/desk/numbers/questions.csv").text


def test_the_counts_by_day_are_a_csv(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    asked(api, rasa, "does it hurt", topic="anesthesia")
    not_understood(api, rasa, "hip hop")
    answer = signed_in_as(gateway, "front_desk").get("/desk/numbers/days.csv?days=7")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="hipline-days.csv"'
    head, *rows = cells(answer.text)
    assert len(rows) == 7
    today = dict(zip(head, rows[-1], strict=True))
    assert (today["day"], today["messages_web"], today["not_understood_clarify"]) == (TODAY.isoformat(), "2", "1")
    assert today["escalations_urgent"] == "0"


def test_the_topics_are_a_csv(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    asked(api, rasa, "does it hurt", topic="anesthesia")
    head, row = cells(signed_in_as(gateway, "front_desk").get("/desk/numbers/topics.csv").text)
    assert head == ["topic", "title", "answers"]
    assert (row[0], row[2]) == ("anesthesia", "1")
    assert row[1]


def test_words_in_a_csv_are_never_a_formula(gateway: TestClient, api: Api, rasa: FakeRasa) -> None:
    not_understood(api, rasa, "=HYPERLINK(A1)")
    [_, row] = cells(signed_in_as(gateway, "clinician").get("/desk/numbers/questions.csv").text)
    assert row[:2] == ["'=HYPERLINK(A1)", "1"]


@pytest.mark.parametrize("path", ["", "/days.csv", "/topics.csv", "/questions.csv"])
def test_nobody_sees_numbers_without_a_session(gateway: TestClient, path: str) -> None:
    answer = a_browser(gateway).get(f"/desk/numbers{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/signin?next=")


def test_every_picture_has_a_title_a_description_and_a_table(gateway: TestClient, api: Api) -> None:
    api.post("does it hurt")
    page = signed_in_as(gateway, "front_desk").get("/desk/numbers").text
    [picture] = re.findall(r'<svg[^>]*role="img" aria-labelledby="([^"]+)"', page)
    for part in picture.split():
        assert f'id="{part}"' in page
    assert '<th scope="row">' in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "none yet"), (0, "0 s"), (89, "89 s"), (300, "5 min"), (7800, "2 h 10 min"), (259200, "3.0 days")],
)
def test_times_are_said_as_people_say_them(seconds: float | None, words: str) -> None:
    assert numbers.in_words(seconds) == words


def test_an_example_is_one_line_without_marks_of_the_training_format() -> None:
    assert numbers.as_example("two\nlines [a](b)") == "    - two lines (a)(b)"
