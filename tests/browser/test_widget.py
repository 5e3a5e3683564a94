"""The widget on a clinic's website, in a browser, before a whole Hipline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright

from bot.run.ports import free_port
from tests.browser.widgets import (
    ARGUMENTS,
    CHROMIUM,
    QUESTION,
    RED_FLAG,
    SECTION,
    Widget,
    a_clinician,
    no_scrolling_sideways,
    sign_in,
    visit,
    website,
)
from tests.conftest_processes import Hipline

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(hipline: Hipline) -> Iterator[str]:
    with website(hipline.url, urlsplit(hipline.website).port or 80) as url:
        yield url


@pytest.fixture(scope="module")
def clinician(hipline: Hipline) -> str:
    """The name of an account at the desk."""
    return a_clinician(hipline, "Nina Novak")


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """The website with the widget closed. Nothing that goes wrong in it passes unnoticed."""
    page = visit(browser, site)
    yield page
    page.context.close()
    assert page.problems == []  # type: ignore[attr-defined]


@pytest.fixture
def widget(page: Page) -> Widget:
    """The widget, open and agreed to."""
    return Widget(page).open()


def test_before_the_first_message_it_says_what_it_is_and_asks_for_consent(page: Page) -> None:
    widget = Widget(page).open(agree=False)
    frame = widget.frame
    expect(frame.get_by_text("a computer program of Lakeside Hip Clinic").first).to_be_visible()
    expect(frame.get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    expect(frame.get_by_role("button", name="I agree")).to_be_focused()
    expect(widget.box).to_be_hidden()


def test_a_question_gets_an_answer_with_its_section_its_time_and_what_to_ask_next(widget: Widget) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    expect(widget.answers.locator(".section")).to_have_text(SECTION)
    expect(widget.answers.locator("time")).to_be_visible()
    expect(widget.answers.locator(".who")).to_contain_text("Hipline")
    expect(widget.frame.locator("#choices button").first).to_be_visible()
    expect(widget.box).to_be_focused()
    assert widget.said() == [QUESTION]


def test_a_starter_question_is_answered_by_the_keyboard_alone(page: Page) -> None:
    Widget(page)
    page.keyboard.press("Tab")  # the website's link
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the button opens the chat
    widget = Widget(page)
    expect(widget.frame.get_by_role("button", name="I agree")).to_be_focused()
    page.keyboard.press("Enter")
    expect(widget.box).to_be_focused()
    page.keyboard.press("Shift+Tab")  # back to the last starter question
    page.keyboard.press("Enter")
    expect(widget.answers).to_have_count(1)
    expect(widget.box).to_be_focused()


def test_an_emergency_is_one_tap_from_its_number(widget: Widget) -> None:
    widget.ask(RED_FLAG)
    emergency = widget.frame.locator("#log li.emergency")
    expect(emergency).to_have_count(1)
    link = emergency.get_by_role("link", name="Call 911 now")
    expect(link).to_have_attribute("href", "tel:911")
    expect(link).to_be_in_viewport()
    box = link.bounding_box()
    assert box is not None
    assert box["height"] >= 44


def test_a_patient_leaves_a_number_and_the_desk_sees_it_at_once(
    widget: Widget, browser: Browser, hipline: Hipline, clinician: str
) -> None:
    form = widget.frame.locator("#leave")
    expect(form).to_be_hidden()
    widget.ask(RED_FLAG)
    expect(widget.frame.locator("#log li.emergency")).to_have_count(1)
    expect(form).to_be_visible()
    expect(widget.box).to_be_focused()
    expect(widget.frame.get_by_role("link", name="Call 911 now")).to_be_in_viewport()
    desk = visit(browser, f"{hipline.url}/desk")
    sign_in(desk, clinician)
    row = desk.locator("#queue tr.open.emergency").last  # the others have waited for longer
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("with a number to ring")
    row.get_by_role("link").click()
    expect(desk.locator("#state")).to_contain_text("no number is known")

    number = widget.frame.get_by_label("Telephone number")
    number.fill("555-0123")
    number.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("such as (202) 555-0123")
    expect(number).to_be_focused()
    expect(number).to_have_value("555-0123")
    number.fill("(202) 555-0123")
    widget.page.keyboard.press("Tab")
    widget.page.keyboard.type("Ann <b>Lee</b>")
    widget.page.keyboard.press("Tab")
    widget.page.keyboard.press("Enter")
    expect(widget.frame.get_by_role("status")).to_contain_text("can see your number now, but that does not bring help")
    assert is_clear_of_the_box(widget, "#status")
    expect(widget.frame.get_by_text("You left this number for the clinic: +12025550123")).to_be_visible()
    expect(form).to_be_hidden()
    change = widget.frame.get_by_text("Change the number")
    expect(change).to_be_focused()
    contact = desk.locator("#state .facts")
    expect(contact).to_contain_text("Ann <b>Lee</b> +12025550123 left by the patient")
    assert contact.locator("b").count() == 0

    change.press("Enter")
    widget.frame.get_by_label("Telephone number").fill("+44 20 7946 0018")
    widget.frame.get_by_role("button", name="Leave this number").click()
    expect(contact).to_contain_text("+442079460018")
    widget.page.reload()
    expect(widget.frame.get_by_text("You left this number for the clinic: +442079460018")).to_be_visible()
    expect(form).to_be_hidden()
    desk.goto(f"{hipline.url}/desk")
    expect(row).to_contain_text("with a number to ring")
    desk.context.close()
    assert desk.problems == []  # type: ignore[attr-defined]


def test_a_number_that_does_not_get_through_is_still_there_to_be_sent_again(widget: Widget) -> None:
    widget.ask("can I speak with a person please")
    number, name = widget.frame.get_by_label("Telephone number"), widget.frame.get_by_label("Name (optional)")
    number.fill("202 555 0123")
    name.fill("Ann")
    widget.page.route("**/widget/contact", lambda route: route.abort())
    name.press("Enter")
    expect(widget.frame.locator("#leave").get_by_role("alert")).to_contain_text(
        "please try again, or call (202) 555-0142"
    )
    assert is_clear_of_the_box(widget, "#number-problem")
    expect(number).to_have_value("202 555 0123")
    expect(name).to_have_value("Ann")
    widget.page.unroute("**/widget/contact")
    widget.frame.get_by_role("button", name="Leave this number").click()
    expect(widget.frame.get_by_role("status")).to_contain_text("That does not replace your call")


def test_the_next_chat_knows_nothing_of_a_number(widget: Widget) -> None:
    widget.ask("can I speak with a person please")
    widget.frame.get_by_label("Telephone number").fill("202 555 0123")
    widget.frame.get_by_role("button", name="Leave this number").click()
    expect(widget.frame.get_by_text("You left this number")).to_be_visible()
    end(widget)
    widget.frame.get_by_role("button", name="Start a new chat").click()
    widget.frame.get_by_role("button", name="I agree").click()
    expect(widget.box).to_be_focused()
    expect(widget.frame.locator("#contact")).to_be_hidden()
    widget.ask("can I speak with a person please")
    expect(widget.frame.get_by_label("Telephone number")).to_have_value("")


def test_escape_closes_it_and_the_focus_is_where_it_should_be(widget: Widget) -> None:
    widget.box.press("Escape")
    expect(widget.page.locator("iframe")).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    expect(widget.launcher).to_have_attribute("aria-expanded", "false")
    widget.launcher.press("Enter")
    expect(widget.box).to_be_focused()
    widget.frame.get_by_role("button", name="Close the chat").click()
    expect(widget.launcher).to_be_focused()


def test_it_is_as_it_was_after_loading_again_and_on_the_website_s_next_page(widget: Widget) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    before = [re.sub(r"\s+", " ", text) for text in widget.frame.locator("#log li").all_inner_texts()]
    for go_on in (widget.page.reload, widget.page.get_by_role("link", name="Another page").click):
        go_on()
        expect(widget.answers).to_have_count(1)
        shown = [re.sub(r"\s+", " ", text) for text in widget.frame.locator("#log li").all_inner_texts()]
        assert shown == before
    widget.ask("and then?")
    expect(widget.own).to_have_count(2)


def test_what_is_typed_without_a_network_is_sent_once_when_it_is_back(widget: Widget) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    widget.page.context.set_offline(True)
    expect(widget.frame.get_by_role("alert")).to_contain_text("no connection")
    expect(widget.frame.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "tel:911")
    widget.ask("Why is X-ray or ultrasound used?")
    expect(widget.frame.locator("#log li.own.pending")).to_have_count(1)
    widget.page.context.set_offline(False)
    expect(widget.answers).to_have_count(2)
    expect(widget.frame.locator("#log li.pending")).to_have_count(0)
    expect(widget.frame.get_by_role("alert")).to_be_hidden()
    widget.page.reload()
    expect(widget.answers).to_have_count(2)
    assert widget.said() == [QUESTION, "Why is X-ray or ultrasound used?"]


def test_what_was_typed_without_a_network_survives_loading_again(widget: Widget) -> None:
    widget.page.route("**/widget/messages", lambda route: route.abort())
    widget.ask()
    expect(widget.frame.locator("#log li.own.pending")).to_have_count(1)
    expect(widget.frame.get_by_role("status")).to_contain_text("did not get through")
    widget.page.unroute("**/widget/messages")
    widget.page.reload()
    expect(widget.answers).to_have_count(1)
    assert widget.said() == [QUESTION]


def test_an_answer_that_was_lost_on_its_way_is_there_once(widget: Widget) -> None:
    sent: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()  # Hipline has answered, and the page does not learn of it this way
            route.abort()
        else:
            route.continue_()

    widget.page.route("**/widget/messages", lose_the_first)
    widget.ask()
    expect(widget.answers).to_have_count(1)
    expect(widget.frame.get_by_role("status")).to_be_empty()
    ids = [json.loads(body or "")["message_id"] for body in sent]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert widget.said() == [QUESTION]
    expect(widget.answers).to_have_count(1)


def test_what_was_said_while_the_network_was_away_is_not_missed(widget: Widget, hipline: Hipline) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    [token] = token_of(widget)
    widget.page.context.set_offline(True)
    say(hipline, token, "Why is X-ray or ultrasound used?", "elsewhere-1")
    widget.page.context.set_offline(False)
    expect(widget.answers).to_have_count(2)
    assert widget.said() == [QUESTION, "Why is X-ray or ultrasound used?"]


def test_each_reply_comes_into_the_log_once(widget: Widget) -> None:
    widget.log.evaluate(
        """log => { window.added = []; new MutationObserver(changes => changes.forEach(change =>
        change.addedNodes.forEach(node => window.added.push(node.className)))).observe(log, { childList: true }) }"""
    )
    widget.ask()
    expect(widget.answers).to_have_count(1)
    expect(widget.frame.get_by_role("status")).to_be_empty()
    assert widget.log.evaluate("() => window.added") == ["own pending", "reply none"]
    assert widget.frame.get_by_role("log").count() == 1


def test_news_while_it_is_closed_is_counted_on_its_button(widget: Widget, hipline: Hipline) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    widget.box.press("Escape")
    [token] = token_of(widget)
    say(hipline, token, "Why is X-ray or ultrasound used?", "elsewhere-1")
    expect(widget.launcher).to_have_attribute("aria-label", re.compile("1 new"))
    widget.launcher.click()
    expect(widget.answers).to_have_count(2)
    widget.box.press("Escape")
    expect(widget.launcher).not_to_have_attribute("aria-label", re.compile("new"))


def test_an_answer_can_be_called_helpful(widget: Widget) -> None:
    widget.ask()
    group = widget.frame.get_by_role("group", name="Was this helpful?")
    group.get_by_role("button", name="Yes").click()
    expect(group.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
    expect(widget.frame.get_by_role("status")).to_contain_text("Thank you")
    widget.page.reload()
    expect(group.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")


def test_the_conversation_can_be_saved(widget: Widget) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    widget.frame.get_by_text("More", exact=True).click()
    with widget.page.expect_download() as download:
        widget.frame.get_by_role("link", name="Save the conversation").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert QUESTION in text
    assert SECTION in text


def test_end_and_delete_leaves_nothing_and_begins_anew(widget: Widget) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    [before] = token_of(widget)
    widget.frame.get_by_text("More", exact=True).click()
    widget.frame.get_by_role("link", name="End and delete").click()
    widget.frame.get_by_role("button", name="Yes, delete it").click()
    expect(widget.frame.get_by_text("The chat is deleted.")).to_be_visible()
    assert token_of(widget) != [before]
    widget.frame.get_by_role("button", name="Start a new chat").click()
    widget.frame.get_by_role("button", name="I agree").click()
    expect(widget.box).to_be_focused()
    expect(widget.own).to_have_count(0)


def test_after_a_warning_sign_it_is_said_honestly_what_is_kept(widget: Widget) -> None:
    widget.ask(RED_FLAG)
    expect(widget.frame.locator("#log li.emergency")).to_have_count(1)
    widget.frame.get_by_text("More", exact=True).click()
    widget.frame.get_by_role("link", name="End and delete").click()
    widget.frame.get_by_role("button", name="Yes, delete it").click()
    expect(widget.frame.get_by_text("kept until a person")).to_be_visible()


# Between visitors


def test_two_visitors_see_nothing_of_each_other(widget: Widget, browser: Browser, site: str) -> None:
    widget.ask("I am Anna, does it hurt?")
    expect(widget.own).to_have_count(1)
    other = Widget(visit(browser, site)).open()
    other.ask("I am Bert, does it hurt?")
    expect(other.own).to_have_count(1)
    assert other.said() == ["I am Bert, does it hurt?"]
    assert widget.said() == ["I am Anna, does it hurt?"]
    other.page.context.close()


def test_the_next_one_at_a_shared_computer_sees_nothing_of_it(widget: Widget, site: str) -> None:
    widget.ask()
    expect(widget.answers).to_have_count(1)
    later = widget.page.context.new_page()  # another tab of the same browser
    later.goto(site)
    next_one = Widget(later).open(agree=False)
    expect(next_one.frame.get_by_role("button", name="I agree")).to_be_visible()
    expect(next_one.own).to_have_count(0)


def test_a_website_that_is_not_named_can_not_show_it(browser: Browser, hipline: Hipline) -> None:
    with website(hipline.url, free_port()) as elsewhere:
        page = visit(browser, elsewhere)
        page.get_by_role("button", name="Ask Hipline").click()
        with page.expect_event("console", lambda said: "frame-ancestors" in said.text):
            page.reload()
        expect(page.frame_locator("iframe").get_by_role("button", name="I agree")).to_have_count(0)
        page.context.close()


def test_no_word_and_no_secret_is_in_an_address(browser: Browser, site: str) -> None:
    page = visit(browser, site)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(unlogged(request)))
    widget = Widget(page).open()
    widget.ask()
    expect(widget.answers).to_have_count(1)
    [token] = token_of(widget)
    assert any("/widget/events" in url for url in asked)
    assert not [url for url in asked if token in url or "infusion" in url]
    assert page.context.cookies() == []
    page.context.close()


# What people write stays text


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script><b>bold</b> &lt;i&gt;"])
def test_html_in_a_message_stays_text(widget: Widget, text: str) -> None:
    widget.ask(text)
    expect(widget.frame.locator("#log li.reply:not(.greeting)")).to_have_count(1)
    for _ in range(2):
        assert widget.said() == [text]
        assert widget.log.locator(":is(img, script, b, i)").count() == 0
        widget.page.reload()
        expect(widget.own).to_have_count(1)


def test_a_word_of_2000_characters_breaks_nothing_on_the_narrowest_telephone(browser: Browser, site: str) -> None:
    page = visit(browser, site, viewport={"width": 320, "height": 568})
    widget = Widget(page).open()
    widget.ask("w" * 2000)
    expect(widget.frame.locator("#log li.reply:not(.greeting)")).to_have_count(1)
    assert no_scrolling_sideways(page)
    page.context.close()


def test_nothing_of_the_website_s_style_gets_in(widget: Widget) -> None:
    size = widget.frame.get_by_role("button", name="Send").evaluate("button => getComputedStyle(button).fontSize")
    assert float(size.removesuffix("px")) >= 16
    widget.box.press("Escape")
    assert widget.launcher.evaluate("button => getComputedStyle(button).color") == "rgb(255, 255, 255)"


def is_clear_of_the_box(widget: Widget, part: str) -> bool:
    """Whether a part is seen whole between the head and the box, which stay in place."""
    return widget.log.evaluate(
        """(_, part) => {
            const box = (name) => document.querySelector(name).getBoundingClientRect();
            return box(part).height > 0 && box(part).top >= box("header").bottom && box(part).bottom <= box("#ask").top;
        }""",
        part,
    )


def end(widget: Widget) -> None:
    """Ends the chat and has it deleted."""
    widget.frame.get_by_text("More", exact=True).click()
    widget.frame.get_by_role("link", name="End and delete").click()
    widget.frame.get_by_role("button", name="Yes, delete it").click()


def unlogged(request: Request) -> str:
    """The address of a request."""
    return request.url


def token_of(widget: Widget) -> list[str]:
    """The visitor's secret, as the frame keeps it."""
    found = widget.log.evaluate("() => sessionStorage.getItem('hipline.token')")
    return [found] if found else []


def say(hipline: Hipline, token: str, text: str, message_id: str) -> None:
    """Says something in a visitor's conversation, as another page of theirs would."""
    import requests

    response = requests.post(
        f"{hipline.url}/widget/messages",
        json={"text": text, "message_id": message_id},
        headers={"Authorization": f"Visitor {token}"},
        timeout=30,
    )
    assert response.status_code == 200, response.text
