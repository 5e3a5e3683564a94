"""One's own account."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
import time_machine
from starlette.testclient import TestClient

from bot.gateway.desk.access import COOKIE
from tests.gateway.conftest import state_of
from tests.gateway.desk.conftest import PASSWORD, a_browser, post, sign_in, signed_in_as

NAME = "Dr. Clara Lin"
NEW = "violet lamp 4 oceans"
START = dt.datetime(2031, 1, 1, tzinfo=dt.timezone.utc)


@pytest.fixture
def browser(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "clinician")


def still_signed_in(browser: TestClient) -> bool:
    return browser.get("/desk/account").status_code == 200


def change(browser: TestClient, password: str = PASSWORD, new: str = NEW, again: str | None = None) -> int:
    fields = {"password": password, "new": new, "again": new if again is None else again}
    return post(browser, "/desk/account/password", **fields).status_code


def test_a_new_password_counts_and_the_old_one_does_not(gateway: TestClient, browser: TestClient) -> None:
    assert change(browser) == 303
    assert sign_in(a_browser(gateway), NAME).status_code == 401
    assert sign_in(a_browser(gateway), NAME, NEW).status_code == 303


def test_a_new_password_ends_all_sessions_and_gives_this_browser_a_new_one(
    gateway: TestClient, browser: TestClient
) -> None:
    other, before = signed_in_as(gateway, "clinician"), browser.cookies[COOKIE]
    assert change(browser) == 303
    assert not still_signed_in(other)
    assert still_signed_in(browser)
    assert browser.cookies[COOKIE] != before
    stolen = a_browser(gateway)
    stolen.cookies.set(COOKIE, before, path="/desk")
    assert not still_signed_in(stolen)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "not-the-password-9"}, 403),
        ({"password": ""}, 403),
        ({"new": "short"}, 422),
        ({"new": "password1234"}, 422),
        ({"again": "something else 9"}, 422),
    ],
)
def test_a_password_is_changed_only_where_all_is_well(
    gateway: TestClient, browser: TestClient, fields: dict[str, str], status: int
) -> None:
    assert change(browser, **fields) == status
    assert sign_in(a_browser(gateway), NAME).status_code == 303


def test_a_stolen_session_cannot_guess_the_password_for_long(browser: TestClient) -> None:
    with time_machine.travel(dt.datetime.now(dt.timezone.utc), tick=False):
        assert [change(browser, f"guess number {number}") for number in range(6)] == [403] * 5 + [429]
        assert change(browser) == 429


def test_other_browsers_are_signed_out_on_request(gateway: TestClient, browser: TestClient) -> None:
    other, somebody = signed_in_as(gateway, "clinician"), signed_in_as(gateway, "front_desk")
    assert post(browser, "/desk/account/others").headers["location"] == "/desk/account?done=others"
    assert "signed out" in browser.get("/desk/account?done=others").text
    assert [still_signed_in(one) for one in (browser, other, somebody)] == [True, False, True]


# --- Codes


def begin(browser: TestClient) -> pyotp.TOTP:
    """Asks for codes, and reads the secret from the page as a person would."""
    page = post(browser, "/desk/account/codes", password=PASSWORD)
    assert page.status_code == 200
    assert "<svg" in page.text
    found = re.search(r'<span class="code">([A-Z2-7 ]+)</span>', page.text)
    assert found is not None
    return pyotp.TOTP(found[1].replace(" ", ""))


def test_codes_are_turned_on_with_the_first_right_one_and_then_asked_for(gateway: TestClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        browser, other = signed_in_as(gateway, "clinician"), signed_in_as(gateway, "clinician")
        telephone = begin(browser)
        assert post(browser, "/desk/account/codes/confirm", code="none").status_code == 422
        assert sign_in(a_browser(gateway), NAME).status_code == 303  # not yet asked for
        done = post(browser, "/desk/account/codes/confirm", code=telephone.at(START))
        assert done.status_code == 200
        recovery = re.findall(r'<li class="code">([0-9a-f-]+)</li>', done.text)
        assert len(set(recovery)) == 10
        assert still_signed_in(browser)
        assert not still_signed_in(other)
        clock.move_to(START + dt.timedelta(seconds=30))
        for code in (telephone.at(START + dt.timedelta(seconds=30)), recovery[0]):
            new = a_browser(gateway)
            assert sign_in(new, NAME).status_code == 200
            given = post(new, "/desk/signin/code", code=code)
            assert given.status_code == 303
            assert still_signed_in(new)


def test_the_recovery_codes_are_shown_once(browser: TestClient) -> None:
    with time_machine.travel(dt.datetime.now(dt.timezone.utc), tick=False):
        code = begin(browser).at(dt.datetime.now(dt.timezone.utc))
        assert "<li" in post(browser, "/desk/account/codes/confirm", code=code).text
        again = post(browser, "/desk/account/codes/confirm", code=code)
    assert again.status_code == 422
    assert not re.search(r'<li class="code">', again.text)


def test_without_the_password_codes_are_turned_neither_on_nor_off(gateway: TestClient, browser: TestClient) -> None:
    for path in ("/desk/account/codes", "/desk/account/codes/off"):
        refused = post(browser, path, password="not-the-password-9")
        assert refused.status_code == 403
        assert "<svg" not in refused.text


def test_codes_are_turned_off_with_the_password(gateway: TestClient) -> None:
    with time_machine.travel(START, tick=False):
        browser = signed_in_as(gateway, "clinician")
        post(browser, "/desk/account/codes/confirm", code=begin(browser).at(START))
        assert "A code is asked for" in browser.get("/desk/account").text
        assert post(browser, "/desk/account/codes/off", password=PASSWORD).status_code == 303
        assert "A code is asked for" not in browser.get("/desk/account").text
        assert sign_in(a_browser(gateway), NAME).status_code == 303


def test_a_page_never_shows_the_secret_again(browser: TestClient) -> None:
    secret = begin(browser).secret
    assert secret[:4] not in browser.get("/desk/account").text


def test_the_key_is_a_file_for_its_owner_alone(gateway: TestClient) -> None:
    key = state_of(gateway).settings.state / "desk.key"
    assert key.stat().st_mode & 0o777 == 0o600
