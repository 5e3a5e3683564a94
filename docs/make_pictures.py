"""Makes the pictures of README and docs from programs that run: `python -m docs.make_pictures`.

It starts a Hipline of its own with an empty state folder, and a clinic's website that has the widget; conversations are
invented, and some are moved to earlier days, so that there is something to count. All of it is gone at the end.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import requests
from PIL import Image
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect, sync_playwright

from benchmarks.processes import listening
from bot.run.ports import free_port

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
LARGEST = 150_000  # bytes of a picture
STARTING = 1200.0  # seconds, with a training where the model is missing
PATIENCE = 30_000  # milliseconds
STAFF, PASSWORD = "Kim Alvarez", "correct-horse-9-battery"
CLINIC = (
    "clinic_name: Lakeside Hip Clinic\nclinic_phone: (202) 555-0142\nclinic_hours: Monday to Friday, 8 am to 5 pm\n"
)

QUESTIONS = ["how do they know the needle is in the right spot", "what about diabetics?", "how long does that last"]
THROAT = "my throat feels tight and my lips are swelling since the shot"
FEVER = "I have had a fever and shaking chills since my hip injection yesterday"
COMMON = (
    "does it hurt?",
    "how long does it take to work",
    "can I drive home afterwards",
    "what are the risks",
    "is it an infusion or an injection?",
    "I'm on blood thinners, is that a problem",
    "can I eat before",
    "what is in the shot",
    "how often can I have one",
    "when can I walk the dog again",
    "will it raise my blood sugar",
    "who does the injection",
    "what is the dye for",
    "can I swim",
    "can I take ibuprofen",
    "do you do knees too",
    "is my cousin's clinic any good",
)
SIGNS = ("there is pus coming out of the spot and it is hot", "my leg went numb and weak this morning", FEVER)
# Each with who waits: channel, conversation, message, and for how many minutes so far.
WAITING = (
    ("web", "throat", "I can't breathe properly and my face is swelling", 1),
    ("sms", "+12025550123", "the place where the needle went in is red and hot, and it is spreading", 11),
    ("web", "person", "I would like to talk to a person please", 38),
)
TIMES = {
    "conversations": ("id", ("created_at",)),
    "messages": ("conversation_id", ("received_at", "answered_at")),
    "entries": ("conversation_id", ("at",)),
    "escalations": ("conversation_id", ("raised_at", "waiting_since", "acknowledged_at", "resolved_at")),
    "handoffs": ("conversation_id", ("began_at", "waiting_since")),
}


@dataclass(frozen=True)
class Hipline:
    """A Hipline that runs: its address, the key of its API, and its state folder."""

    url: str
    key: str
    state: Path

    def call(self, how: str, path: str, **body: str) -> Any:
        """Asks its API, by GET or POST."""
        headers = {"Authorization": f"Bearer {self.key}"}
        response = requests.request(how, f"{self.url}/api/{path}", json=body or None, headers=headers, timeout=60)
        response.raise_for_status()
        return response.json()

    def write(self, text: str, name: str, channel: str = "web") -> None:
        """A message, which is answered."""
        self.call("POST", "messages", conversation=name, channel=channel, text=text)

    def resolve_all(self) -> None:
        """No warning sign is open any more."""
        for one in self.call("GET", "escalations"):
            for act in ("acknowledge", "resolve"):
                self.call("POST", f"escalations/{one['id']}/{act}", by=STAFF)

    def move(self, name: str, by: str) -> None:
        """Moves a conversation in time, as SQLite says it: `-3 days`."""
        with contextlib.closing(sqlite3.connect(self.state / "hipline.db", timeout=30)) as database, database:
            found = database.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
            for table, (key, columns) in TIMES.items():
                for column in columns:
                    moved = f"strftime('%Y-%m-%d %H:%M:%f000', {column}, ?)"
                    database.execute(f"UPDATE {table} SET {column} = {moved} WHERE {key} = ?", (by, *found))  # noqa: S608


@contextlib.contextmanager
def running(folder: Path, website: str) -> Iterator[tuple[Hipline, dict[str, str]]]:
    """A Hipline that is ready, as `./hipline up` starts it, and the environment that its other commands need."""
    (folder / "clinic.yml").write_text(CLINIC, encoding="utf-8")
    hipline = Hipline(f"http://127.0.0.1:{(port := free_port())}", secrets.token_hex(16), folder / "state")
    given = {
        "STATE": hipline.state,
        "CONFIG": folder / "clinic.yml",
        "CONTACTS": folder / "contacts.yml",
        "PORT": port,
        "API_KEY": hipline.key,
        "WIDGET_ORIGINS": website,
        "VISITOR_LIMIT": "1000/minute",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("HIPLINE_")}
    environment = {**others, **{f"HIPLINE_{name}": str(value) for name, value in given.items()}}
    output = folder / "output"
    with output.open("wb") as terminal:
        process = subprocess.Popen(command("up"), cwd=HERE.parent, env=environment, stdout=terminal, stderr=terminal)
    try:
        end = time.monotonic() + STARTING
        while "is ready" not in output.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"Hipline did not start:\n{output.read_text()}")
            time.sleep(0.2)
        yield hipline, environment
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def command(*arguments: str) -> list[str]:
    """A command as ./hipline runs it, in the environment that this program runs in."""
    return [sys.executable, "-W", "ignore", "-m", "bot", *arguments]


@contextlib.contextmanager
def clinic_website(port: int, hipline: str) -> Iterator[None]:
    """A clinic's website, whose pages have the widget of the Hipline at that address."""
    page = (HERE / "clinic_page.html").read_text(encoding="utf-8")

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The same page under every address."""
            body = page.replace("{hipline}", hipline).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with listening(Pages, port):
        yield


def earlier_days(hipline: Hipline) -> None:
    """Conversations of the last weeks, some with a warning sign that was dealt with: what the numbers count."""
    chance = random.Random(7)
    days = [day for day in range(1, 29) for _ in range(chance.randint(4, 11) if day % 7 > 1 else 2)]
    for number, day in enumerate(days):
        hipline.write(chance.choice(COMMON), f"day {number}")
        hipline.move(f"day {number}", f"-{day * 24 * 60 + chance.randint(0, 180)} minutes")
    for number, day in enumerate((2, 5, 6, 11, 17, 18, 24)):
        name = f"sign {number}"
        hipline.write(SIGNS[number % len(SIGNS)], name)
        hipline.move(name, f"-{chance.randint(1, 9)} minutes")  # so long it waited
        hipline.resolve_all()
        hipline.move(name, f"-{day} days")


class Camera:
    """Pages in a browser, and the pictures of them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextlib.contextmanager
    def page(self, url: str, width: int, height: int, **more: Any) -> Iterator[Page]:
        """A page as somebody has it who is there for the first time."""
        size = {"width": width, "height": height}
        context = self._browser.new_context(viewport=size, locale="en-US", reduced_motion="reduce", **more)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(url)
        yield page
        context.close()

    @staticmethod
    def take(page: Page, name: str, last: Locator | None = None) -> None:
        """A picture of what is to be seen, or of the page from its top to the end of `last`."""
        file = PICTURES / f"{name}.png"
        page.evaluate("document.activeElement.blur()")
        if last is None:
            page.screenshot(path=file)
        else:
            box, size = last.bounding_box(), page.viewport_size
            assert box is not None
            assert size is not None
            height = box["y"] + box["height"] + page.evaluate("scrollY") + 16
            area = {"x": 0, "y": 0, "width": size["width"], "height": height}
            page.screenshot(path=file, full_page=True, clip=area)  # type: ignore[arg-type]
        with Image.open(file) as picture:
            fewer = picture.convert("RGB").quantize(
                256, dither=Image.Dither.NONE
            )  # a third of the size, none of the looks
        fewer.save(file, optimize=True)
        if file.stat().st_size > LARGEST:
            raise SystemExit(f"{file.name} is too large: {file.stat().st_size} bytes")


