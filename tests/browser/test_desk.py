"""A patient and the desk, each in a browser of their own, before a whole Hipline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.widgets import ARGUMENTS, CHROMIUM, PATIENCE, a_clinician, sign_in, visit
from tests.conftest_processes import Hipline

pytestmark = [pytest.mark.browser, pytest.mark.processes]

KIM = "Kim Alvarez"
FEVER = "I have had a fever and shaking chills since my hip injection yesterday"
NOTIFICATIONS = """() => {
  window.rung = [];
  window.Notification = class {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(...given) { window.rung.push(JSON.stringify(given)); }
  };
}"""  # in place of the browser's own, which has no window to show them on
AT_ONCE = 2000  # milliseconds: so soon a warning sign is on the desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def account(hipline: Hipline) -> str:
    """A clinician's, made as a clinic makes it; gives the name."""
    return a_clinician(hipline, KIM)


@pytest.fixture
def desk(browser: Browser, hipline: Hipline, account: str) -> Iterator[Page]:
    """The queue, open and signed in. Nothing that goes wrong in its pages passes unnoticed."""
    page = visit(browser, f"{hipline.url}/desk")
    sign_in(page, account)
    yield page
    page.context.close()
    assert page.problems == []  # type: ignore[attr-defined]


@pytest.fixture
def patient(browser: Browser, hipline: Hipline) -> Iterator[Page]:
    """The chat page as a new visitor has it, who has agreed to what it asks."""
    page = visit(browser, f"{hipline.url}/chat")
    page.get_by_role("button", name="I agree").click()
    yield page
    page.context.close()
    assert page.problems == []  # type: ignore[attr-defined]


def write(patient: Page, text: str) -> None:
    box = patient.get_by_label("Your question")
    box.fill(text)
    box.press("Enter")


def until_it_listens(desk: Page) -> None:
    """Until the queue's line is open: what comes from then on is to be there at once."""
    with desk.expect_response("**/desk/events"):
        desk.reload()


def test_a_patient_and_a_clinician_find_each_other_and_the_assistant_goes_on(desk: Page, patient: Page) -> None:
    until_it_listens(desk)
    write(patient, FEVER)
    expect(patient.locator("#log li.reply").last).to_contain_text("(202) 555-0142")
    row = desk.locator("#queue tr.open")
    expect(row).to_have_count(1, timeout=AT_ONCE)
    expect(desk).to_have_title("(1) Queue · Hipline", timeout=AT_ONCE)

    row.get_by_role("link").click()
    expect(desk.locator("#log mark").first).to_be_visible()
    expect(desk.get_by_role("heading", name="Why it is here")).to_be_visible()
    desk.get_by_role("button", name="Take over").click()
    expect(patient.locator("#log")).to_contain_text(f"{KIM} of Lakeside Hip Clinic is here now")

    write(patient, "hello <b>who</b> is there?")
    expect(desk.locator("#log li.patient").last).to_contain_text("hello <b>who</b> is there?")
    desk.get_by_label("Your reply").fill("I am. Please <i>come in</i> today.")
    desk.get_by_role("button", name=f"Send as {KIM}").click()
    expect(patient.locator("#log")).to_contain_text("I am. Please <i>come in</i> today.")
    expect(patient.locator("#log li", has_text="come in").last).to_contain_text(KIM)
    expect(desk.locator("#log li.staff")).to_have_count(1)
    assert desk.locator("#log b, #log i").count() == 0
    assert patient.locator("#log b, #log i").count() == 0

    desk.get_by_role("button", name="Hand back to the assistant").click()
    expect(patient.locator("#log")).to_contain_text(f"{KIM} has left this chat")
    before = patient.locator("#log li.reply").count()
    write(patient, "Is it an infusion or an injection?")
    expect(patient.locator("#log li.reply").nth(before)).to_contain_text("injection")

    desk.get_by_label("How did it end?").select_option("seen")
    desk.get_by_role("button", name="Resolve").click()
    expect(desk.locator("#state")).to_contain_text("Closed: Comes in, or was seen.")
    desk.get_by_role("link", name="Queue").click()
    expect(desk.get_by_text("Nobody waits.")).to_be_visible()


def test_a_new_emergency_rings_where_that_was_asked_for_and_says_nothing_of_the_patient(
    desk: Page, hipline: Hipline
) -> None:
    desk.evaluate(NOTIFICATIONS)
    desk.get_by_role("button", name="Sound and notification").click()
    expect(desk.locator("#heard")).to_contain_text("On")
    hipline.post("I can't breathe and my face is swelling")
    expect(desk.locator("#heard")).to_have_text("A new emergency waits.", timeout=PATIENCE)
    [said] = desk.evaluate("window.rung")
    assert "A new emergency waits at the desk." in said
    assert "breathe" not in said


def test_without_a_script_the_queue_and_a_conversation_work_as_plain_pages(
    browser: Browser, hipline: Hipline, account: str
) -> None:
    name = "plain"
    hipline.post(FEVER, name)
    page = visit(browser, f"{hipline.url}/desk", java_script_enabled=False)
    sign_in(page, account)
    page.locator("#queue tr.open a").last.click()
    page.get_by_role("button", name="Take over").click()
    page.get_by_text("Ready-made replies").click()
    page.get_by_role("link", name="Ring us now").click()
    page.get_by_role("button", name=f"Send as {KIM}").click()
    expect(page.locator("#log li.staff")).to_contain_text("Please call (202) 555-0142 now")
    page.get_by_label("How did it end?").select_option("called")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#state")).to_contain_text("Closed: Reached by telephone.")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_is_no_wider_than_a_small_telephone(
    browser: Browser, hipline: Hipline, account: str, scheme: str
) -> None:
    hipline.post(FEVER, f"narrow {scheme}")
    page = visit(browser, f"{hipline.url}/desk", viewport={"width": 320, "height": 640}, color_scheme=scheme)
    sign_in(page, account)
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    page.locator("#queue tr.open a").first.click()
    expect(page.locator("#log")).to_be_visible()
    assert page.evaluate(wide)
    page.context.close()
