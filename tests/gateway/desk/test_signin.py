"""Signing in at the desk, and out."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
import time_machine
from starlette.testclient import TestClient

from bot.care import audit
from bot.care.staff import codes, lockout
from bot.care.tables import Staff
from bot.gateway.desk.access import COOKIE
from bot.gateway.desk.door import Door
from bot.gateway.desk.signin import own_path
from tests.gateway.conftest import OpenGateway, state_of
from tests.gateway.desk.conftest import PASSWORD, a_browser, an_account, csrf_of, post, sign_in, signed_in_as

START = dt.datetime(2031, 1, 1, tzinfo=dt.timezone.utc)
WRONG = "not-the-password-9"


def still_signed_in(browser: TestClient) -> bool:
    return browser.get("/desk/account").status_code == 200


def test_who_signs_in_goes_on_to_the_desk_and_out_again(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    assert still_signed_in(browser)
    assert browser.get("/desk/signin").headers["location"] == "/desk"
    done = post(browser, "/desk/signout")
    assert (done.status_code, done.headers["location"]) == (303, "/desk/signin")
    assert browser.get("/desk/signin").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(gateway: TestClient) -> None:
    account, browser = an_account(gateway, "clinician"), a_browser(gateway)
    wrong = sign_in(browser, account.name, WRONG)
    unknown = sign_in(browser, "Nobody Known", WRONG)
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert COOKIE not in browser.cookies
    assert wrong.text.replace(account.name, "") == unknown.text.replace("Nobody Known", "")


def test_the_password_is_never_shown_again(gateway: TestClient) -> None:
    assert WRONG not in sign_in(a_browser(gateway), "Nobody Known", WRONG).text


def test_a_session_is_a_new_one_at_each_sign_in_whatever_cookie_came_with_it(gateway: TestClient) -> None:
    account, browser = an_account(gateway, "clinician"), a_browser(gateway)
    browser.cookies.set(COOKIE, "planted-by-somebody-else", path="/desk")
    sign_in(browser, account.name)
    tokens = [cookie.value for cookie in browser.cookies.jar if cookie.name == COOKIE]
    assert len(tokens[-1] or "") > 40
    other = a_browser(gateway)
    other.cookies.set(COOKIE, "planted-by-somebody-else", path="/desk")
    assert not still_signed_in(other)


def test_the_form_must_come_from_the_browser_that_loaded_it(gateway: TestClient) -> None:
    account, browser, other = an_account(gateway), a_browser(gateway), a_browser(gateway)
    fields = {"name": account.name, "password": PASSWORD}
    assert browser.post("/desk/signin", data=fields).status_code == 403
    token = csrf_of(browser.get("/desk/signin"))
    assert other.post("/desk/signin", data={**fields, "csrf": token}).status_code == 403
    other.get("/desk/signin")
    assert other.post("/desk/signin", data={**fields, "csrf": token}).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    assert browser.post("/desk/signin", data={**fields, "csrf": token}, headers=foreign).status_code == 403
    assert browser.post("/desk/signin", data={**fields, "csrf": token}).status_code == 303


def test_signing_in_leads_to_the_page_that_was_asked_for_and_never_to_another_site(gateway: TestClient) -> None:
    account = an_account(gateway)
    for asked, target in (("/desk/audit?who=Ada", "/desk/audit?who=Ada"), ("https://evil.example/", "/desk")):
        done = sign_in(a_browser(gateway), account.name, next=asked)
        assert done.headers["location"] == target


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("/desk/numbers?days=7", "/desk/numbers?days=7"),
        ("/desk/conversations/0a1b", "/desk/conversations/0a1b"),
        ("/desk", "/desk"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example", "/desk"),
        ("/desk//evil.example", "/desk"),
        ("/desk\\@evil.example", "/desk"),
        ("/desk?\\evil", "/desk"),
        ("/desk@evil.example", "/desk"),
        ("/desk.evil.example", "/desk"),
        ("/deskevil", "/desk"),
        ("/desk/x\r\nLocation: y", "/desk"),
        ("/desk\n", "/desk"),
        ("/desk/signin?next=/desk/signin", "/desk"),
        ("/desk/signout", "/desk"),
        ("/desk/../admin", "/desk"),
        ("/desk/%2e%2e/admin", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("/desk?" + "x" * 500, "/desk"),
        ("", "/desk"),
        (None, "/desk"),
    ],
)
def test_after_signing_in_one_is_sent_to_a_page_of_the_desk_and_nowhere_else(given: str | None, target: str) -> None:
    assert own_path(given) == target


# --- The pause


def test_after_five_failures_one_is_told_how_long_to_wait_and_let_in_afterwards(gateway: TestClient) -> None:
    account, browser = an_account(gateway, "clinician"), a_browser(gateway)
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(lockout.PER_ACCOUNT):
            assert sign_in(browser, account.name, WRONG).status_code == 401
        paused = sign_in(browser, account.name)
        assert (paused.status_code, paused.headers["retry-after"]) == (429, "30")
        assert "Please wait 30 seconds and try again" in paused.text
        assert COOKIE not in browser.cookies
        clock.move_to(START + dt.timedelta(seconds=30))
        assert sign_in(browser, account.name).status_code == 303


def test_an_address_that_tries_many_names_is_paused(gateway: TestClient) -> None:
    browser = a_browser(gateway)
    account = an_account(gateway, "clinician")
    with time_machine.travel(START, tick=False):
        for number in range(lockout.PER_ADDRESS):
            assert sign_in(browser, f"Name {number}", WRONG).status_code == 401
        assert sign_in(browser, account.name).status_code == 429


def test_strangers_keep_nobody_out_of_a_browser_in_which_they_have_signed_in_before(gateway: TestClient) -> None:
    with time_machine.travel(START, tick=False):
        own, stranger = signed_in_as(gateway, "clinician"), a_browser(gateway)
        name, other = an_account(gateway, "clinician").name, an_account(gateway, "front_desk").name
        post(own, "/desk/signout")
        for victim in (name, other):
            for _ in range(lockout.PER_ACCOUNT):
                sign_in(stranger, victim, WRONG)
            assert sign_in(stranger, victim).status_code == 429
        assert sign_in(own, other).status_code == 429  # known for one account, not for all
        assert sign_in(own, name).status_code == 303


def test_a_forged_mark_makes_no_browser_known(gateway: TestClient) -> None:
    account, browser = an_account(gateway, "clinician"), a_browser(gateway)
    browser.cookies.set("hipline_desk_known", "0123." + "0" * 64, path="/desk")
    with time_machine.travel(START, tick=False):
        for _ in range(lockout.PER_ACCOUNT):
            sign_in(browser, account.name, WRONG)
        assert sign_in(a_browser(gateway), account.name).status_code == 429


# --- Codes


@pytest.fixture
def telephone(gateway: TestClient) -> pyotp.TOTP:
    """The telephone of the clinician, whose codes are on since some time."""
    account = an_account(gateway, "clinician")
    door = gateway.app.state.door  # type: ignore[attr-defined]
    assert isinstance(door, Door)
    before = START - dt.timedelta(days=1)
    with state_of(gateway).store.write() as session:
        own = session.get(Staff, account.id)
        codes.begin(session, own)
        made = pyotp.parse_uri(codes.address(own, door.entrance.key, "Lakeside"))
        assert isinstance(made, pyotp.TOTP)
        codes.turn_on(session, own, made.at(before), door.entrance.key, before)
    return made


def half_way(gateway: TestClient) -> tuple[TestClient, dict[str, str]]:
    """A browser that has given the password, and the form for the code."""
    browser = a_browser(gateway)
    page = sign_in(browser, an_account(gateway, "clinician").name, next="/desk/audit")
    assert page.status_code == 200
    assert "The six digits" in page.text
    found = re.search(r'name="next" value="([^"]*)"', page.text)
    assert found is not None
    return browser, {"csrf": csrf_of(page), "next": found[1]}


def test_with_codes_on_the_password_alone_opens_no_page(gateway: TestClient, telephone: pyotp.TOTP) -> None:
    with time_machine.travel(START, tick=False):
        browser, fields = half_way(gateway)
        assert not still_signed_in(browser)
        assert browser.post("/desk/account/others", data=fields).status_code == 401
        half = browser.cookies[COOKIE]
        done = browser.post("/desk/signin/code", data={**fields, "code": telephone.at(START)})
        assert (done.status_code, done.headers["location"]) == (303, "/desk/audit")
        assert browser.cookies[COOKIE] != half
        assert still_signed_in(browser)


def test_a_code_that_somebody_saw_lets_nobody_in_again(gateway: TestClient, telephone: pyotp.TOTP) -> None:
    with time_machine.travel(START, tick=False):
        (first, fields), (second, others) = half_way(gateway), half_way(gateway)
        code = telephone.at(START)
        assert first.post("/desk/signin/code", data={**fields, "code": code}).status_code == 303
        again = second.post("/desk/signin/code", data={**others, "code": code})
        assert again.status_code == 401
        assert "used before" in again.text
        assert not still_signed_in(second)


def test_guessing_codes_ends_in_the_pause(gateway: TestClient, telephone: pyotp.TOTP) -> None:
    with time_machine.travel(START, tick=False):
        browser, fields = half_way(gateway)
        given = [browser.post("/desk/signin/code", data={**fields, "code": "none"}).status_code for _ in range(5)]
        assert given == [401] * 4 + [429]
        right = browser.post("/desk/signin/code", data={**fields, "code": telephone.at(START)})
        assert right.status_code == 429


def test_the_form_for_the_code_needs_its_own_token_and_origin(gateway: TestClient, telephone: pyotp.TOTP) -> None:
    with time_machine.travel(START, tick=False):
        browser, fields = half_way(gateway)
        code = telephone.at(START)
        assert browser.post("/desk/signin/code", data={"code": code}).status_code == 403
        assert a_browser(gateway).post("/desk/signin/code", data={**fields, "code": code}).status_code == 403
        foreign = {"Origin": "https://evil.example"}
        refused = browser.post("/desk/signin/code", data={**fields, "code": code}, headers=foreign)
        assert refused.status_code == 403
        assert browser.post("/desk/signin/code", data={**fields, "code": code}).status_code == 303


def test_who_takes_too_long_begins_again(gateway: TestClient, telephone: pyotp.TOTP) -> None:
    with time_machine.travel(START, tick=False) as clock:
        browser, fields = half_way(gateway)
        late = START + dt.timedelta(minutes=5)
        clock.move_to(late)
        done = browser.post("/desk/signin/code", data={**fields, "code": telephone.at(late)})
        assert done.status_code == 401
        assert "begin again" in done.text


# --- The audit log, and the logs


def test_every_sign_in_failure_and_sign_out_is_in_the_audit_log(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician", "Olga Only")
    sign_in(a_browser(gateway), "Olga Only", WRONG)
    post(browser, "/desk/signout")
    with state_of(gateway).store.read() as session:
        rows = [(row.what, row.about) for row in reversed(audit.listed(session, who="Olga Only"))]
    assert rows[-3:] == [("signed in", "testclient"), ("sign-in failed", "testclient"), ("signed out", None)]


def test_how_long_a_session_lasts_is_the_clinic_s_own_choice(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(desk_session_idle=600.0)
    with time_machine.travel(START, tick=False) as clock:
        browser = signed_in_as(gateway, "clinician")
        clock.move_to(START + dt.timedelta(seconds=599))
        assert still_signed_in(browser)
        clock.move_to(START + dt.timedelta(seconds=599 + 600))
        assert not still_signed_in(browser)