def write(chat: Page | FrameLocator, text: str) -> None:
    """A patient's message, and the answer to it."""
    before = chat.locator("#log .reply:not(.greeting)").count()
    chat.get_by_label("Your question").fill(text)
    chat.get_by_role("button", name="Send").click()
    chat.locator("#log .reply:not(.greeting)").nth(before).wait_for()


def open_widget(page: Page) -> FrameLocator:
    """The chat in its frame, opened and agreed to."""
    page.get_by_role("button", name="Ask Hipline").click()
    chat = page.frame_locator("iframe")
    chat.get_by_role("button", name="I agree").click()
    chat.get_by_label("Your question").wait_for()
    return chat


def chat_pictures(camera: Camera, site: str, hipline: Hipline) -> None:
    """The chat's own page, and the widget on the website."""
    with camera.page(hipline.url, 760, 1080) as page:
        page.get_by_role("button", name="I agree").click()
        for question in QUESTIONS:
            write(page, question)
        camera.take(page, "chat", page.locator("#ask"))
    with camera.page(site, 1000, 600) as page:
        page.get_by_role("button", name="Ask Hipline").wait_for()
        camera.take(page, "widget-closed")
        page.set_viewport_size({"width": 1000, "height": 720})
        chat = open_widget(page)
        write(chat, "what is the dye for")
        camera.take(page, "widget-open")
        write(chat, THROAT)
        camera.take(page, "emergency")
    with camera.page(site, 360, 740, is_mobile=True, has_touch=True) as page:
        write(open_widget(page), QUESTIONS[1])
        camera.take(page, "widget-phone")


