"""The desk to test: accounts, and browsers that are signed in by the real form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import httpx
import pytest
import time_machine
from starlette.testclient import TestClient

from bot.care.staff import accounts
from bot.care.staff.accounts import Role
from bot.care.tables import Staff
from bot.gateway.desk.access import COOKIE, csrf
from tests.gateway.conftest import PASSWORDS, a_client, state_of

PASSWORD = "correct-horse-9-battery"
NOON = dt.datetime(2026, 3, 11, 12, tzinfo=dt.timezone.utc)
NAMES = {"front_desk": "Fran Desk", "clinician": "Dr. Clara Lin", "admin": "Ada Admin"}


@pytest.fixture
def noon() -> Iterator[None]:
    """It is noon: no day ends within a test, and it is the same one at the clinic and in UTC."""
    with time_machine.travel(NOON):
        yield


def an_account(gateway: TestClient, role: Role = "front_desk", name: str = "") -> Staff:
    """An account with `PASSWORD`; made only where there is none of that name yet."""
    name = name or NAMES[role]
    with state_of(gateway).store.write() as session:
        account = accounts.find(session, name)
        if account is None:
            account = accounts.add(session, name, role, by="the tests")
            accounts.set_password(session, account, PASSWORDS.hashed(PASSWORD), by="the tests")
        return account


def a_browser(gateway: TestClient) -> TestClient:
    """Another browser, with no cookies yet, at the same gateway and in the same event loop."""
    browser = a_client(gateway.app, str(gateway.base_url))  # type: ignore[arg-type]
    browser.portal = gateway.portal
    return browser


def csrf_of(page: httpx.Response) -> str:
    """The token in the first form of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found[1]


def sign_in(browser: TestClient, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    """Loads the form, fills it in and sends it."""
    token = csrf_of(browser.get("/desk/signin"))
    return browser.post("/desk/signin", data={"csrf": token, "name": name, "password": password, **fields})


def signed_in_as(gateway: TestClient, role: Role, name: str = "") -> TestClient:
    """A browser of its own that is signed in, by the real form, as somebody with that role."""
    account = an_account(gateway, role, name)
    browser = a_browser(gateway)
    assert sign_in(browser, account.name).status_code == 303
    return browser


def post(browser: TestClient, path: str, **fields: str) -> httpx.Response:
    """Sends a form of the desk, with the token that its page would have."""
    return browser.post(path, data={"csrf": csrf(browser.cookies[COOKIE]), **fields})
