"""The page of a conversation: what it shows, what can be done there, by whom, and what is refused."""

from __future__ import annotations

import asyncio
import inspect
import re
import secrets

import httpx
import pytest
from fastapi import Request
from starlette.testclient import TestClient

from bot.care import callers, escalations, handoffs, messages, timeline
from bot.care.tables import AuditEntry, Escalation, OutgoingText
from bot.gateway.desk import conversation as desk_conversation
from bot.gateway.desk import conversation_view, transcript
from bot.gateway.desk.access import COOKIE, Member, csrf
from bot.gateway.desk.transcript import Part
from bot.replies import Reply
from tests.gateway.conftest import Api, state_of
from tests.gateway.desk.conftest import a_browser, an_account, post, signed_in_as

WORDS = "I have a fever and <script>alert(1)</script> since the shot"
FOUND = {
    "findings": [
        {"finding": "fever", "assertion": "asserted", "now": True},
        {"finding": "shaking_chills", "assertion": "negated", "now": True},
    ],
    "probability": 0.874,
    "joined": True,
}


def come(gateway: TestClient, text: str = WORDS, channel: str = "web", name: str = "ann") -> str:
    """Somebody with a warning sign; the conversation's id."""
    store = state_of(gateway).store
    received = messages.receive(store, channel, name, text, None)
    with store.write() as session:
        reply = Reply(text="Call us today.", kind="escalation", urgency="urgent")
        messages.answer(session, received.id, [reply], "rasa", category="fever", findings=FOUND)
    return received.conversation_id


def do(browser: TestClient, conversation: str, act: str, form: str = "", **fields: str) -> httpx.Response:
    """Sends one of the page's forms."""
    return post(browser, f"/desk/conversations/{conversation}/{act}", form=form or secrets.token_hex(16), **fields)


def page(browser: TestClient, conversation: str) -> str:
    answer = browser.get(f"/desk/conversations/{conversation}")
    assert answer.status_code == 200
    return answer.text


def said(gateway: TestClient, conversation: str) -> list[tuple[str, str | None, str]]:
    """What was said after the first message and its answer."""
    with state_of(gateway).store.read() as session:
        return [(one.who, one.name, one.text) for one in timeline.since(session, conversation, 2)]


def acts(gateway: TestClient, conversation: str) -> list[tuple[str, str]]:
    """What the audit log has on a conversation."""
    with state_of(gateway).store.read() as session:
        rows = session.query(AuditEntry).filter_by(conversation_id=conversation).order_by(AuditEntry.id)
        return [(row.who, row.what) for row in rows]


# --- What it shows


def test_it_shows_why_it_is_here_and_marks_the_words(gateway: TestClient) -> None:
    text = page(signed_in_as(gateway, "clinician"), come(gateway))
    for reason in (
        "Fever: reported",
        "Shaking chills: denied",
        "The model gives a warning sign 87%",
        "Judged together with what was said before",
    ):
        assert f"<li>{reason}</li>" in text
    assert '<mark title="Fever">fever</mark>' in text
    assert text.index("Why it is here") < text.index("What was said")


