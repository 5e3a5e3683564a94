"""The page behind an alert's link, and `/api/escalations`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from bot.care import outbox
from bot.care.outbox import Claim
from bot.care.tables import Alert, now
from bot.settings import Settings
from bot.worker.links import Links
from tests.gateway.conftest import KEY, Api, FakeRasa, OpenGateway, a_reply, replies, state_of

AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
LINKS = Links("http://testserver/alerts", b"secret")
WORDS = "my throat is closing, and so on"


class Desk:
    """A gateway with an escalation, and the links in its alerts."""

    def __init__(self, client: TestClient) -> None:
        self.client, self.api = client, Api(client)

    def red(self, conversation: str = "demo-1", kind: str = "escalation") -> str:
        """A warning sign, whose alerts have been sent; gives the escalation's id."""
        escalation = self.api.post(WORDS, conversation=conversation).json()["escalation"]
        assert isinstance(escalation, str)
        with state_of(self.client).store.write() as session:
            for claim in outbox.claim(session, now(), dt.timedelta(seconds=9), 10):
                self.hold(session, claim)
        return escalation

    def hold(self, session: Any, claim: Claim) -> None:
        """Begins an attempt, so that the link works."""
        held = outbox.hold(
            session, claim, now(), dt.timedelta(seconds=9), LINKS.hash(claim.alert_id), dt.timedelta(days=7)
        )
        assert held is not None

    def links(self, contact: str) -> list[str]:
        """The paths of the links in a contact's alerts."""
        with state_of(self.client).store.read() as session:
            ids = session.execute(select(Alert.id).where(Alert.contact == contact)).scalars().all()
        return [f"/alerts/{LINKS.token(alert_id)}" for alert_id in ids]

    def link(self, contact: str = "Nurse") -> str:
        """The path of a contact's only link."""
        [link] = self.links(contact)
        return link

    def get(self, escalation: str) -> dict[str, Any]:
        """The escalation, by the API."""
        response = self.client.get(f"/api/escalations/{escalation}", headers=AUTHORIZED)
        assert response.status_code == 200, response.text
        found = response.json()
        assert isinstance(found, dict)
        return found

    def change(self, escalation: str, how: str, by: object = "Dr. Who") -> Any:
        """Acknowledges or resolves by the API."""
        return self.client.post(f"/api/escalations/{escalation}/{how}", json={"by": by}, headers=AUTHORIZED)

    def open_alerts(self) -> int:
        """How many alerts are still to be sent."""
        with state_of(self.client).store.read() as session:
            rows = session.execute(select(Alert).where(Alert.closed_at.is_(None))).scalars().all()
        return len(rows)


def write_contacts(settings: Settings, **more: str) -> None:
    lines = [f"{name}: {value}" for name, value in more.items()]
    lines += ["contacts:", *(f"- {{name: {name}, apprise: ['json://127.0.0.1/']}}" for name in ("Nurse", "Doctor"))]
    settings.contacts.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def desk(open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa) -> Desk:
    write_contacts(settings)
    rasa.answer = lambda _: replies(a_reply("Call.", urgency="emergency", kind="crisis"))
    return Desk(open_gateway())


# --- The page


def test_looking_at_the_page_changes_nothing_however_often(desk: Desk) -> None:
    escalation = desk.red()
    for _ in range(3):
        page = desk.client.get(desk.link())
        assert page.status_code == 200
        assert "Nobody has acknowledged this yet." in page.text
    assert desk.client.head(desk.link()).status_code == 405
    assert desk.get(escalation)["state"] == "raised"
    assert [event["what"] for event in desk.get(escalation)["events"]] == ["raised"]


def test_the_page_says_the_level_and_the_time_and_by_default_nothing_of_the_patient(desk: Desk) -> None:
    escalation = desk.red()
    page = desk.client.get(desk.link())
    assert "<dd>emergency</dd>" in page.text
    assert f"{now():%Y-%m-%d}" in page.text
    assert escalation in page.text
    for private in (WORDS, "demo-1", "self-harm"):
        assert private not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(("share", "category", "words"), [("category", True, False), ("text", True, True)])
def test_the_page_shows_what_the_clinic_allows(
    open_gateway: OpenGateway, settings: Settings, rasa: FakeRasa, share: str, category: bool, words: bool
) -> None:
    write_contacts(settings, share=share)
    rasa.answer = lambda _: replies(a_reply("Call.", urgency="emergency", kind="crisis"))
    desk = Desk(open_gateway())
    desk.red()
    page = desk.client.get(desk.link()).text
    assert ("thoughts of self-harm" in page) == category
    assert (WORDS in page) == words


def test_the_page_says_that_a_sign_was_denied_since(desk: Desk, rasa: FakeRasa) -> None:
    desk.red()
    assert "has denied a sign" not in desk.client.get(desk.link()).text
    rasa.answer = lambda _: replies(a_reply("Good."))
    desk.api.post("my throat is fine, no swelling, I was wrong")
    page = desk.client.get(desk.link()).text
    assert "has denied a sign" in page
    assert "I was wrong" not in page


def test_the_button_acknowledges_in_the_contact_s_name(desk: Desk) -> None:
    escalation = desk.red()
    response = desk.client.post(f"{desk.link()}/acknowledge")
    assert (response.status_code, response.headers["location"]) == (303, desk.link())
    found = desk.get(escalation)
    assert (found["state"], found["acknowledged_by"]) == ("acknowledged", "Nurse")
    page = desk.client.get(desk.link()).text
    assert "Acknowledged by Nurse at " in page
    assert "Acknowledge: I take care of it" not in page
    assert "Resolve: it is done" in page
    assert desk.open_alerts() == 0


