"""Accounts as admins see and change them; links for passwords; the audit log."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
import time_machine
from starlette.testclient import TestClient

from bot.care import audit
from bot.care.staff import accounts, codes, lockout
from bot.care.tables import Staff
from tests.gateway.conftest import OpenGateway, state_of
from tests.gateway.desk.conftest import a_browser, an_account, csrf_of, post, sign_in, signed_in_as

NEW = "violet lamp 4 oceans"


@pytest.fixture
def admin(gateway: TestClient) -> TestClient:
    return signed_in_as(gateway, "admin")


def link_in(page: str) -> str:
    """The path of the link that a page shows."""
    found = re.search(r"https?://[\w.]+(/desk/password/[\w-]{43})", html.unescape(page))
    assert found is not None, page
    return found[1]


def choose(browser: TestClient, link: str, new: str = NEW, again: str | None = None) -> int:
    """Sets a password by a link."""
    fields = {"csrf": csrf_of(browser.get(link)), "new": new, "again": new if again is None else again}
    return browser.post(link, data=fields).status_code


# --- Accounts


def test_somebody_new_gets_a_link_sets_a_password_and_signs_in(gateway: TestClient, admin: TestClient) -> None:
    page = post(admin, "/desk/staff", name="Nina Novak", role="clinician")
    assert page.status_code == 200
    browser = a_browser(gateway)
    assert choose(browser, link_in(page.text)) == 200
    assert sign_in(browser, "Nina Novak", NEW).status_code == 303
    assert "clinician" in browser.get("/desk/account").text


def test_the_link_begins_with_the_address_that_staff_use(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(base_url="https://testserver", public_url="https://hip.example.org")
    admin = signed_in_as(gateway, "admin")
    page = post(admin, "/desk/staff", name="Nina Novak", role="clinician")
    assert "https://hip.example.org/desk/password/" in page.text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "", "role": "clinician"}, "A name has 1 to 80 characters"),
        ({"name": "ada  ADMIN", "role": "clinician"}, "There is an account called ada ADMIN already"),
        ({"name": "Nina", "role": "boss"}, "Please choose a role"),
        ({"name": "Nina"}, "Please choose a role"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_a_reason(
    admin: TestClient, fields: dict[str, str], problem: str
) -> None:
    page = post(admin, "/desk/staff", **fields)
    assert page.status_code == 422
    assert problem in page.text
    assert "/desk/password/" not in page.text


def test_accounts_are_disabled_and_enabled_and_their_roles_changed(gateway: TestClient, admin: TestClient) -> None:
    account = an_account(gateway, "clinician")
    assert post(admin, f"/desk/staff/{account.id}/disable").status_code == 303
    assert "disabled" in admin.get("/desk/staff").text
    assert sign_in(a_browser(gateway), account.name).status_code == 401
    assert post(admin, f"/desk/staff/{account.id}/enable").status_code == 303
    assert post(admin, f"/desk/staff/{account.id}/role", role="front_desk").status_code == 303
    browser = a_browser(gateway)
    assert sign_in(browser, account.name).status_code == 303
    assert "front desk" in browser.get("/desk/account").text


def test_the_last_admin_stays_one(gateway: TestClient, admin: TestClient) -> None:
    own = an_account(gateway, "admin")
    for change in ("disable", "role"):
        page = post(admin, f"/desk/staff/{own.id}/{change}", role="clinician")
        assert page.status_code == 422
        assert "Ada Admin is the only admin" in page.text
    assert admin.get("/desk/staff").status_code == 200


@pytest.mark.parametrize("path", ["/desk/staff/nobody/disable", "/desk/staff/nobody/link", "/desk/staff/nobody/shout"])
def test_what_is_not_there_is_not_changed(admin: TestClient, path: str) -> None:
    assert post(admin, path).status_code == 404


def test_an_admin_ends_a_pause(gateway: TestClient, admin: TestClient) -> None:
    account, browser = an_account(gateway, "clinician"), a_browser(gateway)
    with time_machine.travel(dt.datetime.now(dt.timezone.utc), tick=False):
        for _ in range(lockout.PER_ACCOUNT):
            sign_in(browser, account.name, "not-the-password-9")
        assert sign_in(browser, account.name).status_code == 429
        assert "paused" in admin.get("/desk/staff").text
        assert post(admin, f"/desk/staff/{account.id}/lift").status_code == 303
        assert sign_in(browser, account.name).status_code == 303


def test_an_admin_turns_codes_off_for_somebody_whose_telephone_is_gone(gateway: TestClient, admin: TestClient) -> None:
    account, at = an_account(gateway, "clinician"), dt.datetime.now(dt.timezone.utc)
    with state_of(gateway).store.write() as session:
        own = session.get(Staff, account.id)
        codes.begin(session, own)
        own.totp_seed, own.totp_pending, own.totp_step = own.totp_pending, None, int(at.timestamp())
    assert "codes on" in admin.get("/desk/staff").text
    assert sign_in(a_browser(gateway), account.name).status_code == 200
    assert post(admin, f"/desk/staff/{account.id}/codes-off").status_code == 303
    assert sign_in(a_browser(gateway), account.name).status_code == 303


# --- Links


def test_a_link_works_once(gateway: TestClient, admin: TestClient) -> None:
    link = link_in(post(admin, "/desk/staff", name="Nina", role="clinician").text)
    browser = a_browser(gateway)
    form = csrf_of(browser.get(link))
    assert choose(browser, link) == 200
    again = browser.post(link, data={"csrf": form, "new": "another 4 long words", "again": "another 4 long words"})
    assert again.status_code == 404
    assert browser.get(link).status_code == 404
    assert sign_in(browser, "Nina", NEW).status_code == 303


def test_looking_at_a_link_uses_nothing_up(gateway: TestClient, admin: TestClient) -> None:
    link = link_in(post(admin, "/desk/staff", name="Nina", role="clinician").text)
    for _ in range(3):
        assert a_browser(gateway).get(link).status_code == 200
    assert choose(a_browser(gateway), link) == 200


def test_a_link_takes_no_bad_password_and_stays_good(gateway: TestClient, admin: TestClient) -> None:
    link = link_in(post(admin, "/desk/staff", name="Nina", role="clinician").text)
    browser = a_browser(gateway)
    assert choose(browser, link, "short") == 422
    assert choose(browser, link, NEW, "something else") == 422
    assert choose(browser, link) == 200


def test_a_link_is_used_only_from_its_own_form(gateway: TestClient, admin: TestClient) -> None:
    link = link_in(post(admin, "/desk/staff", name="Nina", role="clinician").text)
    browser = a_browser(gateway)
    fields = {"new": NEW, "again": NEW}
    assert browser.post(link, data=fields).status_code == 403
    token = csrf_of(browser.get(link))
    foreign = {"Origin": "https://evil.example"}
    assert browser.post(link, data={**fields, "csrf": token}, headers=foreign).status_code == 403
    assert sign_in(a_browser(gateway), "Nina", NEW).status_code == 401


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "x" * 3000])
def test_a_link_that_was_made_up_leads_nowhere(gateway: TestClient, token: str) -> None:
    page = a_browser(gateway).get(f"/desk/password/{token}")
    assert page.status_code == 404
    assert "ask an admin for a new one" in page.text


def test_a_new_link_lets_in_who_forgot_the_password(gateway: TestClient, admin: TestClient) -> None:
    account = an_account(gateway, "clinician")
    link = link_in(post(admin, f"/desk/staff/{account.id}/link").text)
    browser = a_browser(gateway)
    assert choose(browser, link) == 200
    assert sign_in(browser, account.name, NEW).status_code == 303


# --- The audit log


def test_the_log_shows_who_did_what_newest_first_and_by_pages(gateway: TestClient, admin: TestClient) -> None:
    with state_of(gateway).store.write() as session:
        for number in range(150):
            audit.write(session, "Zoe Zeal", f"act {number}", conversation_id="c0ffee", about="<b>bold</b>")
    first = admin.get("/desk/audit?who=Zoe+Zeal")
    acts = re.findall(r"<td>act (\d+)</td>", first.text)
    assert acts == [str(number) for number in range(149, 49, -1)]
    assert "&lt;b&gt;bold&lt;/b&gt;" in first.text
    assert '<a href="/desk/conversations/c0ffee">' in first.text
    older = re.search(r'href="(/desk/audit\?[^"]+)">Older', first.text)
    assert older is not None
    second = admin.get(html.unescape(older[1]))
    assert re.findall(r"<td>act (\d+)</td>", second.text) == [str(number) for number in range(49, -1, -1)]
    assert "Older" not in second.text


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999999", "who=%00", "what='--"])
def test_the_log_takes_any_question(admin: TestClient, query: str) -> None:
    assert admin.get(f"/desk/audit?{query}").status_code == 200


def test_what_an_admin_does_is_in_the_log(gateway: TestClient) -> None:
    admin = signed_in_as(gateway, "admin", "Una Unique")
    page = post(admin, "/desk/staff", name="Nina", role="clinician")
    assert page.status_code == 200
    with state_of(gateway).store.read() as session:
        nina = accounts.find(session, "Nina")
        assert nina is not None
        acts = [(row.what, row.about) for row in audit.listed(session, who="Una Unique")]
    assert acts[:2] == [("link for a password made", "Nina"), ("account added", "Nina (clinician)")]


def test_nothing_at_the_desk_changes_the_log(admin: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert admin.request(method, "/desk/audit").status_code == 405
