"""The desk's pages, one after the other in each of their states, for a test that looks at all of them.

Each walk leads the page somewhere, gives a name for what is to be seen there, and goes on from there. `desk` is the
address of the desk. A walk leaves the desk as it was, but for rows in the audit log and accounts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import httpx
import pyotp
from playwright.sync_api import Page, expect

from bot.care import conversations, escalations, messages, patients
from bot.care.database import Store
from bot.care.patients import NewPatient
from bot.care.staff import accounts
from bot.care.tables import CheckIn, CheckInAnswer, now
from bot.followup import programme
from bot.replies import Reply
from tests.gateway.conftest import KEY, PASSWORDS

PASSWORD = "correct-horse-9-battery"
ADA = "Ada Admin"
FEVERISH = "+12025550103"
EMERGENCY = "I can't breathe and my face is swelling"
PLAIN = (
    "/conversations",
    "/ask",
    "/leaflet",
    "/leaflet?topic=anesthesia&topic=risk_infection",
    "/audit",
    "/no-such-page",
    "/password/no-such-link",
)


def talks(store: Store) -> None:
    """An admin, and a few conversations to count: with long words, with markup, with a warning sign."""
    with store.write() as session:
        account = accounts.add(session, ADA, "admin", by="the tests")
        accounts.set_password(session, account, PASSWORDS.hashed(PASSWORD), by="the tests")
    said = (
        ("web", "demo-0", "what are the risks", Reply(text="A reply.", kind="answer", topic="risks_overview")),
        ("web", "demo-1", "hip hop <b>hooray</b> " + "y" * 300, Reply(text="A reply.", kind="clarify")),
        ("sms", "+12025550102", "my knee", Reply(text="A reply.", kind="out_of_scope")),
        ("sms", FEVERISH, "a fever and chills", Reply(text="A reply.", kind="escalation", urgency="urgent")),
    )
    for channel, name, text, reply in said:
        received = messages.receive(store, channel, name, text, None)
        with store.write() as session:
            messages.answer(session, received.id, [reply], "rasa")
            escalation = escalations.open_of(session, received.conversation_id)
            if escalation is not None:
                escalations.resolve(session, escalation, ADA, now())


def follow_ups(store: Store) -> None:
    """Two patients: one with scores that rise and a warning sign, one new, with a long name."""
    then = now() - dt.timedelta(days=6)
    with store.write() as session:
        for number, external_id in ((FEVERISH, None), ("+12025550104", "W" * 128)):
            new = NewPatient(
                number=number,
                injected_on=then.date(),
                hip="left",
                consent="I agree to these texts.",
                consented_at=then,
                zone="UTC",
                external_id=external_id,
            )
            patients.enrol(session, programme.load(), new, then)
        conversation = conversations.id_made(session, "sms", FEVERISH)
        asked = session.query(CheckIn).filter(CheckIn.conversation_id == conversation, CheckIn.due_at < now())
        message = messages.transcript(session, "sms", FEVERISH)[0][0]
        scores = ((2, "mild", None), (6, "expected", None), (9, "urgent", "pain_high"))
        for check_in, (value, level, reason) in zip(asked.order_by(CheckIn.due_at), scores, strict=False):
            check_in.state, check_in.asked_at = "answered", check_in.due_at
            row = CheckInAnswer(check_in_id=check_in.id, message_id=message.id, question="pain_score", value=value)
            row.level, row.reason = level, reason
            session.add(row)


def press(page: Page, name: str) -> None:
    """Presses the first button of that name."""
    page.get_by_role("button", name=name, exact=True).first.click()


def fill(page: Page, **fields: str) -> None:
    """Fills in fields, by their ids."""
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def expect_problem(page: Page, text: str) -> None:
    """The page says what is wrong."""
    expect(page.locator("p.problem:visible", has_text=text)).to_be_visible()


def signing_in(page: Page, desk: str) -> Iterator[str]:
    """From the form to the desk, with a wrong password first."""
    page.goto(f"{desk}/signin?next=/desk/ask")
    yield "sign-in"
    fill(page, name=ADA, password="not-the-password-9")
    press(page, "Sign in")
    expect_problem(page, "password")
    yield "sign-in refused"
    fill(page, password=PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Ask for a caller")).to_be_visible()


def plain_pages(page: Page, desk: str) -> Iterator[str]:
    """Those that need only be opened."""
    for path in PLAIN:
        page.goto(desk + path)
        yield path


def waiting(page: Page, desk: str) -> Iterator[str]:
    """The queue and a conversation, from an emergency that comes to its end, and to its deletion."""
    page.goto(desk)
    expect(page.get_by_text("Nobody waits.")).to_be_visible()
    yield "queue, empty"
    body = {"conversation": "in need", "channel": "web", "text": EMERGENCY}
    answer = httpx.post(f"{desk}/../api/messages", json=body, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    expect(page.locator("#queue tr.open")).to_have_count(1)
    yield "queue, an emergency"
    page.locator("#queue tr.open a").click()
    expect(page.get_by_role("button", name="Take over")).to_be_visible()
    yield "conversation, not taken"
    here = page.url
    plan_of(page, desk, here)
    expect_problem(page, "A warning sign is open here.")
    yield "erasure, not yet"
    page.goto(here)
    press(page, "Take over")
    expect(page.get_by_label("Your reply")).to_be_visible()
    page.get_by_text("Ready-made replies").click()
    yield "conversation, taken"
    fill(page, text="Please come in today. " + "x" * 300)
    press(page, f"Send as {ADA}")
    expect(page.locator("#log li.staff")).to_have_count(1)
    fill(page, note="She comes at three.")
    press(page, "Keep the note")
    expect(page.get_by_text("She comes at three.")).to_be_visible()
    page.get_by_text("What has happened").click()
    yield "conversation, answered"
    page.get_by_label("How did it end?").select_option("seen")
    press(page, "Resolve")
    expect(page.locator("#state")).to_contain_text("Closed: Comes in, or was seen.")
    yield "conversation, resolved"
    plan_of(page, desk, here)
    page.get_by_label("I am sure").check()
    yield "erasure, the plan"
    press(page, "Delete")
    expect(page.get_by_text("Deleted.")).to_be_visible()
    yield "erasure, done"


def plan_of(page: Page, desk: str, address: str) -> None:
    """What would be deleted of the conversation whose page has that address."""
    page.goto(f"{desk}/erasure?conversation={address.rsplit('/', 1)[1]}")
    page.locator("form:has(#conversation) button").click()


def patients_pages(page: Page, desk: str) -> Iterator[str]:
    """The lists, an enrolment that is refused, and patients with and without scores."""
    page.goto(f"{desk}/patients")
    expect(page.get_by_role("row")).to_have_count(3)
    yield "patients"
    fill(page, number="12")
    page.locator("#agreed").check()
    press(page, "Enrol")
    expect_problem(page, "12")
    yield "patients, refused"
    page.get_by_role("link", name="Worsening").click()
    page.get_by_role("link", name=FEVERISH).click()
    expect(page.locator("svg circle")).to_have_count(3)
    yield "patient, a chart"
    page.goto(f"{desk}/patients?which=silent")
    yield "patients, nobody"
    page.goto(f"{desk}/patients")
    page.get_by_role("link", name="WWW").click()
    yield "patient, no score"


def looking_for(page: Page, desk: str) -> Iterator[str]:
    """Searching, with nothing found, something found, and something wrong."""
    page.goto(f"{desk}/conversations")
    fill(page, words="hooray")
    press(page, "Search")
    expect(page.get_by_text("1 conversation.")).to_be_visible()
    yield "search, found"
    fill(page, words="elbow")
    press(page, "Search")
    expect(page.get_by_text("No conversation fits.")).to_be_visible()
    yield "search, nothing"
    fill(page, since="2026-02-01", until="2026-01-01")
    press(page, "Search")
    expect_problem(page, "The last day")
    yield "search, refused"


def numbers(page: Page, desk: str) -> Iterator[str]:
    """The numbers, with their tables closed and open."""
    page.goto(f"{desk}/numbers")
    yield "numbers"
    for summary in page.locator("summary").all():
        summary.click()
    yield "numbers, tables"
    page.goto(f"{desk}/numbers?first=2026-02-01&last=2026-01-01")
    expect_problem(page, "")
    yield "numbers, refused"


def asking(page: Page, desk: str) -> Iterator[str]:
    """An answer to read out to a caller."""
    page.goto(f"{desk}/ask")
    fill(page, text="tell me of bruises")
    press(page, "Ask")
    expect(page.get_by_text("It is small.")).to_be_visible()
    yield "ask, an answer"


def erasure(page: Page, desk: str) -> Iterator[str]:
    """What is known of a number, and a number that is none."""
    page.goto(f"{desk}/erasure")
    yield "erasure"
    fill(page, number="12")
    press(page, "Show what that is")
    expect_problem(page, "12")
    yield "erasure, refused"
    fill(page, number="+12025550102")
    press(page, "Show what that is")
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    yield "erasure, of a number"


def a_new_account(page: Page, desk: str, name: str) -> Iterator[str]:
    """Made by an admin, then in its owner's hands: the password, codes from a telephone, signing in with one."""
    page.goto(f"{desk}/staff")
    yield "staff"
    fill(page, name=ADA)
    press(page, "Add, and make a link")
    expect_problem(page, "already")
    yield "staff, refused"
    fill(page, name=name)
    press(page, "Add, and make a link")
    link = page.get_by_role("status").locator(".code")
    expect(link).to_be_visible()
    yield "staff, a link"
    page.goto(f"{desk}/password/{link.inner_text().rsplit('/', 1)[1]}")
    yield "password"
    fill(page, new=PASSWORD, again="something else 9")
    press(page, "Set the password")
    expect_problem(page, "not the same")
    yield "password, refused"
    fill(page, new=PASSWORD, again=PASSWORD)
    press(page, "Set the password")
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
    yield "password, set"
    enter(page, desk, name)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    yield "account"
    fill(page, present="not-the-password-9", new=PASSWORD, again=PASSWORD)
    press(page, "Change the password")
    expect_problem(page, "not your present password")
    yield "account, refused"
    fill(page, present=PASSWORD, new=PASSWORD, again=PASSWORD)
    press(page, "Change the password")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    yield "account, changed"
    page.locator("#password-on").fill(PASSWORD)
    press(page, "Turn codes on")
    expect(page.locator(".qr")).to_be_visible()
    yield "codes"
    fill(page, code="000")
    press(page, "Turn codes on")
    expect_problem(page, "not the code")
    yield "codes, refused"
    fill(page, code=pyotp.TOTP(page.locator(".code").inner_text().replace(" ", "")).now())
    press(page, "Turn codes on")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    yield "codes, on"
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("button", name="Turn codes off")).to_be_visible()
    yield "account, codes on"
    enter(page, desk, name)
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    yield "sign-in, the code"
    fill(page, code="000")
    press(page, "Go on")
    expect_problem(page, "code")
    yield "sign-in, a wrong code"


def enter(page: Page, desk: str, name: str) -> None:
    """Gives a name and the password, as nobody who is signed in."""
    page.context.clear_cookies()
    page.goto(f"{desk}/signin?next=/desk/account")
    fill(page, name=name, password=PASSWORD)
    press(page, "Sign in")
