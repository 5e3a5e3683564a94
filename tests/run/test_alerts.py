"""`hipline alerts test`, and what `check` says about who is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.care import contacts
from bot.care.contacts import Contact, Contacts, Webhook
from bot.run import alerts
from bot.settings import ROOT, DataFileError, Settings
from bot.worker.notice import Notice
from bot.worker.senders import NotDelivered

EXAMPLE = ROOT / "docs" / "contacts.example.yml"
ENVIRONMENT = {
    "MAIL_PASSWORD": "pa55word",
    "WEBHOOK_SECRET": "sixteen-characters-at-least",
    "DOCTOR_PAGER": "json://127.0.0.1/pager",
}


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A clinic with the contacts of the example."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "contacts.yml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    return Settings(contacts=file, state=tmp_path)


def test_a_test_alert_goes_to_every_contact_and_each_result_is_said(clinic: Settings) -> None:
    said: list[str] = []
    sent: list[Notice] = []

    def sender(way: str | Webhook, notice: Notice) -> None:
        sent.append(notice)
        if isinstance(way, Webhook):
            raise NotDelivered("status 500")

    assert not alerts.try_out(clinic, said.append, sender)
    assert [re.sub(r"\d\.\d s", "N s", line) for line in said] == [
        "Nurse on duty, apprise 1: delivered in N s",
        "Practice system, webhook 1: NOT delivered: status 500",
        "Doctor on call, apprise 1: delivered in N s",
    ]
    assert {notice.kind for notice in sent} == {"test"}
    assert alerts.try_out(clinic, said.append, lambda *_: None)


def test_without_contacts_it_says_how_to_write_them(tmp_path: Path) -> None:
    clinic = Settings(contacts=tmp_path / "none.yml")
    with pytest.raises(alerts.AlertsError, match=r"none\.yml: docs/alerts\.md says how to write one$"):
        alerts.try_out(clinic, lambda _: None)
    [line] = alerts.described(clinic, alerts.check(clinic))
    assert line.startswith("Nobody is told of warning signs: ")


def test_check_says_who_is_told_of_what(clinic: Settings) -> None:
    assert alerts.described(clinic, alerts.check(clinic)) == [
        "Told of what is emergency: Nurse on duty, Practice system, Doctor on call after 10 min.",
        "Told of what is urgent: Nurse on duty, Practice system.",
    ]


def test_a_missing_variable_is_named_before_anything_starts(clinic: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCTOR_PAGER")
    with pytest.raises(
        DataFileError, match=r"contacts\.2\.apprise\.0: the environment variable DOCTOR_PAGER is not set"
    ):
        alerts.check(clinic)


# --- The documentation


def test_the_example_is_valid_and_shows_the_defaults(tmp_path: Path) -> None:
    found = contacts.load(EXAMPLE, ENVIRONMENT)
    assert found is not None
    defaults = Contacts.parse_obj({"contacts": [contact.dict() for contact in found.contacts]})
    assert found == defaults


def test_the_committed_schema_is_that_of_the_code() -> None:
    committed = json.loads((ROOT / "docs" / "contacts.schema.json").read_text(encoding="utf-8"))
    assert committed == Contacts.schema()


def test_the_page_names_every_field_with_its_default_and_meaning() -> None:
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    for schema in (Contacts, Contact):
        for name, field in schema.__fields__.items():
            default = "(needed)" if field.required else shown(field.default)
            assert f"| `{name}` | {default} | {field.field_info.description} |" in page, name


def shown(default: Any) -> str:
    if default is None:
        return "(empty)"
    if isinstance(default, list):
        return f"`[{', '.join(f'{one:g}' if isinstance(one, (int, float)) else one for one in default)}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
