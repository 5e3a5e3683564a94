"""Signing in at the desk, and out."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from bot.gateway.desk.access import COOKIE
from bot.gateway.desk.signin import own_path
from tests.gateway.desk.conftest import a_browser, an_account, post, sign_in, signed_in_as


def test_who_signs_in_goes_on_to_the_desk_and_out_again(gateway: TestClient) -> None:
    browser = signed_in_as(gateway, "clinician")
    assert browser.get("/desk/signin").headers["location"] == "/desk"
    done = post(browser, "/desk/signout")
    assert (done.status_code, done.headers["location"]) == (303, "/desk/signin")
    assert browser.get("/desk/signin").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(gateway: TestClient) -> None:
    account = an_account(gateway, "clinician")
    browser = a_browser(gateway)
    wrong = sign_in(browser, account.name, "not-the-password-9")
    unknown = sign_in(browser, "Nobody Known", "not-the-password-9")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert COOKIE not in browser.cookies
    assert wrong.text.replace(account.name, "") == unknown.text.replace("Nobody Known", "")


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("/desk/numbers?days=7", "/desk/numbers?days=7"),
        ("/desk", "/desk"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example", "/desk"),
        ("/desk\\@evil.example", "/desk"),
        ("/desk@evil.example", "/desk"),
        ("/deskevil", "/desk"),
        ("/desk/x\r\nLocation: y", "/desk"),
        ("/desk/signin?next=/desk/signin", "/desk"),
        ("/desk/../admin", "/desk"),
        ("javascript:alert(1)", "/desk"),
        (None, "/desk"),
    ],
)
def test_after_signing_in_one_is_sent_to_a_page_of_the_desk_and_nowhere_else(given: str | None, target: str) -> None:
    assert own_path(given) == target