def desk_pictures(camera: Camera, site: str, hipline: Hipline) -> None:
    """The desk, and with it the widget of a patient to whom somebody of the staff talks."""
    with (
        camera.page(site, 1000, 720, color_scheme="dark") as patient,
        camera.page(f"{hipline.url}/desk", 1100, 1000) as desk,
    ):
        desk.get_by_label("Your name").fill(STAFF)
        desk.get_by_label("Password").fill(PASSWORD)
        desk.get_by_role("button", name="Sign in").click()
        chat = open_widget(patient)
        write(chat, FEVER)
        desk.locator("#queue tr.open a").click()
        desk.get_by_role("button", name="Take over").click()
        expect(chat.locator("#log")).to_contain_text(f"{STAFF} of Lakeside Hip Clinic is here now")
        desk.get_by_label("Your reply").fill(
            "Hello, I have read it. Can you come in at two today? Dr. Lin will see you."
        )
        desk.get_by_role("button", name=f"Send as {STAFF}").click()
        expect(chat.locator("#log li.staff")).to_have_count(1)
        chat.get_by_label("Your question").fill("Yes, my daughter can drive me.")
        chat.get_by_role("button", name="Send").click()
        expect(desk.locator("#log")).to_contain_text("my daughter can drive me")
        camera.take(patient, "widget-dark")
        camera.take(desk, "desk-conversation", desk.locator("#reply"))
        for channel, name, text, minutes in WAITING:
            hipline.write(text, name, channel)
            hipline.move(name, f"-{minutes} minutes")
        desk.goto(f"{hipline.url}/desk")
        expect(desk.locator("#queue tbody tr")).to_have_count(len(WAITING) + 1)
        camera.take(desk, "desk-queue", desk.locator("#queue"))
        desk.goto(f"{hipline.url}/desk/numbers?days=30")
        camera.take(desk, "desk-numbers", desk.locator("figure.chart").nth(1))


def main() -> None:
    """All of them."""
    PICTURES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with tempfile.TemporaryDirectory() as folder:
        site = f"http://127.0.0.1:{(port := free_port())}"
        with running(Path(folder), site) as (hipline, environment), clinic_website(port, hipline.url):
            adding = command("staff", "add", STAFF, "--role", "clinician")
            subprocess.run(adding, cwd=HERE.parent, env=environment, input=f"{PASSWORD}\n", text=True, check=True)
            earlier_days(hipline)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                camera = Camera(browser)
                chat_pictures(camera, site, hipline)
                hipline.resolve_all()
                desk_pictures(camera, site, hipline)
                browser.close()


if __name__ == "__main__":
    main()
