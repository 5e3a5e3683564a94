"""The desk's pages that need no second person, in the real Chromium: numbers, search, asking, leaflet, deletion.

The gateway is the real one with a stand-in for Rasa, in this process: nothing here is about Rasa.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.care import database, messages
from bot.care.database import Store
from bot.care.staff import accounts
from bot.gateway.app import create_app
from bot.replies import Reply
from tests.browser.axe import SOURCE, violations
from tests.browser.widgets import ARGUMENTS, CHROMIUM, no_scrolling_sideways, visit
from tests.conftest_processes import free_port
from tests.gateway.conftest import ACTIONS, PASSWORDS, RASA, FakeRasa, a_button, a_clinic, a_reply, replies

pytestmark = pytest.mark.browser

PASSWORD = "correct-horse-9-battery"
ADA = "Ada Admin"
WIDE, PHONE = {"width": 1100, "height": 800}, {"width": 320, "height": 568}
PAGES = ("/numbers", "/conversations", "/ask", "/leaflet", "/leaflet?topic=anesthesia&topic=risk_infection", "/erasure")
SMALL = """() => [...document.querySelectorAll(
        "button, main a.button, summary, select, textarea, input:not([type=hidden], [type=checkbox])")]
    .filter(one => one.checkVisibility()).map(one => [one.id || one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([_, box]) => box.height < 44 || box.width < 44).map(([name]) => name)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()


def talks(store: Store) -> None:
    """An admin, and a few conversations to count: with long words, with markup, with a warning sign."""
    with store.write() as session:
        account = accounts.add(session, ADA, "admin", by="the tests")
        accounts.set_password(session, account, PASSWORDS.hashed(PASSWORD), by="the tests")
    said: list[tuple[str, str, dict[str, Any]]] = [
        ("web", "what are the risks", {"kind": "answer", "topic": "risks_overview"}),
        ("web", "hip hop <b>hooray</b> " + "y" * 300, {"kind": "clarify"}),
        ("sms", "my knee", {"kind": "out_of_scope"}),
        ("sms", "a fever and chills", {"kind": "escalation", "urgency": "urgent"}),
    ]
    for number, (channel, text, fields) in enumerate(said):
        name = f"+1202555010{number}" if channel == "sms" else f"demo-{number}"
        received = messages.receive(store, channel, name, text, None)
        with store.write() as session:
            messages.answer(session, received.id, [Reply(text="A reply.", **fields)], "rasa")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the desk of a gateway that has heard something already."""
    settings = a_clinic(tmp_path_factory.mktemp("desk"))
    engine = database.connect(settings.database_url)
    database.migrate(engine)
    talks(Store(engine))
    engine.dispose()
    rasa = FakeRasa()
    rasa.answer = lambda _: replies(a_reply("It is small.", buttons=[a_button("Is it safe?", "risks_overview")]))
    app = create_app(settings, RASA, ACTIONS, httpx.MockTransport(rasa), passwords=PASSWORDS)
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
    """What is wrong with a page as it is now."""
    wrong = violations(page.main_frame) + [f"too small to touch: {name}" for name in page.evaluate(SMALL)]
    return wrong if no_scrolling_sideways(page) else [*wrong, "it scrolls sideways"]


@pytest.mark.skipif(not SOURCE.is_file(), reason="axe is not installed: ./hipline test does it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_on_any_of_them(browser: Browser, desk: str, scheme: str, size: dict[str, int]) -> None:
    page = signed_in(browser, desk, viewport=size, color_scheme=scheme)
    wrong = {}
    for path in PAGES:
        page.goto(desk + path)
        wrong[path] = found(page)
    page.goto(f"{desk}/numbers")
    for summary in page.locator("summary").all():
        summary.click()
    wrong["tables"] = found(page)
    page.goto(f"{desk}/ask")
    page.get_by_label("The caller's question").fill("tell me of bruises")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("It is small.")).to_be_visible()
    wrong["answer"] = found(page)
    page.goto(f"{desk}/erasure")
    page.get_by_label("Everything of a telephone number").fill("+12025550102")
    page.get_by_role("button", name="Show what that is").first.click()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    wrong["plan"] = found(page)
    assert {name: problems for name, problems in wrong.items() if problems} == {}
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
