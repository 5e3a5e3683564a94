from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from bot.care import audit, escalations
from bot.care.tables import Conversation, now
from tests.gateway.conftest import Api, FakeRasa, a_reply, replies, state_of
from tests.gateway.desk.conftest import a_browser, post, signed_in_as

HERE = "/desk/erasure"
ANN = "+12025550123"


@pytest.fixture
def desk(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "admin")


def left(gateway: TestClient) -> dict[str, str]:
    """The names of the conversations that are left, with their ids."""
    with state_of(gateway).store.read() as session:
        return {one.name: one.id for one in session.query(Conversation)}


def test_it_is_shown_what_a_number_has_before_anything_is_deleted(
    gateway: TestClient, api: Api, desk: TestClient
) -> None:
    api.post("a zebra", channel="sms", conversation=ANN)
    api.post("a lion")
    page = post(desk, f"{HERE}/plan", number="(202) 555-0123")
    assert page.status_code == 200
    assert "What would be deleted of (202) 555-0123" in page.text
    assert "zebra" not in page.text
    assert set(left(gateway)) == {ANN, "demo-1"}


def test_a_number_s_data_is_deleted_when_it_is_confirmed(gateway: TestClient, api: Api, desk: TestClient) -> None:
    api.post("a zebra", channel="sms", conversation=ANN)
    api.post("a lion")
    assert post(desk, HERE, number=ANN).status_code == 422
    assert set(left(gateway)) == {ANN, "demo-1"}
    done = post(desk, HERE, number=ANN, sure="yes")
    assert (done.status_code, "Deleted." in done.text) == (200, True)
    assert set(left(gateway)) == {"demo-1"}
    again = post(desk, HERE, number=ANN, sure="yes")
    assert "There was nothing to delete." in again.text
    with state_of(gateway).store.read() as session:
        rows = audit.listed(session, what="deleted data")
    assert [row.who for row in rows] == ["Ada Admin", "Ada Admin"]
    assert all("555" not in (row.about or "") for row in rows)


def test_one_conversation_is_deleted_by_its_id(gateway: TestClient, api: Api, desk: TestClient) -> None:
    api.post("a zebra")
    api.post("a lion", conversation="demo-2")
    conversation = left(gateway)["demo-1"]
    assert conversation in desk.get(f"{HERE}?conversation={conversation}").text
    assert "What would be deleted" in post(desk, f"{HERE}/plan", conversation=conversation).text
    post(desk, HERE, conversation=conversation, sure="yes")
    assert set(left(gateway)) == {"demo-2"}


def test_an_open_escalation_is_shown_with_its_conversation_and_nothing_is_deleted(
    gateway: TestClient, api: Api, rasa: FakeRasa, desk: TestClient
) -> None:
    rasa.answer = lambda _: replies(a_reply(kind="escalation", urgency="urgent"))
    api.post("a fever", channel="sms", conversation=ANN)
    page = post(desk, f"{HERE}/plan", number=ANN).text
    assert "It must be resolved before anything can be deleted" in page
    assert f'href="/desk/conversations/{left(gateway)[ANN]}"' in page
    assert 'name="sure"' not in page
    refused = post(desk, HERE, number=ANN, sure="yes")
    assert (refused.status_code, "somebody must resolve it first" in refused.text) == (409, True)
    with state_of(gateway).store.write() as session:
        [found] = escalations.listed(session, escalations.STATES, 2)
        escalations.resolve(session, found, "Kim", now())
    assert post(desk, HERE, number=ANN, sure="yes").status_code == 200
    assert left(gateway) == {}


@pytest.mark.parametrize("path", [HERE, f"{HERE}/plan"])
@pytest.mark.parametrize("fields", [{}, {"conversation": "x"}, {"conversation": "%"}, {"number": "12"}])
def test_what_names_nobody_is_refused_with_what_to_give(desk: TestClient, path: str, fields: dict[str, str]) -> None:
    answer = post(desk, path, sure="yes", **fields)
    assert answer.status_code == 422


@pytest.mark.parametrize("role", ["front_desk", "clinician"])
def test_only_admins_delete_data(gateway: TestClient, api: Api, role: str) -> None:
    api.post("a zebra", channel="sms", conversation=ANN)
    desk = signed_in_as(gateway, role)  # type: ignore[arg-type]
    assert desk.get(HERE).status_code == 403
    assert post(desk, f"{HERE}/plan", number=ANN).status_code == 403
    assert post(desk, HERE, number=ANN, sure="yes").status_code == 403
    assert set(left(gateway)) == {ANN}


def test_nobody_deletes_data_without_a_session_or_by_another_site_s_form(
    gateway: TestClient, api: Api, desk: TestClient
) -> None:
    api.post("a zebra", channel="sms", conversation=ANN)
    form = {"number": ANN, "sure": "yes"}
    assert a_browser(gateway).post(HERE, data=form).status_code == 401
    assert desk.post(HERE, data=form).status_code == 403
    assert desk.post(HERE, data=form, headers={"Origin": "https://elsewhere.test"}).status_code == 403
    assert set(left(gateway)) == {ANN}