def test_what_patients_and_staff_write_stays_text(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician")
    do(browser, conversation, "take")
    do(browser, conversation, "reply", text="<b>bold</b>")
    do(browser, conversation, "note", text="<i>note</i>")
    text = page(browser, conversation)
    for tag in ("<script>alert", "<b>bold", "<i>note"):
        assert tag not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text


def test_a_number_can_be_rung_with_one_tap(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    assert 'href="tel:+12025550123"' in page(browser, come(gateway, channel="sms", name="+12025550123"))
    assert "no number is known" in page(browser, come(gateway))


def test_a_caller_s_number_and_name_are_shown(gateway: TestClient) -> None:
    conversation = come(gateway, channel="desk", name="call-1")
    with state_of(gateway).store.write() as session:
        callers.keep(session, conversation, "+12025550177", "Fran Desk", "Ann <b>Lee</b>")
    text = page(signed_in_as(gateway, "clinician"), conversation)
    assert 'href="tel:+12025550177"' in text
    assert "Ann &lt;b&gt;Lee&lt;/b&gt;" in text
    assert "taken down by Fran Desk" in text


def test_a_number_that_the_patient_left_is_said_to_be_theirs(gateway: TestClient) -> None:
    conversation = come(gateway)
    with state_of(gateway).store.write() as session:
        callers.leave(session, conversation, "+12025550177", "Ann")
    text = page(signed_in_as(gateway, "clinician"), conversation)
    [contact] = re.findall(r"<dt>Contact</dt>\s*<dd>(.*?)</dd>", text, re.S)
    assert re.sub("<[^>]*>", "", contact) == "Ann +12025550177 left by the patient"


def test_the_number_of_text_messages_was_left_by_nobody(gateway: TestClient) -> None:
    text = page(signed_in_as(gateway, "clinician"), come(gateway, channel="sms", name="+12025550123"))
    assert 'href="tel:+12025550123"' in text
    assert "left by" not in text
    assert "taken down" not in text


def test_an_open_page_hears_of_a_number_with_its_state(gateway: TestClient) -> None:
    conversation = come(gateway)
    state, account = state_of(gateway), an_account(gateway, "clinician")

    async def heard() -> str:
        request = Request({"type": "http", "headers": []})
        member = Member(account.id, account.name, account.role)
        response = await desk_conversation.events(request, conversation, state, member, after=2)
        async for part in response.body_iterator:
            return str(part)
        raise AssertionError("the stream said nothing")

    assert "no number is known" in asyncio.run(heard())
    with state.store.write() as session:
        callers.leave(session, conversation, "+12025550177")
    told = asyncio.run(heard())
    assert told.startswith("event: state\n")
    assert 'href="tel:+12025550177"' in told
    assert "left by the patient" in told


def test_a_text_that_did_not_arrive_is_flagged_where_it_stands(gateway: TestClient) -> None:
    conversation = come(gateway, channel="sms", name="+12025550123")
    browser = signed_in_as(gateway, "clinician")
    do(browser, conversation, "take")
    with state_of(gateway).store.write() as session:
        session.query(OutgoingText).one().state = "failed"
    assert page(browser, conversation).count("This text message did not arrive.") == 1


def test_only_what_reports_a_sign_is_marked(gateway: TestClient) -> None:
    def marked(text: str) -> list[Part]:
        return transcript.marked(text, state_of(gateway).turns.findings(text))

    assert marked("I have a fever") == [Part("I have a "), Part("fever", "Fever")]
    assert marked("no fever at all") == [Part("no fever at all")]
    assert marked("thank you") == [Part("thank you")]


@pytest.mark.parametrize("findings", [None, [], {}, {"findings": None}])
def test_an_escalation_without_findings_has_no_reasons(findings: object) -> None:
    assert transcript.why(findings) == []


# --- What can be done


def test_a_conversation_goes_from_the_assistant_to_a_person_and_back(gateway: TestClient, api: Api) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician", "Kim Alvarez")
    assert do(browser, conversation, "take").headers["location"] == f"/desk/conversations/{conversation}#end"
    assert api.post("are you there?", conversation="ann").json()["replies"] == []
    do(browser, conversation, "reply", text="I am here.")
    do(browser, conversation, "back")
    assert [(who, name) for who, name, _ in said(gateway, conversation)] == [
        ("system", None),
        ("patient", None),
        ("staff", "Kim Alvarez"),
        ("system", None),
    ]
    assert said(gateway, conversation)[0][2].startswith("Kim Alvarez of Lakeside Hip Clinic is here now")
    assert said(gateway, conversation)[2][2] == "I am here."
    assert said(gateway, conversation)[3][2].startswith("Kim Alvarez has left")
    answer = api.post("does it hurt?", conversation="ann").json()["replies"]
    assert answer[0]["text"].startswith("About does it hurt?")


def test_a_form_that_is_sent_twice_is_done_once(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician")
    do(browser, conversation, "take")
    form = secrets.token_hex(16)
    for _ in range(2):
        assert do(browser, conversation, "reply", form, text="Come in today.").status_code == 303
    assert [text for who, _, text in said(gateway, conversation) if who == "staff"] == ["Come in today."]
    assert [what for _, what in acts(gateway, conversation)].count("replied") == 1


@pytest.mark.parametrize("form", ["", "x", "g" * 32, "a" * 33])
def test_a_form_without_its_id_is_refused(gateway: TestClient, form: str) -> None:
    conversation = come(gateway)
    answer = post(signed_in_as(gateway, "clinician"), f"/desk/conversations/{conversation}/take", form=form)
    assert answer.status_code == 422


def test_who_comes_second_is_told_who_has_it_and_keeps_what_they_wrote(gateway: TestClient) -> None:
    conversation = come(gateway)
    first, second = signed_in_as(gateway, "clinician", "Kim"), signed_in_as(gateway, "front_desk", "Lee")
    do(first, conversation, "take")
    for act in ("take", "reply", "back", "resolve"):
        answer = do(second, conversation, act, text="my long answer", outcome="called")
        assert answer.status_code == 409
        assert "Kim has this conversation." in answer.text
    assert len(said(gateway, conversation)) == 1
    assert "Take over from Kim" in answer.text


def test_it_can_be_taken_from_a_colleague_who_is_named(gateway: TestClient) -> None:
    conversation = come(gateway)
    kim = an_account(gateway, "clinician", "Kim")
    do(signed_in_as(gateway, "clinician", "Kim"), conversation, "take")
    second = signed_in_as(gateway, "front_desk", "Lee")
    assert f'name="instead_of" value="{kim.id}"' in page(second, conversation)
    assert do(second, conversation, "take", instead_of=kim.id).status_code == 303
    with state_of(gateway).store.read() as session:
        holder = handoffs.holder_of(session, conversation)
    assert holder is not None
    assert holder.name == "Lee"


def test_an_unsent_reply_is_still_there_where_it_was_refused(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician")
    do(browser, conversation, "take")
    answer = do(browser, conversation, "reply", text="y" * 2001)
    assert answer.status_code == 409
    assert "2,001 characters" in answer.text
    assert "y" * 2001 in answer.text


def test_resolving_takes_it_out_of_the_queue_with_its_outcome(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician", "Kim")
    do(browser, conversation, "take")
    assert do(browser, conversation, "resolve", outcome="called", text="At three.").status_code == 303
    text = page(browser, conversation)
    assert "Closed: Reached by telephone." in text
    assert "At three." in text
    assert "Nobody waits." in browser.get("/desk").text
    with state_of(gateway).store.read() as session:
        assert session.query(Escalation).one().resolved_by == "Kim"


def test_a_new_sign_in_a_taken_conversation_is_to_be_seen_before_it_is_handed_back(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician")
    do(browser, conversation, "take")
    come(gateway)
    assert do(browser, conversation, "back").status_code == 409
    assert "I have seen the new warning sign" in page(browser, conversation)
    assert do(browser, conversation, "seen").status_code == 303
    assert do(browser, conversation, "back").status_code == 303


def test_an_acknowledgement_by_the_alert_s_link_shows_here_too(gateway: TestClient) -> None:
    conversation = come(gateway)
    with state_of(gateway).store.write() as session:
        escalation = escalations.open_of(session, conversation)
        assert escalation is not None
        escalations.acknowledge(session, escalation, "Nurse", escalation.raised_at)
    text = page(signed_in_as(gateway, "clinician"), conversation)
    assert "Acknowledged, not resolved" in text
    assert "Nurse has it." in text


def test_a_ready_made_reply_is_put_into_the_box(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician")
    do(browser, conversation, "take")
    answer = browser.get(f"/desk/conversations/{conversation}?canned=2")
    assert re.search(
        r"<textarea id=\"text\"[^>]*>I would like to talk with you about this\. Please call \(202\)", answer.text
    )
    for odd in ("99", "-1", "x", "1" * 50):
        assert browser.get(f"/desk/conversations/{conversation}?canned={odd}").status_code == 200


# --- Who may, and what is written down


def test_every_look_and_every_act_is_in_the_audit_log(gateway: TestClient) -> None:
    conversation = come(gateway)
    browser = signed_in_as(gateway, "clinician", "Kim")
    page(browser, conversation)
    for act, fields in (
        ("take", {}),
        ("seen", {}),
        ("reply", {"text": "Hello."}),
        ("note", {"text": "A note."}),
        ("back", {}),
        ("resolve", {"outcome": "called"}),
    ):
        assert do(browser, conversation, act, **fields).status_code == 303
    assert acts(gateway, conversation) == [
        ("Kim", what)
        for what in (
            "looked at a conversation",
            "took a conversation",
            "saw a warning sign",
            "replied",
            "wrote a note",
            "handed a conversation back",
            "resolved a conversation",
        )
    ]


@pytest.mark.parametrize("act", ["take", "reply", "note", "seen", "back", "resolve"])
def test_nothing_is_done_without_a_session_or_with_another_s_token(gateway: TestClient, act: str) -> None:
    conversation = come(gateway)
    path = f"/desk/conversations/{conversation}/{act}"
    fields = {"form": secrets.token_hex(16), "text": "Hello.", "outcome": "called"}
    assert a_browser(gateway).post(path, data=fields).status_code == 401
    browser = signed_in_as(gateway, "clinician")
    other = signed_in_as(gateway, "admin")
    token = csrf(other.cookies[COOKIE])
    assert browser.post(path, data=fields).status_code == 403
    assert browser.post(path, data={**fields, "csrf": token}).status_code == 403
    wrong = browser.post(
        path, data={**fields, "csrf": csrf(browser.cookies[COOKIE])}, headers={"origin": "https://evil.test"}
    )
    assert wrong.status_code == 403
    assert said(gateway, conversation) == []
    assert acts(gateway, conversation) == []


@pytest.mark.parametrize("path", ["", "/events"])
def test_without_a_session_nothing_is_seen(gateway: TestClient, path: str) -> None:
    answer = a_browser(gateway).get(f"/desk/conversations/{come(gateway)}{path}", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert "fever" not in answer.text


@pytest.mark.parametrize("path", ["", "/events"])
def test_a_conversation_that_there_is_not_is_not_found(gateway: TestClient, path: str) -> None:
    assert signed_in_as(gateway, "clinician").get(f"/desk/conversations/nobody{path}").status_code == 404


def test_what_is_done_to_a_conversation_that_there_is_not_is_refused(gateway: TestClient) -> None:
    assert do(signed_in_as(gateway, "clinician"), "nobody", "take").status_code == 404


def test_whatever_can_happen_to_an_escalation_is_said_in_words() -> None:
    source = inspect.getsource(escalations)
    events = {*re.findall(r'_event\(session, \w+, "(\w+)"', source), escalations.CALL, escalations.UNREACHED}
    assert {"notified", "unattended", "resolved"} < events
    assert events | {escalations.DENIED, "raised", "further"} <= set(conversation_view._HAPPENED)
