"""Whom the clinic wants told of a warning sign: `contacts.yml`, checked; secrets come from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from pydantic import BaseModel, Extra, Field, StrictBool, StrictStr, root_validator, validator

from bot import datafiles
from bot.datafiles import DataFileError
from bot.settings import Settings

Level = Literal["urgent", "emergency"]
LONGEST_PAUSE = 300.0  # seconds: an open escalation is tried at least so often, whatever fails

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Webhook(BaseModel, extra=Extra.forbid):
    """A program of the clinic's that takes alerts by HTTP, signed with `secret`."""

    url: StrictStr = Field(description="Where alerts are posted, as JSON.")
    secret: StrictStr = Field(description="What they are signed with: 16 characters at least.")

    @validator("url")
    def _is_http(cls, url: str) -> str:
        if not re.match(r"https?://|\$\{", url):
            raise ValueError("must begin with https:// or http://, or be a variable such as ${WEBHOOK_URL}")
        return url

    @validator("secret")
    def _is_long(cls, secret: str) -> str:
        if len(secret) < 16 and not _VARIABLE.search(secret):
            raise ValueError("must have 16 characters at least, or be a variable such as ${WEBHOOK_SECRET}")
        return secret


class Contact(BaseModel, extra=Extra.forbid):
    """Somebody who is told, by each of the ways given."""

    name: StrictStr = Field(min_length=1, max_length=64, description="Who it is; an acknowledgement carries this name.")
    apprise: list[StrictStr] = Field([], description="Apprise URLs (e-mail, Slack, PagerDuty, SMS and many more).")
    webhook: Webhook | None = Field(None, description="A program of the clinic's: `url` and `secret`.")
    levels: list[Level] = Field(
        ["emergency", "urgent"],
        min_items=1,
        description="What this contact is told of: `emergency`, `urgent`, or both.",
    )
    after: float = Field(
        0.0, ge=0, le=1440, description="Minutes without an acknowledgement before this contact is told; 0: at once."
    )

    @root_validator(skip_on_failure=True)
    def _has_a_way(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not values["apprise"] and values["webhook"] is None:
            raise ValueError("needs apprise or webhook: without one, nobody can be told")
        return values

    @property
    def ways(self) -> list[str | Webhook]:
        """Where an alert to this contact goes; each of them is a delivery of its own, named by its place here."""
        return [*self.apprise, *([self.webhook] if self.webhook else [])]


class Contacts(BaseModel, extra=Extra.forbid):
    """All contacts, and what holds for every alert."""

    share: Literal["none", "category", "text"] = Field(
        "none", description="How much of what the patient wrote an alert holds: nothing, its category, or its text."
    )
    share_telephone: StrictBool = Field(
        False, description="Whether an alert to a webhook holds the telephone number of an SMS conversation."
    )
    resend: float = Field(
        15.0, gt=0, le=1440, description="Minutes after which an alert that nobody acknowledged is sent again."
    )
    pauses: list[float] = Field(
        [5, 15, 30, 60, 120, 300],
        min_items=1,
        description="Seconds after the first, second, ... failed attempt; the last one holds from then on.",
    )
    contacts: list[Contact] = Field(min_items=1, description="Who is told, in this order.")

    @validator("pauses")
    def _are_bounded(cls, pauses: list[float]) -> list[float]:
        if any(not 0 < pause <= LONGEST_PAUSE for pause in pauses) or pauses != sorted(pauses):
            raise ValueError(f"must be growing numbers above 0, {LONGEST_PAUSE:g} at most")
        return pauses

    @validator("contacts")
    def _come_in_order(cls, contacts: list[Contact]) -> list[Contact]:
        names = [contact.name for contact in contacts]
        if len(set(names)) < len(names):
            raise ValueError("must have names that differ: an acknowledgement carries the name")
        if contacts[0].after > 0:
            raise ValueError("must begin with one that is told at once (after: 0)")
        if [contact.after for contact in contacts] != sorted(contact.after for contact in contacts):
            raise ValueError("must stand in the order in which they are told: after may not fall")
        return contacts

    def of(self, level: str) -> list[Contact]:
        """Those who are told of a level, in their order."""
        return [contact for contact in self.contacts if level in contact.levels]

    def way(self, name: str, number: int) -> str | Webhook | None:
        """A contact's way by its place; None where the file has it no longer."""
        found = next((contact.ways for contact in self.contacts if contact.name == name), [])
        return found[number] if number < len(found) else None

    def pause(self, attempts: int) -> float:
        """Seconds to wait after that many failed attempts."""
        return self.pauses[min(max(attempts, 1), len(self.pauses)) - 1]


def load(file: Path, environ: Mapping[str, str] | None = None) -> Contacts | None:
    """The contacts of `file`, with `${NAME}` filled in from the environment; None where there is no such file.

    Raises `DataFileError`, which names what is missing and never shows a secret.
    """
    if not file.exists():
        return None
    found = datafiles.load(file, Contacts)
    given = os.environ if environ is None else environ
    whole = [
        contact.copy(
            update={
                "apprise": [
                    _filled(file, ("contacts", place, "apprise", number), url, given)
                    for number, url in enumerate(contact.apprise)
                ],
                "webhook": contact.webhook and _webhook(file, ("contacts", place, "webhook"), contact.webhook, given),
            }
        )
        for place, contact in enumerate(found.contacts)
    ]
    return found.copy(update={"contacts": whole})


class ContactsFile:
    """The contacts as they are now: the file is read again when it has changed, and a broken one changes nothing."""

    def __init__(self, file: Path, environ: Mapping[str, str] | None = None) -> None:
        self._file, self._environ = file, environ
        self._changed: int | None = None
        self._found: Contacts | None = None
        self._lock = Lock()
        self.problem: str | None = None  # what is wrong with the file, in one line

    def __call__(self) -> Contacts | None:
        """The contacts, or the last good ones where the file is broken; None where there are none."""
        with self._lock:
            try:
                changed = self._file.stat().st_mtime_ns
            except OSError:
                changed = None
            if changed != self._changed or (changed is None and self._found is not None):
                self._changed = changed
                try:
                    self._found = load(self._file, self._environ)
                    self.problem = None
                except DataFileError as error:
                    self.problem = str(error)
            return self._found


def somebody_is_told(settings: Settings, level: Level = "emergency") -> bool:
    """Whether a contact is told of that level at once: what a reply may then claim. False where the file is broken.

    Cheap: the file is read again only when it has changed.
    """
    try:
        changed = settings.contacts.stat().st_mtime_ns
    except OSError:
        return False
    return level in _told_at_once(settings.contacts, changed)


@lru_cache(maxsize=4)
def _told_at_once(file: Path, changed: int) -> frozenset[Level]:
    try:
        found = load(file)
    except DataFileError:
        return frozenset()
    at_once = [contact for contact in found.contacts if contact.after == 0] if found else []
    return frozenset(level for contact in at_once for level in contact.levels)


def _webhook(file: Path, path: tuple[str | int, ...], webhook: Webhook, environ: Mapping[str, str]) -> Webhook:
    values = {name: _filled(file, (*path, name), value, environ) for name, value in webhook.dict().items()}
    for name, value in values.items():
        try:
            Webhook.parse_obj({**webhook.dict(), name: value})
        except ValueError:
            wanted = "16 characters at least" if name == "secret" else "an address with https:// or http://"
            raise datafiles.refusal(file, (*path, name), f"its variable must hold {wanted}") from None
    return Webhook.parse_obj(values)


def _filled(file: Path, path: tuple[str | int, ...], value: str, environ: Mapping[str, str]) -> str:
    for name in _VARIABLE.findall(value):
        if not environ.get(name):
            raise datafiles.refusal(
                file, path, f"the environment variable {name} is not set: set it where Hipline is started"
            )
    return _VARIABLE.sub(lambda match: environ[match[1]], value)
