"""Who may see a page of the desk, and from where a form may come."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from starlette.testclient import TestClient

from bot.care.staff import accounts
from bot.care.tables import Staff
from bot.gateway.desk.access import COOKIE, csrf
from bot.settings import ROOT
from tests.gateway.conftest import OpenGateway, state_of
from tests.gateway.desk.conftest import a_browser, an_account, post, sign_in, signed_in_as

PAGES = ["/desk/account", "/desk/staff", "/desk/audit"]
FORMS = [
    "/desk/account/password",
    "/desk/account/codes",
    "/desk/account/codes/confirm",
    "/desk/account/codes/off",
    "/desk/account/others",
    "/desk/signout",
    "/desk/staff",
    "/desk/staff/0123/link",
    "/desk/staff/0123/disable",
]
HTML = {"Accept": "text/html"}


def still_signed_in(browser: TestClient) -> bool:
    return browser.get("/desk/account").status_code == 200


# --- Without a session


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_sent_to_sign_in_first(gateway: TestClient, path: str) -> None:
    response = a_browser(gateway).get(path + "?days=7&q=a+b")
    assert response.status_code == 303
    target = response.headers["location"]
    assert target == f"/desk/signin?next={path.replace('/', '%2F')}%3Fdays%3D7%26q%3Da%2Bb"
    assert f'name="next" value="{path}?days=7&amp;q=a+b"' in a_browser(gateway).get(target).text


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_a_session_is_refused(gateway: TestClient, path: str) -> None:
    assert a_browser(gateway).post(path, data={"csrf": csrf("")}).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"HX-Request": "true"}, {"Accept": "text/event-stream"}, {"Sec-Fetch-Mode": "cors"}]
)
def test_what_a_script_asks_for_is_refused_and_not_answered_with_a_form(
    gateway: TestClient, headers: dict[str, str]
) -> None:
    response = a_browser(gateway).get("/desk/account", headers=headers)
    assert response.status_code == 401
    assert response.headers["hx-redirect"] == "/desk/signin"


@pytest.mark.parametrize("forged", ["", "x", "0" * 43, "x" * 5000, "../../etc/passwd", '" OR 1=1 --'])
def test_a_forged_cookie_is_none(gateway: TestClient, forged: str) -> None:
    signed_in_as(gateway, "admin")
    browser = a_browser(gateway)
    browser.cookies.set(COOKIE, forged, path="/desk")
    assert browser.get("/desk/staff").status_code == 303
    assert post(browser, "/desk/account/others").status_code == 401


def test_the_cookie_is_for_the_desk_alone_and_for_no_script(gateway: TestClient) -> None:
    account, browser = an_account(gateway), a_browser(gateway)
    cookies = sign_in(browser, account.name).headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"hipline_desk", "hipline_desk_known"}
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/desk"} <= parts
        assert "secure" not in parts


@pytest.mark.parametrize("how", [{"base_url": "https://testserver"}, {"public_url": "https://hip.example.org"}])
def test_behind_tls_the_cookie_is_for_tls_alone(open_gateway: OpenGateway, how: dict[str, str]) -> None:
    gateway = open_gateway(**how)  # type: ignore[arg-type]
    account, browser = an_account(gateway), a_browser(gateway)
    browser.base_url = "https://testserver"
    for cookie in sign_in(browser, account.name).headers.get_list("set-cookie"):
        assert "; Secure" in cookie


# --- Sessions end


def test_a_session_that_was_ended_by_signing_out_is_worth_nothing(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    token = browser.cookies[COOKIE]
    assert post(browser, "/desk/signout").status_code == 303
    browser.cookies.set(COOKIE, token, path="/desk")
    assert not still_signed_in(browser)


def test_a_session_ends_when_nobody_uses_it_and_at_the_latest_after_a_day(gateway: TestClient) -> None:
    start = dt.datetime(2030, 1, 1, tzinfo=dt.timezone.utc)
    with time_machine.travel(start, tick=False) as clock:
        used, left = signed_in_as(gateway, "clinician"), signed_in_as(gateway, "clinician")
        for hours in range(7, 24, 7):
            clock.move_to(start + dt.timedelta(hours=hours))
            assert still_signed_in(used)
        assert not still_signed_in(left)
        clock.move_to(start + dt.timedelta(hours=24))
        assert not still_signed_in(used)


def test_who_is_disabled_is_out_with_the_next_request(gateway: TestClient) -> None:
    browser, account = signed_in_as(gateway, "clinician"), an_account(gateway, "clinician")
    with state_of(gateway).store.write() as session:
        accounts.disable(session, session.get(Staff, account.id), by="the tests")
    assert not still_signed_in(browser)


def test_nobody_s_session_is_another_s(gateway: TestClient) -> None:
    one, other = signed_in_as(gateway, "clinician"), signed_in_as(gateway, "front_desk")
    assert "Dr. Clara Lin" in one.get("/desk/account").text
    assert "Fran Desk" in other.get("/desk/account").text
    assert "Dr. Clara Lin" not in other.get("/desk/account").text


# --- Forms


def test_a_form_without_its_token_is_refused_and_does_nothing(gateway: TestClient) -> None:
    browser, other = signed_in_as(gateway, "clinician"), signed_in_as(gateway, "clinician")
    assert browser.post("/desk/account/others").status_code == 403
    assert browser.post("/desk/account/others", data={"csrf": ""}).status_code == 403
    assert browser.post("/desk/account/others", data={"csrf": "\u00e9"}).status_code == 403
    assert browser.post("/desk/account/others?csrf=" + csrf(browser.cookies[COOKIE])).status_code == 403
    assert still_signed_in(other)


def test_another_session_s_token_is_refused(gateway: TestClient) -> None:
    browser, other = signed_in_as(gateway, "clinician"), signed_in_as(gateway, "clinician")
    assert browser.post("/desk/account/others", data={"csrf": csrf(other.cookies[COOKIE])}).status_code == 403
    assert still_signed_in(other)


def test_the_token_may_come_as_a_header(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    token = csrf(browser.cookies[COOKIE])
    assert browser.post("/desk/account/others", headers={"X-CSRF-Token": token}).status_code == 303
    assert browser.post("/desk/account/others", headers={"X-CSRF-Token": token[:-1]}).status_code == 403


def test_the_token_in_a_page_is_not_the_cookie(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    page = browser.get("/desk/account").text
    assert csrf(browser.cookies[COOKIE]) in page
    assert browser.cookies[COOKIE] not in page


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.testserver",
        "http://testserver.evil.example",
        "http://testserver:8080",
        "null",
        "",
        "http://[",
    ],
)
def test_a_form_from_another_site_is_refused_even_with_its_token(gateway: TestClient, origin: str) -> None:
    browser = signed_in_as(gateway, "clinician")
    fields = {"csrf": csrf(browser.cookies[COOKIE])}
    assert browser.post("/desk/account/others", data=fields, headers={"Origin": origin}).status_code == 403


def test_a_form_from_our_own_pages_is_taken(gateway: TestClient, open_gateway: OpenGateway) -> None:
    for client, origin in (
        (gateway, "http://testserver"),
        (open_gateway(public_url="http://hip.example.org/line"), "http://hip.example.org"),
    ):
        browser = signed_in_as(client, "clinician")
        fields = {"csrf": csrf(browser.cookies[COOKIE])}
        done = browser.post("/desk/account/others", data=fields, headers={"Origin": origin})
        assert done.status_code == 303


def test_a_form_that_is_too_large_is_refused(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    assert post(browser, "/desk/account/others", note="x" * 70_000).status_code == 413
    assert post(browser, "/desk/account/others", **{f"field{number}": "" for number in range(200)}).status_code == 400


# --- Roles


@pytest.mark.parametrize("role", ["front_desk", "clinician"])
@pytest.mark.parametrize("path", ["/desk/staff", "/desk/audit"])
def test_only_admins_see_accounts_and_the_audit_log(gateway: TestClient, role: accounts.Role, path: str) -> None:
    browser = signed_in_as(gateway, role)
    refused = browser.get(path, headers=HTML)
    assert refused.status_code == 403
    assert "Please ask an admin" in refused.text
    assert path not in browser.get("/desk/account").text
    assert signed_in_as(gateway, "admin").get(path).status_code == 200


def test_who_is_no_admin_changes_no_account(gateway: TestClient) -> None:
    admin, browser = an_account(gateway, "admin"), signed_in_as(gateway, "clinician")
    for change in ("link", "disable", "role", "codes-off", "lift"):
        assert post(browser, f"/desk/staff/{admin.id}/{change}", role="front_desk").status_code == 403
    assert post(browser, "/desk/staff", name="Eve", role="admin").status_code == 403
    with state_of(gateway).store.read() as session:
        assert [account.name for account in accounts.listed(session)] == ["Ada Admin", "Dr. Clara Lin"]


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(gateway: TestClient) -> None:
    browser, _ = signed_in_as(gateway, "admin", "Bob"), an_account(gateway, "admin")
    assert browser.get("/desk/staff").status_code == 200
    with state_of(gateway).store.write() as session:
        accounts.set_role(session, accounts.find(session, "Bob"), "clinician", by="the tests")  # type: ignore[arg-type]
    assert browser.get("/desk/staff").status_code == 403


# --- Pages


@pytest.mark.parametrize("path", ["/desk/signin", "/desk/no-such-page", "/desk/password/x", *PAGES])
def test_every_page_keeps_out_scripts_frames_and_caches(gateway: TestClient, path: str) -> None:
    response = signed_in_as(gateway, "admin").get(path, headers=HTML)
    if path == "/desk/signin":
        response = a_browser(gateway).get(path)
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    for inline in ("<style", " style=", "onclick=", "javascript:", "<script>"):
        assert inline not in response.text


def test_an_error_is_a_page_for_people_and_json_for_programs(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    page = browser.get("/desk/no-such-page", headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page." in page.text
    assert browser.get("/desk/no-such-page").json()["error"]["code"] == "not_found"
    assert browser.get("/no-such-page", headers=HTML).json()["error"]["code"] == "not_found"


def test_a_name_is_shown_as_text_whatever_is_in_it(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "admin", "<script>alert(1)</script>")
    for path in PAGES:
        text = browser.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_navigation_says_where_one_is(gateway: TestClient) -> None:
    text = signed_in_as(gateway, "admin").get("/desk/staff").text
    assert '<a href="/desk/staff" aria-current="page">Admin</a>' in text
    assert text.count("aria-current") == 1
    for name in ("Queue", "Conversations", "Ask", "Patients", "Numbers"):
        assert f">{name}</a>" in text


# --- Colours


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (#rrggbb), as WCAG 2.2 has it."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_and_edges_stand_out_in_light_and_in_dark() -> None:
    css = (ROOT / "bot" / "gateway" / "static" / "desk.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in re.split(r"@media \(prefers", css)[:2]]
    assert [len(scheme) for scheme in schemes] == [15, 15]
    for colours in schemes:
        texts = [(ink, page) for ink in ("ink", "soft", "alarm") for page in ("page", "card")]
        texts += [("main-ink", "main"), *((name, f"{name}-page") for name in ("alarm", "warn", "good"))]
        low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in texts}
        assert {pair: value for pair, value in low.items() if value < 4.5} == {}
        edges = [("edge", "card"), ("main", "card"), ("focus", "page"), ("focus", "card")]
        low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in edges}
        assert {pair: value for pair, value in low.items() if value < 3} == {}
