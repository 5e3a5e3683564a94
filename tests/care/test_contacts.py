"""`contacts.yml`: what is taken, and what is refused with file, line and field."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.care import contacts
from bot.care.contacts import Contacts, ContactsFile, Webhook, somebody_is_told
from bot.settings import DataFileError, Settings

SECRET = "sixteen-characters-at-least"
NURSE = "- {name: Nurse, apprise: ['json://127.0.0.1/']}\n"
WHOLE = """
share: category
share_telephone: true
resend: 5
pauses: [1, 2.5]
contacts:
- name: Nurse on duty
  apprise: ["mailto://hipline:${MAIL_PASSWORD}@example.org", "json://127.0.0.1/"]
- name: Practice system
  webhook: {url: "https://clinic.example.org/alerts", secret: "${WEBHOOK_SECRET}"}
  levels: [emergency]
  after: 10
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "contacts.yml"


def loaded(file: Path, content: str, **environ: str) -> Contacts | None:
    file.write_text(content, encoding="utf-8")
    return contacts.load(file, environ)


def touch_later(file: Path) -> None:
    """As if it had been written a second later: what the clock can tell apart."""
    at = file.stat().st_mtime_ns + 1_000_000_000
    os.utime(file, ns=(at, at))


def test_without_a_file_there_are_no_contacts(file: Path) -> None:
    assert contacts.load(file, {}) is None


def test_a_whole_file_is_read_with_secrets_from_the_environment(file: Path) -> None:
    found = loaded(file, WHOLE, MAIL_PASSWORD="pa55", WEBHOOK_SECRET=SECRET)
    assert found is not None
    nurse, system = found.contacts
    assert nurse.ways == ["mailto://hipline:pa55@example.org", "json://127.0.0.1/"]
    assert system.ways == [Webhook(url="https://clinic.example.org/alerts", secret=SECRET)]
    assert (nurse.levels, nurse.after) == (["emergency", "urgent"], 0)
    assert (system.levels, system.after) == (["emergency"], 10)
    assert (found.share, found.share_telephone, found.resend, found.pauses) == ("category", True, 5, [1, 2.5])


def test_what_is_left_out_is_private_and_tried_for_ever(file: Path) -> None:
    found = loaded(file, "contacts:\n" + NURSE)
    assert found is not None
    assert (found.share, found.share_telephone, found.resend) == ("none", False, 15)
    assert [found.pause(attempts) for attempts in (1, 2, 3, 4, 5, 6, 7, 1000)] == [5, 15, 30, 60, 120, 300, 300, 300]


def test_who_is_told_of_a_level_comes_in_the_order_of_the_file(file: Path) -> None:
    found = loaded(file, WHOLE, MAIL_PASSWORD="pa55", WEBHOOK_SECRET=SECRET)
    assert found is not None
    assert [one.name for one in found.of("emergency")] == ["Nurse on duty", "Practice system"]
    assert [one.name for one in found.of("urgent")] == ["Nurse on duty"]


def test_a_way_that_the_file_has_no_longer_is_none(file: Path) -> None:
    found = loaded(file, "contacts:\n" + NURSE)
    assert found is not None
    assert found.way("Nurse", 0) == "json://127.0.0.1/"
    assert found.way("Nurse", 1) is None
    assert found.way("Doctor", 0) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ":1: must hold fields, as `name: value` lines"),
        ("share: none\n", ":1: contacts: is missing"),
        ("contacts: []\n", ":1: contacts: ensure this value has at least 1 items"),
        ("contacts:\n- name: Nurse\n", ":2: contacts.0: needs apprise or webhook: without one, nobody can be told"),
        ("contacts:\n- name: Nurse\n  aprise: []\n", ":3: contacts.0.aprise: is not a field that is known here: "),
        ("share: all\ncontacts:\n" + NURSE, ":1: share: unexpected value; permitted: 'none', 'category', 'text'"),
        ("pauses: [5, 301]\ncontacts:\n" + NURSE, ":1: pauses: must be growing numbers above 0, 300 at most"),
        ("pauses: [5, 1]\ncontacts:\n" + NURSE, ":1: pauses: must be growing numbers above 0, 300 at most"),
        ("contacts:\n" + 2 * NURSE, ":1: contacts: must have names that differ"),
        (
            "contacts:\n- {name: Nurse, after: 5, apprise: ['json://127.0.0.1/']}\n",
            ":1: contacts: must begin with one that is told at once",
        ),
        (
            "contacts:\n"
            + NURSE
            + NURSE.replace("Nurse", "Chief, after: 9")
            + NURSE.replace("Nurse", "Boss, after: 8"),
            ":1: contacts: must stand in the order in which they are told",
        ),
        (
            "contacts:\n- name: Nurse\n  webhook: {url: 'ftp://x', secret: '${S}'}\n",
            ":3: contacts.0.webhook.url: must begin with https:// or http://",
        ),
        (
            "contacts:\n- name: Nurse\n  webhook: {url: 'https://x', secret: short}\n",
            ":3: contacts.0.webhook.secret: must have 16 characters at least",
        ),
        (
            "contacts:\n- name: Nurse\n  apprise:\n  - 'mailto://a:${PASSWORD}@b'\n",
            ":4: contacts.0.apprise.0: the environment variable PASSWORD is not set: set it where Hipline is started",
        ),
        (
            "contacts:\n- name: Nurse\n  webhook:\n    url: https://x\n    secret: ${SHORT}\n",
            ":5: contacts.0.webhook.secret: its variable must hold 16 characters at least",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: Path, content: str, said: str) -> None:
    with pytest.raises(DataFileError) as caught:
        loaded(file, content, SHORT="tiny-s3cret")
    assert str(caught.value).startswith(f"{file}{said}")
    assert "tiny-s3cret" not in str(caught.value)


# --- While Hipline runs


def test_a_file_that_changes_is_read_again_and_a_broken_one_leaves_the_last_good_one(file: Path) -> None:
    now = ContactsFile(file, {})
    assert now() is None
    file.write_text("contacts:\n" + NURSE, encoding="utf-8")
    first = now()
    assert first is not None
    assert now() is first
    file.write_text("contacts: none\n", encoding="utf-8")
    touch_later(file)
    assert now() is first
    assert now.problem is not None
    assert now.problem.startswith(f"{file}:1: contacts")
    file.write_text("contacts:\n" + NURSE.replace("Nurse", "Doctor"), encoding="utf-8")
    touch_later(file)
    touch_later(file)
    second = now()
    assert second is not None
    assert second.contacts[0].name == "Doctor"
    assert now.problem is None
    file.unlink()
    assert now() is None


def test_whether_somebody_is_told_is_what_the_file_says_of_that_level_at_once(file: Path) -> None:
    clinic = Settings(contacts=file)
    assert not somebody_is_told(clinic)
    file.write_text("contacts:\n" + NURSE.replace("Nurse", "Nurse, levels: [urgent]"), encoding="utf-8")
    assert somebody_is_told(clinic, "urgent")
    assert not somebody_is_told(clinic)
    later = NURSE.replace("Nurse", "Chief, after: 9")
    file.write_text("contacts:\n" + NURSE.replace("Nurse", "Nurse, levels: [urgent]") + later, encoding="utf-8")
    touch_later(file)
    assert not somebody_is_told(clinic, "emergency")
    file.write_text("contacts:\n" + NURSE, encoding="utf-8")
    touch_later(file)
    touch_later(file)
    assert somebody_is_told(clinic, "emergency")
    file.write_text("contacts: broken\n", encoding="utf-8")
    for _ in range(3):
        touch_later(file)
    assert not somebody_is_told(clinic)
