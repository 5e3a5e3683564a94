"""The chat page in a browser, before a whole Hipline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, Route, expect, sync_playwright

from tests.conftest_processes import Hipline

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds
QUESTION = "Is it an infusion or an injection?"
SECTION = "From the document: Frequently Asked Questions"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()


def visit(browser: Browser, hipline: Hipline, *, javascript: bool = True) -> Page:
    """The page as a new visitor sees it, who agrees to what it asks."""
    context = browser.new_context(java_script_enabled=javascript)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(hipline.url)
    page.get_by_role("button", name="I agree").click()
    page.get_by_label("Your question").wait_for()
    return page


@pytest.fixture
def page(browser: Browser, hipline: Hipline) -> Iterator[Page]:
    """The page with its script. Nothing that it logs as an error goes unnoticed, nor anything it asks of others."""
    expect.set_options(timeout=PATIENCE)
    page = visit(browser, hipline)
    problems: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith(hipline.url):
            problems.append(f"request: {request.url}")

    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("dialog", on_dialog)
    page.on("request", on_request)
    yield page
    page.context.close()
    assert problems == []


def context_of(page: Page) -> BrowserContext:
    return page.context


def own(page: Page) -> list[str]:
    """What the visitor has said, as the page shows it."""
    return page.locator("#log li.own p:not(.who)").all_inner_texts()


def answers(page: Page) -> int:
    """How many answers there are (the greeting of an empty conversation is none)."""
    return page.locator("#log li.reply.none").count()


def write(page: Page, text: str) -> None:
    page.get_by_label("Your question").fill(text)


def until_answered(page: Page, count: int = 1) -> None:
    """Until there are so many answers, and the page is not waiting for another."""
    expect(page.locator("#log li.reply.none")).to_have_count(count)
    expect(page.get_by_role("status")).to_be_empty()


def test_a_question_that_is_typed_gets_an_answer_with_its_section(page: Page) -> None:
    write(page, QUESTION)
    page.get_by_role("button", name="Send").click()
    until_answered(page)
    assert own(page) == [QUESTION]
    expect(page.locator("#log li.reply").last).to_contain_text("injection")
    expect(page.locator("#log li.reply").last.locator(".section")).to_have_text(SECTION)
    expect(page.get_by_label("Your question")).to_have_value("")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_enter_sends_and_shift_with_enter_makes_a_line(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.press_sequentially("Is it an infusion")
    box.press("Shift+Enter")
    box.press_sequentially("or an injection?")
    assert own(page) == []
    expect(box).to_have_value("Is it an infusion\nor an injection?")
    box.press("Enter")
    until_answered(page)
    assert own(page) == ["Is it an infusion", "or an injection?"]
    expect(box).to_have_value("")


def test_enter_in_an_empty_box_sends_nothing(page: Page) -> None:
    page.get_by_label("Your question").press("Enter")
    write(page, "   ")
    page.get_by_label("Your question").press("Enter")
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    until_answered(page)
    assert own(page) == [QUESTION]


def test_a_button_asks_its_topic(page: Page) -> None:
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    until_answered(page)
    button = page.locator("#choices button").nth(1)
    title = button.inner_text()
    with page.expect_response("**/widget/messages") as response:
        button.click()
    until_answered(page, 2)
    assert own(page) == [QUESTION, title]
    [*_, last] = response.value.json()["entries"]
    reply = last["reply"]
    assert reply["kind"] == "answer"
    # The buttons of the answer are there in place of those before.
    assert page.locator("#choices button").all_inner_texts() == [button["title"] for button in reply["buttons"]]


def test_a_button_of_the_greeting_gets_an_answer(page: Page) -> None:
    button = page.locator("#choices button").first
    title = button.inner_text()
    button.click()
    until_answered(page)
    assert own(page) == [title]


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.locator("#choices button").first.focus()
    page.keyboard.press("Enter")
    until_answered(page)
    page.keyboard.type("Is it an infusion or an injection?")  # the box has the focus
    page.keyboard.press("Enter")
    until_answered(page, 2)


def test_loading_the_page_again_keeps_the_conversation(page: Page) -> None:
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    until_answered(page)
    entries = page.locator("#log li")
    before = [re.sub(r"\s+", " ", text) for text in entries.all_inner_texts()][1:]  # after the greeting
    buttons = page.locator("#choices button").all_inner_texts()
    page.reload()
    until_answered(page)
    assert [re.sub(r"\s+", " ", text) for text in entries.all_inner_texts()][1:] == before
    assert page.locator("#choices button").all_inner_texts() == buttons


def test_another_visitor_sees_nothing_of_it(page: Page, browser: Browser, hipline: Hipline) -> None:
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    until_answered(page)
    other = visit(browser, hipline)
    assert own(other) == []
    other.context.close()


def test_without_javascript_it_works_as_a_form(browser: Browser, hipline: Hipline) -> None:
    page = visit(browser, hipline, javascript=False)
    write(page, QUESTION)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#log li.reply .section")).to_have_text(SECTION)
    assert own(page) == [QUESTION]
    title = page.locator("#choices button").first.inner_text()
    page.get_by_role("button", name=title).click()
    expect(page.locator("#log li.own")).to_have_count(2)
    assert own(page) == [QUESTION, title]
    assert answers(page) == 2
    page.context.close()


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script><b>bold</b> &lt;i&gt;"])
def test_what_looks_like_html_stays_text_at_once_and_after_loading_again(page: Page, text: str) -> None:
    write(page, text)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("#log li.own")).to_have_count(1)
    expect(page.get_by_role("status")).to_be_empty()
    for _ in range(2):
        expect(page.locator("#log li.own")).to_have_count(1)
        assert own(page) == [text]
        assert page.locator("#log :is(img, script, b, i)").count() == 0
        page.reload()


def test_a_message_typed_while_the_network_is_off_is_answered_once_when_it_is_back(page: Page) -> None:
    context_of(page).set_offline(True)
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("#log li.pending")).to_have_count(1)
    context_of(page).set_offline(False)
    until_answered(page)
    assert own(page) == [QUESTION]
    page.reload()
    until_answered(page)
    assert own(page) == [QUESTION]


def test_an_answer_that_was_lost_on_its_way_is_fetched_again_and_the_message_counts_once(page: Page) -> None:
    sent: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()  # Hipline has answered, and the page does not learn of it
            route.abort()
        else:
            route.continue_()

    page.route("**/widget/messages", lose_the_first)
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    until_answered(page)
    assert len(sent) == 2
    assert len({json.loads(body or "")["message_id"] for body in sent}) == 1
    page.reload()
    until_answered(page)
    assert own(page) == [QUESTION]


def test_when_the_network_stays_off_that_is_said_and_the_words_are_kept(page: Page) -> None:
    context_of(page).set_offline(True)
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no connection. What you write is kept")
    expect(page.get_by_role("alert").get_by_role("link", name="Call 911 now")).to_be_visible()
    context_of(page).set_offline(False)
    until_answered(page)
    assert own(page) == [QUESTION]


def test_two_messages_sent_at_once_are_answered_in_their_order(page: Page) -> None:
    for text in (QUESTION, "Why is X-ray or ultrasound used?"):
        write(page, text)
        page.get_by_label("Your question").press("Enter")
    until_answered(page, 2)
    replies = page.locator("#log li.reply.none")
    shown = [re.sub(r"\s+", " ", text) for text in replies.all_inner_texts()]
    assert shown[0] != shown[1]
    page.reload()
    until_answered(page, 2)
    assert own(page) == [QUESTION, "Why is X-ray or ultrasound used?"]
    assert [re.sub(r"\s+", " ", text) for text in replies.all_inner_texts()] == shown


def test_new_entries_are_told_to_people_who_do_not_see_them(page: Page) -> None:
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    write(page, QUESTION)
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_role("log").locator("li.reply.none")).to_have_count(1)
