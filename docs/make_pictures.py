"""Makes the pictures of README and docs from a running Hipline: `python docs/make_pictures.py http://127.0.0.1:8000`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent / "pictures"
QUESTIONS = ["how do they know the needle is in the right spot", "what about diabetics?", "how long does that last"]


def ask(page: Page, text: str) -> None:
    """Types one question and waits for its answer."""
    before = page.locator("#log .reply:not(.greeting)").count()
    page.get_by_label("Your question").fill(text)
    page.get_by_role("button", name="Send").click()
    page.locator("#log .reply:not(.greeting)").nth(before).wait_for()


def agree(page: Page) -> None:
    """Agrees to what the page asks first."""
    page.get_by_role("button", name="I agree").click()
    page.get_by_label("Your question").wait_for()


def main(url: str) -> None:
    """One conversation in the light, one in the dark on a telephone."""
    HERE.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 760, "height": 1080})
        page.goto(url)
        agree(page)
        for question in QUESTIONS:
            ask(page, question)
        page.screenshot(path=HERE / "chat.png", full_page=True)
        phone = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
        phone.goto(url)
        agree(phone)
        ask(phone, "my throat feels tight and my lips are swelling since the shot")
        phone.screenshot(path=HERE / "emergency.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
