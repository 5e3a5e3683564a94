from __future__ import annotations

import re

import httpx
import pytest
from starlette.testclient import TestClient

from bot.care import audit, callers, escalations, handoffs
from bot.care.tables import Conversation, Message
from bot.turn.wire import WireError
from tests.gateway.conftest import EMERGENCY, Api, FakeRasa, a_button, a_reply, replies, state_of
from tests.gateway.desk.conftest import a_browser, post, signed_in_as

HERE = "/desk/ask"


@pytest.fixture
def desk(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "front_desk")


def form_id(page: str, action: str = HERE) -> str:
    """The id of the first form of a page that goes to `action`."""
    found = re.search(rf'action="{action}">.*?name="form_id" value="([0-9a-f]{{32}})"', page, re.DOTALL)
    assert found is not None, page
    return found[1]


def asked(desk: TestClient, text: str, at: str = HERE) -> str:
    """Fills in the form at an address and sends it; gives the address of the caller's page."""
    answer = post(desk, at, text=text, form_id=form_id(desk.get(at).text, at))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def passed_on(desk: TestClient, caller: str, **fields: str) -> httpx.Response:
    """Fills in the form that passes a caller on."""
    given = {"number": "(202) 555-0123", "name": "Ann Lee", "note": "her hip is hot", "urgency": "urgent", **fields}
    given.setdefault("form_id", form_id(desk.get(caller).text, f"{caller}/raise"))
    return post(desk, f"{caller}/raise", **given)


def conversations(gateway: TestClient) -> list[Conversation]:
    with state_of(gateway).store.read() as session:
        return list(session.query(Conversation))


def test_an_answer_is_shown_to_be_read_out_with_its_section_and_what_to_ask_next(
    rasa: FakeRasa, desk: TestClient
) -> None:
    rasa.answer = lambda _: replies(a_reply("It is <small>.", buttons=[a_button("Is it safe?", "risks_overview")]))
    page = desk.get(asked(desk, "what are the risks")).text
    assert "what are the risks" in page
    assert "It is &lt;small&gt;." in page
    assert "From: Potential Benefits and Risks" in page
    assert '<input type="hidden" name="text" value="Is it safe?">' in page


def test_a_caller_s_questions_are_one_conversation_and_another_caller_s_are_another(
    gateway: TestClient, rasa: FakeRasa, desk: TestClient
) -> None:
    first = asked(desk, "tell me of bruises")
    assert asked(desk, "and for how long", first) == first
    page = desk.get(first).text
    assert page.index("and for how long") < page.index("Earlier in this call") < page.index("About tell me of bruises.")
    assert "bruises" not in desk.get(asked(desk, "is it safe")).text
    assert len(conversations(gateway)) == 2
    assert {(one.channel, one.name.partition("-")[0]) for one in conversations(gateway)} == {("desk", "caller")}


def test_a_form_that_is_sent_twice_asks_once(gateway: TestClient, rasa: FakeRasa, desk: TestClient) -> None:
    fields = {"text": "is it safe", "form_id": form_id(desk.get(HERE).text)}
    assert post(desk, HERE, **fields).headers["location"] == post(desk, HERE, **fields).headers["location"]
    assert len(rasa.asked) == len(conversations(gateway)) == 1


def test_a_red_flag_is_unmistakable_and_escalated_as_in_any_message(
    gateway: TestClient, rasa: FakeRasa, desk: TestClient
) -> None:
    rasa.answer = lambda _: replies(
        a_reply(f"Call {EMERGENCY} now.", kind="escalation", urgency="emergency", topic=None)
    )
    page = desk.get(asked(desk, "she can't breathe")).text
    assert "An emergency. Read this out now." in page
    assert f"Call {EMERGENCY} now." in page
    with state_of(gateway).store.read() as session:
        [found] = escalations.listed(session, escalations.STATES, 2)
    assert found.urgency == "emergency"


def test_without_the_model_server_a_red_flag_is_answered_all_the_same(rasa: FakeRasa, desk: TestClient) -> None:
    def fails(_: object) -> httpx.Response:
        raise WireError("refused")

    rasa.answer = fails
    page = desk.get(asked(desk, "I can't breathe and my throat is closing")).text
    assert "An emergency. Read this out now." in page


