"""`hipline alerts test`, and what `check` and `up` say about who is told of warning signs."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.care import contacts
from bot.care.contacts import Contacts
from bot.care.tables import new_id, now
from bot.settings import Settings
from bot.worker import notice, senders
from bot.worker.senders import NotDelivered, Sender

Say = Callable[[str], None]


class AlertsError(RuntimeError):
    """There is nobody to tell. The message says what to do."""


def check(settings: Settings) -> Contacts | None:
    """The contacts, with every address looked at; None where there is no file. Raises `DataFileError`."""
    found = contacts.load(settings.contacts)
    if found is not None:
        senders.check(settings.contacts, found)
    return found


def described(settings: Settings, found: Contacts | None) -> list[str]:
    """Who is told, in lines for the terminal."""
    if found is None:
        return [f"Nobody is told of warning signs: there is no {settings.contacts} (docs/alerts.md says how)."]
    lines = []
    for level in ("emergency", "urgent"):
        told = [f"{one.name}{f' after {one.after:g} min' if one.after else ''}" for one in found.of(level)]
        lines.append(f"Told of what is {level}: {', '.join(told) or 'nobody'}.")
    return lines


def try_out(settings: Settings, say: Say, sender: Sender = senders.send) -> bool:
    """Sends a test alert by every way of every contact; returns whether all arrived.

    Raises `AlertsError` where there are no contacts, `DataFileError` where their file is wrong.
    """
    found = check(settings)
    if found is None:
        raise AlertsError(f"there is no {settings.contacts}: docs/alerts.md says how to write one")
    well = True
    for contact in found.contacts:
        for number, way in enumerate(contact.ways):
            kind = "apprise" if isinstance(way, str) else "webhook"
            start = time.monotonic()
            try:
                sender(way, notice.of_test(new_id(), now(), settings.alerts_url))
            except NotDelivered as error:
                well = False
                result = f"NOT delivered: {error}"
            else:
                result = f"delivered in {time.monotonic() - start:.1f} s"
            say(f"{contact.name}, {kind} {number + 1}: {result}")
    return well