def test_a_second_acknowledgement_is_harmless_and_says_who_was_first(desk: Desk) -> None:
    escalation = desk.red()
    desk.client.post(f"{desk.link()}/acknowledge", data={"who": "  Ann\u200b   Bell "})
    desk.client.post(f"{desk.link('Doctor')}/acknowledge")
    assert desk.get(escalation)["acknowledged_by"] == "Ann Bell (Nurse)"
    assert "Acknowledged by Ann Bell (Nurse) at " in desk.client.get(desk.link("Doctor")).text
    assert [event["what"] for event in desk.get(escalation)["events"]] == ["raised", "acknowledged"]


def test_a_name_is_text_and_no_markup(desk: Desk) -> None:
    desk.red()
    desk.client.post(f"{desk.link()}/acknowledge", data={"who": "<script>alert(1)</script>"})
    page = desk.client.get(desk.link()).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_after_resolving_there_is_nothing_left_to_press_and_the_next_sign_is_a_new_one(desk: Desk) -> None:
    escalation = desk.red()
    desk.client.post(f"{desk.link()}/resolve")
    page = desk.client.get(desk.link()).text
    assert "Resolved by Nurse at " in page
    assert "<button" not in page
    desk.client.post(f"{desk.link()}/acknowledge")
    found = desk.get(escalation)
    assert (found["state"], found["resolved_by"], found["acknowledged_by"]) == ("resolved", "Nurse", None)
    assert desk.red() != escalation


def test_a_link_that_is_not_known_or_has_expired_says_so(desk: Desk) -> None:
    desk.red()
    for path in ("/alerts/x", f"/alerts/{'x' * 2000}"):
        page = desk.client.get(path)
        assert page.status_code == 404
        assert "This link is not known." in page.text
        assert desk.client.post(f"{path}/acknowledge").status_code == 404
    with state_of(desk.client).store.write() as session:
        session.execute(update(Alert).values(expires_at=now() - dt.timedelta(seconds=1)))
    page = desk.client.get(desk.link())
    assert page.status_code == 410
    assert "This link has expired." in page.text
    assert desk.client.post(f"{desk.link()}/acknowledge").status_code == 410


# --- The API


def test_open_escalations_are_listed_and_states_can_be_asked_for(desk: Desk) -> None:
    first, second = desk.red("one"), desk.red("two")
    desk.change(first, "resolve")

    def listed(query: str = "") -> list[str]:
        response = desk.client.get(f"/api/escalations{query}", headers=AUTHORIZED)
        assert response.status_code == 200
        return [one["id"] for one in response.json()]

    assert listed() == listed("?state=open") == listed("?state=raised") == [second]
    assert listed("?state=resolved") == [first]
    assert listed("?state=acknowledged") == []
    response = desk.client.get("/api/escalations?state=lost", headers=AUTHORIZED)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid"


def test_an_escalation_holds_its_messages_and_all_that_happened(desk: Desk) -> None:
    escalation = desk.red()
    assert desk.red() == escalation
    desk.change(escalation, "acknowledge", "  Dr. Who ")
    found = desk.get(escalation)
    assert (found["channel"], found["conversation"], found["category"]) == ("web", "demo-1", "self_harm")
    assert [message["text"] for message in found["messages"]] == [WORDS, WORDS]
    happened = [(event["what"], event["who"], event["level"]) for event in found["events"]]
    assert happened == [
        ("raised", "Hipline", "emergency"),
        ("further", "Hipline", "emergency"),
        ("acknowledged", "Dr. Who", "emergency"),
    ]


def test_a_program_that_acknowledges_twice_reads_who_was_first(desk: Desk) -> None:
    escalation = desk.red()
    assert desk.change(escalation, "acknowledge", "Ann").json()["acknowledged_by"] == "Ann"
    second = desk.change(escalation, "acknowledge", "Bob")
    assert second.status_code == 200
    assert second.json()["acknowledged_by"] == "Ann"
    assert desk.change(escalation, "resolve", "Bob").json()["resolved_by"] == "Bob"
    assert desk.change(escalation, "resolve", "Ann").json()["resolved_by"] == "Bob"


@pytest.mark.parametrize("by", ["", "   ", "a\nb", "x" * 81, 7, None])
def test_who_it_was_must_be_a_name(desk: Desk, by: object) -> None:
    escalation = desk.red()
    response = desk.change(escalation, "acknowledge", by)
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith("by: ")
    assert desk.get(escalation)["state"] == "raised"


def test_an_escalation_that_there_is_not_is_a_404(desk: Desk) -> None:
    assert desk.client.get("/api/escalations/x", headers=AUTHORIZED).status_code == 404
    assert desk.change("x", "acknowledge").status_code == 404


def test_without_a_key_nothing_is_told(desk: Desk) -> None:
    escalation = desk.red()
    for method, path in (
        ("GET", "/api/escalations"),
        ("GET", f"/api/escalations/{escalation}"),
        ("POST", f"/api/escalations/{escalation}/acknowledge"),
        ("POST", f"/api/escalations/{escalation}/resolve"),
    ):
        assert desk.client.request(method, path, json={"by": "x"}).status_code == 401, path