def test_a_caller_is_passed_on_with_the_number_the_name_and_an_escalation(
    gateway: TestClient, desk: TestClient
) -> None:
    caller = asked(desk, "is it normal")
    assert passed_on(desk, caller).status_code == 303
    page = desk.get(caller).text
    assert "I have passed this on to a clinician" in page
    assert 'call back Ann Lee on <a href="tel:+12025550123">+12025550123</a>' in page
    [conversation] = conversations(gateway)
    with state_of(gateway).store.read() as session:
        [found] = escalations.listed(session, escalations.STATES, 2)
        kept = callers.of_conversation(session, conversation.id)
        told = session.get(Message, found.message_id)
    assert (found.conversation_id, found.urgency, told.text, told.answered_by) == (
        conversation.id, "urgent", "her hip is hot", "desk",
    )  # fmt: skip
    assert kept is not None
    assert (kept.number, kept.name, kept.taken_by) == ("+12025550123", "Ann Lee", "Fran Desk")


def test_a_question_waits_for_a_person_without_an_alarm(gateway: TestClient, desk: TestClient) -> None:
    caller = asked(desk, "is it normal")
    passed_on(desk, caller, urgency="none")
    with state_of(gateway).store.read() as session:
        assert escalations.listed(session, escalations.STATES, 2) == []
        found = handoffs.open_of(session, conversations(gateway)[0].id)
    assert found is not None
    assert (found.state, found.reason) == ("waiting", "person")


def test_passing_on_twice_by_one_form_is_done_once(gateway: TestClient, desk: TestClient) -> None:
    caller = asked(desk, "is it normal")
    form = form_id(desk.get(caller).text, f"{caller}/raise")
    for _ in range(2):
        assert passed_on(desk, caller, form_id=form).status_code == 303
    with state_of(gateway).store.read() as session:
        [found] = escalations.listed(session, escalations.STATES, 2)
        assert len(escalations.messages(session, found.id)) == 1
        rows = audit.listed(session, what="passed a caller on", conversation_id=found.conversation_id)
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"number": "12"}, "This is no telephone number"),
        ({"note": "  "}, ""),
        ({"note": "x" * 2001}, ""),
        ({"urgency": "routine"}, "Please choose how urgent it is."),
    ],
)
def test_what_is_missing_is_told_and_what_was_filled_in_stays(
    gateway: TestClient, desk: TestClient, fields: dict[str, str], problem: str
) -> None:
    caller = asked(desk, "is it normal")
    answer = passed_on(desk, caller, **fields)
    assert answer.status_code == 422
    assert problem in answer.text
    assert 'value="Ann Lee"' in answer.text
    with state_of(gateway).store.read() as session:
        assert callers.of_conversation(session, conversations(gateway)[0].id) is None
        assert session.query(Message).count() == 1


def test_an_empty_question_is_refused_and_nothing_is_kept(gateway: TestClient, desk: TestClient) -> None:
    answer = post(desk, HERE, text=" ", form_id="0" * 32)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert conversations(gateway) == []


@pytest.mark.parametrize("path", [f"{HERE}/caller-x", f"{HERE}/demo-1", f"{HERE}/caller-{'0' * 32}"])
def test_a_caller_that_nobody_knows_has_no_page(api: Api, desk: TestClient, path: str) -> None:
    api.post("not a caller", channel="desk")
    assert desk.get(path).status_code == 404


def test_asking_and_looking_are_in_the_audit_log(gateway: TestClient, desk: TestClient) -> None:
    caller = asked(desk, "is it normal")
    desk.get(caller)
    passed_on(desk, caller)
    [conversation] = conversations(gateway)
    with state_of(gateway).store.read() as session:
        rows = audit.listed(session, conversation_id=conversation.id)
    assert {row.what for row in rows} == {"asked for a caller", "looked", "passed a caller on"}
    assert {row.who for row in rows} == {"Fran Desk"}
    assert all("hip" not in (row.about or "") for row in rows)


def test_nobody_asks_without_a_session_or_by_another_s_form(gateway: TestClient, desk: TestClient) -> None:
    fields = {"text": "is it safe", "form_id": "0" * 32}
    assert a_browser(gateway).get(HERE).status_code == 303
    assert a_browser(gateway).post(HERE, data=fields).status_code == 401
    assert desk.post(HERE, data=fields).status_code == 403
    assert post(desk, HERE, text="is it safe", form_id="x").status_code == 422
    assert conversations(gateway) == []
