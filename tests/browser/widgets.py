"""What the browser tests of the widget share: a clinic's website on another port, and the widget on it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

from playwright.sync_api import Browser, Dialog, FrameLocator, Page, expect

from benchmarks.processes import listening
from tests.conftest_processes import ROOT, Hipline, command

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
PASSWORD = "correct-horse-9-battery"
QUESTION = "Is it an infusion or an injection?"
SECTION = "From the document: Frequently Asked Questions"
RED_FLAG = "my throat feels tight and my lips are swelling since the shot"

SITE = """<!doctype html><html lang="en"><head><title>Lakeside Hip Clinic</title>
<style>button {{ font-size: 4px !important; color: red !important }} iframe {{ border: 9px solid red !important }}
</style></head>
<body><main><h1>Lakeside Hip Clinic</h1><p><a href="/other">Another page</a></p></main>
<script src="{hipline}/widget.js" data-clinic="Lakeside Hip Clinic" {more} async></script></body></html>"""


@contextlib.contextmanager
def website(hipline: str, port: int, more: str = "") -> Iterator[str]:
    """A clinic's website, which loads the widget of the Hipline at that address; gives its own."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The same page under every address."""
            body = SITE.format(hipline=hipline, more=more).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            # Strict, as a careful clinic's would be: the widget needs no more than this.
            policy = f"default-src 'self'; script-src {hipline}; frame-src {hipline}; style-src 'unsafe-inline'"
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with listening(Pages, port) as url:
        yield url


class Widget:
    """The widget on a page of the website."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frame: FrameLocator = page.frame_locator("iframe")
        self.launcher = page.get_by_role("button", name="Ask Hipline")
        self.box = self.frame.get_by_label("Your question")
        self.log = self.frame.locator("#log")
        self.answers = self.frame.locator("#log li.reply.none")
        self.own = self.frame.locator("#log li.own")

    def open(self, *, agree: bool = True) -> Widget:
        """Opens it, and agrees to what it asks first."""
        self.launcher.click()
        if agree:
            self.frame.get_by_role("button", name="I agree").click()
            expect(self.box).to_be_focused()
        return self

    def ask(self, text: str = QUESTION) -> None:
        """Types a message and sends it."""
        self.box.fill(text)
        self.box.press("Enter")

    def said(self) -> list[str]:
        """The patient's own words, as the page shows them."""
        return self.frame.locator("#log li.own p:not(.who)").all_inner_texts()


def visit(browser: Browser, url: str, **context: object) -> Page:
    """The website as a new visitor sees it. What its pages do wrong is in `page.problems`."""
    made = browser.new_context(**context)  # type: ignore[arg-type]
    made.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = made.new_page()
    problems: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("dialog", on_dialog)
    page.on("console", lambda said: problems.append(said.text) if "Security Policy" in said.text else None)
    page.problems = problems  # type: ignore[attr-defined]
    page.goto(url)
    return page


def no_scrolling_sideways(page: Page) -> bool:
    """Whether neither the website nor the chat is wider than the window."""
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return all(frame.evaluate(wide) for frame in page.frames)


def a_clinician(hipline: Hipline, name: str) -> str:
    """Makes an account with `PASSWORD`, as a clinic makes it; gives the name."""
    done = subprocess.run(
        command("staff", "add", name, "--role", "clinician"),
        cwd=ROOT,
        env=hipline.environment,
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return name


def sign_in(page: Page, name: str) -> None:
    """Fills in the desk's form and sends it, and waits for the queue that it leads to."""
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
