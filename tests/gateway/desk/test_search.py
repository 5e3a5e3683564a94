from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from bot.care import audit
from bot.care.search import PAGE
from tests.gateway.conftest import Api, FakeRasa, a_reply, replies, state_of
from tests.gateway.desk.conftest import a_browser, post, signed_in_as

HERE = "/desk/conversations"
ANN = "+12025550123"


def ids(page: str) -> list[str]:
    return re.findall(rf'href="{HERE}/([0-9a-f]{{32}})"', page)


@pytest.fixture
def desk(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "front_desk")


def test_all_conversations_are_listed_with_what_tells_them_apart(api: Api, desk: TestClient) -> None:
    api.post("does it hurt?")
    api.post("is it <b>safe</b>?", channel="sms", conversation=ANN)
    page = desk.get(HERE).text
    assert len(ids(page)) == 2
    assert "2 conversations." in page
    assert ANN in page
    assert "is it &lt;b&gt;safe&lt;/b&gt;?" in page


def test_words_and_numbers_are_looked_for_and_stay_in_the_form(api: Api, desk: TestClient) -> None:
    api.post("a zebra")
    api.post("a lion", channel="sms", conversation=ANN)
    page = post(desk, HERE, words="zebra").text
    assert len(ids(page)) == 1
    assert "a zebra" in page
    assert "a lion" not in page
    assert 'name="words" type="search" value="zebra"' in page
    assert "a lion" in post(desk, HERE, number="555-0123").text


def test_urgency_and_state_are_chosen(api: Api, rasa: FakeRasa, desk: TestClient) -> None:
    api.post("does it hurt?")
    rasa.answer = lambda _: replies(a_reply(kind="escalation", urgency="urgent"))
    api.post("a fever", conversation="demo-2")
    page = post(desk, HERE, urgency="urgent", state="open").text
    assert "a fever" in page
    assert "1 conversation." in page
    assert '<option value="urgent" selected>' in page
    assert "No conversation fits." in post(desk, HERE, state="resolved").text


def test_days_are_those_of_the_clinic_with_both_ends_included(api: Api, desk: TestClient) -> None:
    api.post("does it hurt?")
    assert "1 conversation." in post(desk, HERE, since="2026-01-01", until="2199-12-31").text
    assert "No conversation fits." in post(desk, HERE, until="2026-01-01").text


def test_pages_keep_what_is_looked_for(api: Api, desk: TestClient) -> None:
    for number in range(PAGE + 1):
        api.post("a zebra", conversation=f"demo-{number}")
    first = post(desk, HERE, words="zebra")
    assert f"{PAGE + 1} conversations, page 1 of 2." in first.text
    assert '<input type="hidden" name="words" value="zebra">' in first.text
    second = post(desk, HERE, words="zebra", page="2")
    assert len(ids(first.text)) == PAGE
    assert len(ids(second.text)) == 1
    assert not set(ids(first.text)) & set(ids(second.text))


@pytest.mark.parametrize("page", ["0", "-1", "x", "٣", "1e9", "99999999999"])
def test_a_page_that_is_no_number_is_the_first(api: Api, desk: TestClient, page: str) -> None:
    api.post("a zebra")
    assert len(ids(post(desk, HERE, page=page).text)) == 1


def test_each_search_is_in_the_audit_log_without_its_words(gateway: TestClient, api: Api, desk: TestClient) -> None:
    api.post("a zebra")
    post(desk, HERE, words="zebra", number="5550123")
    desk.get(HERE)
    with state_of(gateway).store.read() as session:
        newest, before = audit.listed(session, limit=2)
    assert (newest.what, newest.about) == ("listed conversations", "1 found, page 1")
    assert (before.who, before.what, before.about) == ("Fran Desk", "searched conversations", "0 found, page 1")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"number": "12"}, "Please give at least 4 digits"),
        ({"since": "yesterday"}, "Please give days such as"),
        ({"since": "0001-01-01"}, "too far away"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "The last day comes before the first one."),
        ({"channel": "fax"}, "is no channel"),
        ({"urgency": "<b>"}, "is no urgency"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_with_the_reason(
    desk: TestClient, fields: dict[str, str], problem: str
) -> None:
    answer = post(desk, HERE, **fields)
    assert answer.status_code == 422
    assert problem in answer.text
    assert "<b>&#39; is no" not in answer.text


def test_nobody_finds_anything_without_a_session_or_by_another_s_form(
    gateway: TestClient, api: Api, desk: TestClient
) -> None:
    api.post("a zebra")
    stranger = a_browser(gateway)
    assert stranger.get(HERE).status_code == 303
    assert stranger.post(HERE, data={"words": "zebra"}).status_code == 401
    assert desk.post(HERE, data={"words": "zebra"}).status_code == 403
    assert "zebra" not in desk.post(HERE, data={"words": "zebra", "csrf": "0" * 64}).text
