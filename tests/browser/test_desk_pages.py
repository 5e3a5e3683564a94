"""The desk's pages in the real Chromium: all of them as axe finds them, and what their scripts and forms do.

The gateway is the real one with a stand-in for Rasa, in this process: nothing here is about Rasa.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.care import database
from bot.care.database import Store
from bot.gateway.app import create_app
from bot.run.ports import free_port
from tests.browser import desk_states
from tests.browser.axe import SOURCE, violations
from tests.browser.desk_states import ADA, EMERGENCY, PASSWORD, follow_ups, talks
from tests.browser.widgets import ARGUMENTS, CHROMIUM, no_scrolling_sideways, visit
from tests.gateway.conftest import PASSWORDS, RASA, FakeRasa, a_button, a_clinic, a_reply, replies

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1200, "height": 800}, {"width": 360, "height": 740}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = {"width": 320, "height": 568}  # where nothing may scroll sideways either
SMALL = """() => [...document.querySelectorAll(
        "button, main a.button, summary, select, textarea, input:not([type=hidden], [type=checkbox], .hidden)")]
    .filter(one => one.checkVisibility()).map(one => [one.id || one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([_, box]) => box.height < 44 || box.width < 44).map(([name]) => name)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the desk of a gateway that has heard something already."""
    settings = a_clinic(tmp_path_factory.mktemp("desk"))
    engine = database.connect(settings.database_url)
    database.migrate(engine)
    store = Store(engine)
    talks(store)
    follow_ups(store)
    engine.dispose()
    rasa = FakeRasa()
    rasa.answer = lambda body: replies(
        a_reply("Call 112 now.", kind="escalation", topic=None, urgency="emergency")
        if body["message"] == EMERGENCY
        else a_reply("It is small.", buttons=[a_button("Is it safe?", "risks_overview")])
    )
    app = create_app(settings, RASA, rasa, passwords=PASSWORDS)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/desk"
    server.should_exit = True
    thread.join(10)


def signed_in(browser: Browser, desk: str, **context: Any) -> Page:
    page = visit(browser, f"{desk}/signin?next=/desk/ask", **context)
    page.get_by_label("Your name").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Ask for a caller")).to_be_visible()
    return page


def found(page: Page) -> list[str]:
    """What is wrong with a page as it is now, in light and dark."""
    wrong = [f"too small to touch: {name}" for name in page.evaluate(SMALL)]
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{problem} ({scheme})" for problem in violations(page.main_frame)]
    size = page.viewport_size
    assert size is not None
    for one in (size, NARROWEST):
        page.set_viewport_size(one)  # type: ignore[arg-type]
        if not no_scrolling_sideways(page):
            wrong.append(f"it scrolls sideways at {one['width']} px")
    page.set_viewport_size(size)
    return wrong


@pytest.mark.skipif(not SOURCE.is_file(), reason="axe is not installed: ./hipline test does it")
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_on_any_of_them(browser: Browser, desk: str, size: dict[str, int]) -> None:
    page = visit(browser, f"{desk}/signin", viewport=size)
    walks = chain(
        desk_states.signing_in(page, desk),
        desk_states.plain_pages(page, desk),
        desk_states.waiting(page, desk),
        desk_states.patients_pages(page, desk),
        desk_states.looking_for(page, desk),
        desk_states.numbers(page, desk),
        desk_states.asking(page, desk),
        desk_states.erasure(page, desk),
        desk_states.a_new_account(page, desk, f"Nia {size['width']}"),
    )
    wrong = [f"{state}: {problem}" for state in walks for problem in found(page)]
    assert wrong == [], "\n".join(wrong)
    assert page.problems == []  # type: ignore[attr-defined]
    page.context.close()


def test_a_question_that_was_not_understood_is_copied_as_an_example(browser: Browser, desk: str) -> None:
    page = signed_in(browser, desk, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{desk}/numbers")
    button = page.locator('button[data-copy="    - my knee"]')
    button.click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "    - my knee"
    assert page.problems == []  # type: ignore[attr-defined]
    page.context.close()


def test_a_leaflet_prints_without_the_desk_around_it(browser: Browser, desk: str, tmp_path: Path) -> None:
    page = signed_in(browser, desk)
    page.goto(f"{desk}/leaflet")
    page.locator("#anesthesia").check()
    page.get_by_role("button", name="Make the leaflet").click()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Desk")).to_be_hidden()
    expect(page.get_by_role("heading", name="When to call")).to_be_visible()
    assert page.pdf(path=tmp_path / "leaflet.pdf")[:5] == b"%PDF-"
    assert page.problems == []  # type: ignore[attr-defined]
    page.context.close()


def test_without_scripts_the_pages_work_as_forms(browser: Browser, desk: str) -> None:
    page = signed_in(browser, desk, java_script_enabled=False)
    page.locator("section .row button").first.click()  # what callers often ask
    expect(page.get_by_text("It is small.")).to_be_visible()
    page.goto(f"{desk}/conversations")
    page.get_by_label("Words").fill("knee")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 conversation.")).to_be_visible()
    page.goto(f"{desk}/numbers")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.context.close()
