"""The queue's page: what waits, in words; nothing for those who are not signed in."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from starlette.testclient import TestClient

from bot.care import callers, desk, messages
from bot.care.handoffs import Colleague
from bot.care.queue import Waiting
from bot.care.tables import Escalation, Handoff, OutgoingText, now
from bot.gateway.desk import queue, words
from bot.replies import Reply
from tests.gateway.conftest import state_of
from tests.gateway.desk.conftest import a_browser, signed_in_as

NOON = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.timezone.utc)
NOTICE = Reply(text="Kim is here.", kind="handoff")


def come(gateway: TestClient, name: str = "ann", level: str = "emergency", channel: str = "web") -> str:
    """Somebody who waits; the conversation's id."""
    store = state_of(gateway).store
    received = messages.receive(store, channel, name, f"it is bad, says {name}", None)
    kind, urgency = ("handoff", "none") if level == "person" else ("escalation", level)
    found = {"category": "infection"} if level != "person" else {}
    with store.write() as session:
        reply = Reply.parse_obj({"text": "Well.", "kind": kind, "urgency": urgency})
        messages.answer(session, received.id, [reply], "rasa", **found)
    return received.conversation_id


def cells(gateway: TestClient) -> list[list[str]]:
    """The rows, cell by cell, as they are read."""
    page = signed_in_as(gateway, "clinician").get("/desk").text
    body = re.search(r"<tbody>(.*)</tbody>", page, re.S)
    rows = re.findall(r"<tr.*?</tr>", body[1], re.S) if body else []
    return [
        [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in rows
    ]


def test_it_says_what_waits_how_long_and_by_which_channel(gateway: TestClient) -> None:
    come(gateway, "request", "person")
    come(gateway)
    first, second = cells(gateway)
    assert first[:2] == ["Emergency Infection by website", "Waiting"]
    assert re.fullmatch(r"[45] min left", first[2])
    assert first[3] == "nobody"
    assert second[0] == "Asks for a person Conversation by website"


def test_an_empty_queue_says_so(gateway: TestClient) -> None:
    page = signed_in_as(gateway, "front_desk").get("/desk")
    assert page.status_code == 200
    assert "Nobody waits." in page.text
    assert "<title>Queue" in page.text


def test_the_title_counts_what_nobody_looks_after(gateway: TestClient) -> None:
    for name in ("ann", "bob", "cat"):
        conversation = come(gateway, name)
    with state_of(gateway).store.write() as session:
        desk.take(session, conversation, Colleague("1", "Kim"), NOTICE, now())
    page = signed_in_as(gateway, "clinician").get("/desk").text
    assert "<title>(2) Queue" in page
    assert 'data-open="2"' in page
    assert page.count(";") >= 2
    assert [row[3] for row in cells(gateway)] == ["nobody", "nobody", "Kim"]


def test_only_emergencies_that_nobody_looks_after_ring(gateway: TestClient) -> None:
    emergency = come(gateway)
    come(gateway, "bob", "urgent")
    taken = come(gateway, "cat")
    with state_of(gateway).store.write() as session:
        desk.take(session, taken, Colleague("1", "Kim"), NOTICE, now())
    found = re.search(r'data-alarms="([^"]*)"', queue.rows(state_of(gateway)))
    assert found is not None
    assert [one.split()[0] for one in found[1].split(";") if one] == [emergency]


def test_a_text_that_did_not_arrive_is_flagged(gateway: TestClient) -> None:
    conversation = come(gateway, "+12025550123", channel="sms")
    with state_of(gateway).store.write() as session:
        desk.take(session, conversation, Colleague("1", "Kim"), NOTICE, now())
        session.query(OutgoingText).one().state = "undelivered"
    [row] = cells(gateway)
    assert row[0].endswith("by text messages")
    assert "A text did not arrive" in row[1]


def test_it_says_that_there_is_a_number_and_not_which(gateway: TestClient) -> None:
    conversation = come(gateway)
    come(gateway, "bob", "urgent")
    come(gateway, "+12025550199", "person", "sms")
    with state_of(gateway).store.write() as session:
        callers.leave(session, conversation, "+12025550177", "Ann Lee")
    assert [row[0] for row in cells(gateway)] == [
        "Emergency Infection by website, with a number to ring",
        "Urgent Infection by website",
        "Asks for a person Conversation by text messages",
    ]
    for private in ("2025550177", "Ann Lee"):
        assert private not in signed_in_as(gateway, "clinician").get("/desk").text


def test_it_holds_none_of_the_patients_words(gateway: TestClient) -> None:
    come(gateway)
    assert "it is bad" not in signed_in_as(gateway, "clinician").get("/desk").text


@pytest.mark.parametrize("path", ["/desk", "/desk/events"])
def test_without_a_session_nothing_is_seen(gateway: TestClient, path: str) -> None:
    come(gateway)
    headers = {"accept": "text/event-stream"} if path.endswith("events") else {}
    answer = a_browser(gateway).get(path, headers=headers)
    assert answer.status_code in (303, 401)
    assert "Emergency" not in answer.text


def test_it_works_without_a_script_by_loading_itself_again(gateway: TestClient) -> None:
    assert '<noscript><meta http-equiv="refresh" content="15">' in signed_in_as(gateway, "clinician").get("/desk").text


# --- In words


def a_row(level: str = "urgent", **fields: object) -> Waiting:
    """A conversation that began to wait at noon."""
    values: dict[str, object] = {
        "conversation_id": "c",
        "channel": "web",
        "level": level,
        "category": None,
        "handoff": Handoff(state="waiting", reason="escalation"),
        "escalation": Escalation(state="raised", urgency=level, waiting_since=NOON),
        "since": NOON,
        "last_at": NOON,
        "at_risk": NOON + dt.timedelta(minutes=22.5),
        "due": NOON + dt.timedelta(minutes=30),
        "unanswered_since": None,
        "idle_at": None,
        "undelivered": False,
    }
    return Waiting(**{**values, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "said", "badge"),
    [
        (0, "30 min left", "fine"),
        (22, "8 min left", "fine"),
        (22.5, "At risk: 7 min left", "at-risk"),
        (29.5, "At risk: 30 s left", "at-risk"),
        (30, "Late by 0 s", "breached"),
        (130, "Late by 1 h 40 min", "breached"),
        (60 * 24 * 3, "Late by 2 days", "breached"),
    ],
)
def test_the_timer_is_at_risk_from_three_quarters_of_the_target_on(minutes: float, said: str, badge: str) -> None:
    assert words.timer_of(a_row(), NOON + dt.timedelta(minutes=minutes)) == (said, badge)


TAKEN = Handoff(state="taken", reason="escalation", holder="Kim")
SEEN = Escalation(state="acknowledged", urgency="urgent", waiting_since=NOON, acknowledged_by="Nurse")


@pytest.mark.parametrize(
    ("fields", "said", "holder"),
    [
        ({}, "Waiting", ""),
        (
            {"handoff": Handoff(state="timed_out", reason="escalation")},
            "Nobody came in time; the patient was told",
            "",
        ),
        ({"escalation": SEEN}, "Acknowledged, not resolved", "Nurse"),
        ({"escalation": SEEN, "handoff": None}, "Acknowledged, not resolved", "Nurse"),
        ({"escalation": SEEN, "handoff": TAKEN}, "Taken", "Kim"),
        ({"handoff": TAKEN}, "Taken; a new warning sign, not seen yet", "Kim"),
        (
            {"escalation": SEEN, "handoff": TAKEN, "idle_at": NOON},
            "Taken; the patient waits for an answer",
            "Kim",
        ),
    ],
)
def test_each_state_has_words_and_a_name(fields: dict[str, object], said: str, holder: str) -> None:
    row = a_row(**fields)  # type: ignore[arg-type]
    assert (words.state_of(row, NOON)[0], words.holder_of(row)) == (said, holder)
