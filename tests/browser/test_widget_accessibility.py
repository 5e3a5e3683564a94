"""The widget in each of its states, as axe and a keyboard find it: in light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.axe import violations
from tests.browser.widgets import ARGUMENTS, CHROMIUM, RED_FLAG, Widget, no_scrolling_sideways, visit, website
from tests.conftest_processes import Hipline

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WIDE, PHONE = {"width": 1000, "height": 800}, {"width": 320, "height": 568}
SMALL = """() => [...document.querySelectorAll(
        "button, summary, textarea, input:not([type=hidden]), #menu a, .calls a")]
    .filter(one => one.checkVisibility()).map(one => [one.id || one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([_, box]) => box.height < 44 || box.width < 44).map(([name]) => name)"""


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


def found(page: Page) -> list[str]:
    """What is wrong with the website's page and the widget's frame as they are now."""
    wrong = [problem for frame in page.frames for problem in violations(frame)]
    if not no_scrolling_sideways(page):
        wrong.append("it scrolls sideways")
    for frame in page.frames[1:]:
        wrong += [f"too small to touch: {name}" for name in frame.evaluate(SMALL)]
    return wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_in_any_state(browser: Browser, site: str, scheme: str, size: dict[str, int]) -> None:
    page = visit(browser, site, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    widget = Widget(page)
    expect(widget.launcher).to_be_visible()
    wrong = {"closed": found(page)}
    widget.open(agree=False)
    expect(widget.frame.get_by_role("button", name="I agree")).to_be_visible()
    wrong["consent"] = found(page)
    widget.frame.get_by_role("button", name="I agree").click()
    expect(widget.frame.locator("#choices button").first).to_be_visible()
    wrong["open"] = found(page)
    widget.ask()
    expect(widget.answers).to_have_count(1)
    widget.frame.get_by_role("button", name="Yes").click()
    expect(widget.frame.get_by_role("status")).to_contain_text("Thank you")
    wrong["answer"] = found(page)
    widget.frame.get_by_text("More", exact=True).click()
    wrong["menu"] = found(page)
    widget.frame.get_by_role("link", name="End and delete").click()
    expect(widget.frame.get_by_role("dialog")).to_be_visible()
    wrong["question"] = found(page)
    widget.frame.get_by_role("button", name="No, keep it").click()
    widget.ask(RED_FLAG)
    expect(widget.frame.locator("#log li.emergency")).to_have_count(1)
    expect(widget.frame.get_by_label("Telephone number")).to_be_visible()
    wrong["emergency"] = found(page)
    widget.frame.get_by_label("Telephone number").fill("555")
    widget.frame.get_by_role("button", name="Leave this number").click()
    expect(widget.frame.locator("#leave").get_by_role("alert")).to_be_visible()
    wrong["refused number"] = found(page)
    widget.frame.get_by_label("Telephone number").fill("(202) 555-0123")
    widget.frame.get_by_role("button", name="Leave this number").click()
    expect(widget.frame.get_by_text("You left this number")).to_be_visible()
    wrong["number"] = found(page)
    widget.frame.get_by_text("Change the number").click()
    expect(widget.frame.get_by_label("Telephone number")).to_be_visible()
    wrong["changing the number"] = found(page)
    page.context.set_offline(True)
    expect(widget.frame.get_by_role("alert")).to_be_visible()
    widget.ask("are you there?")
    wrong["offline"] = found(page)
    page.context.set_offline(False)
    expect(widget.frame.locator(".pending")).to_have_count(0)
    expect(widget.frame.get_by_role("alert")).to_be_hidden()
    expect(widget.answers).to_have_count(2)  # what was asked without a network is answered too
    widget.frame.get_by_text("More", exact=True).click()
    widget.frame.get_by_role("link", name="End and delete").click()
    widget.frame.get_by_role("button", name="Yes, delete it").click()
    expect(widget.frame.get_by_role("button", name="Start a new chat")).to_be_visible()
    wrong["ended"] = found(page)
    assert {state: problems for state, problems in wrong.items() if problems} == {}
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_plain_page(browser: Browser, hipline: Hipline, scheme: str) -> None:
    page = visit(browser, "about:blank", color_scheme=scheme)
    page.route("**/static/chat/*.js", lambda route: route.abort())  # axe itself is JavaScript
    page.goto(hipline.url)
    wrong = {}
    for state, step in {
        "consent": lambda: None,
        "chat": lambda: page.get_by_role("button", name="I agree").click(),
        "answer": lambda: ask(page, "Is it an infusion or an injection?"),
        "emergency": lambda: ask(page, RED_FLAG),
        "refused number": lambda: leave(page, "555"),
        "number": lambda: leave(page, "(202) 555-0123"),
        "question": lambda: page.goto(f"{hipline.url}/chat/forget"),
        "ended": lambda: page.get_by_role("button", name="Yes, delete it").click(),
    }.items():
        step()
        wrong[state] = violations(page.main_frame)
    assert {state: problems for state, problems in wrong.items() if problems} == {}
    page.context.close()


def test_at_200_percent_everything_is_there_and_nothing_lies_over_the_box(browser: Browser, site: str) -> None:
    page = visit(browser, site, viewport={"width": 640, "height": 400}, device_scale_factor=2)
    widget = Widget(page).open()
    widget.ask()
    expect(widget.answers).to_have_count(1)
    widget.box.scroll_into_view_if_needed()
    expect(widget.frame.get_by_role("button", name="Send")).to_be_in_viewport()
    assert no_scrolling_sideways(page)
    page.context.close()


def test_with_forced_colors_an_emergency_still_stands_out(browser: Browser, site: str) -> None:
    page = visit(browser, site, forced_colors="active")
    widget = Widget(page).open()
    widget.ask(RED_FLAG)
    emergency = widget.frame.locator("#log li.emergency")
    width = "item => parseFloat(getComputedStyle(item).borderTopWidth)"
    assert emergency.evaluate(width) > widget.own.first.evaluate(width)
    page.context.close()


def test_nothing_moves_for_who_wants_less_motion(browser: Browser, site: str) -> None:
    page = visit(browser, site, reduced_motion="reduce")
    widget = Widget(page).open()
    widget.frame.locator("#writing").evaluate("item => { item.hidden = false }")
    assert widget.frame.locator("#writing .dots").evaluate("dots => getComputedStyle(dots).animationName") == "none"
    page.context.close()


def test_a_log_is_the_list_of_messages_alone(browser: Browser, site: str) -> None:
    page = visit(browser, site)
    widget = Widget(page).open()
    widget.ask()
    expect(widget.answers).to_have_count(1)
    widget.ask(RED_FLAG)
    expect(widget.frame.locator("#contact")).to_be_visible()
    log = widget.frame.get_by_role("log")
    expect(log).to_have_count(1)
    assert log.locator("button, textarea, input, form, [role=status], #writing").count() == 0
    page.context.close()


def test_what_was_said_before_is_not_read_aloud_when_a_page_is_loaded(browser: Browser, site: str) -> None:
    page = visit(browser, site)
    page.add_init_script(
        """new MutationObserver(() => document.querySelectorAll("#log li:not(.seen)").forEach(item => {
            item.classList.add("seen");
            (window.heard ??= []).push(item.closest("[aria-live=off]") ? "quietly" : "aloud");
        })).observe(document, { childList: true, subtree: true });"""
    )
    widget = Widget(page).open()
    widget.ask()
    expect(widget.answers).to_have_count(1)
    page.reload()
    expect(widget.answers).to_have_count(1)
    heard = widget.log.evaluate("() => window.heard.slice(1)")  # the first is in the page as it comes
    assert heard == ["quietly"] * len(heard)
    assert len(heard) >= 2
    page.context.close()


def test_the_form_for_a_number_is_not_printed(browser: Browser, site: str) -> None:
    page = visit(browser, site)
    widget = Widget(page).open()
    widget.ask(RED_FLAG)
    expect(widget.frame.locator("#contact")).to_be_visible()
    page.emulate_media(media="print")
    expect(widget.frame.locator("#contact")).to_be_hidden()
    page.context.close()


def leave(page: Page, number: str) -> None:
    """Leaves a number on the plain page."""
    page.get_by_label("Telephone number").fill(number)
    page.get_by_role("button", name="Leave this number").click()
    expect(page.locator("#number-problem" if number == "555" else "#contact-left")).to_be_visible()


def ask(page: Page, text: str) -> None:
    """Sends a message on the plain page, and waits for what it makes of it."""
    before = page.locator("#log li.own").count()
    page.get_by_label("Your question").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#log li.own")).to_have_count(before + 1)
