"""Asks Twilio for messages that came in and never arrived here: whatever kept them from it, they are stored now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.care import messages
from bot.care.database import Store
from bot.care.messages import MessageConflict
from bot.sms import inbound
from bot.sms.inbound import FormError


class Listing(Protocol):
    """Whose list of messages is asked; see `Twilio.came_in`."""

    def came_in(self, since: dt.datetime) -> Iterator[dict[str, str]]: ...


@dataclass(frozen=True)
class Reconciled:
    """How many messages the list held, and how many of them were missing here."""

    listed: int
    stored: int


def reconcile(store: Store, listing: Listing, since: dt.datetime) -> Reconciled:
    """Stores what the list has and we have not, the oldest first. Raises `NotSent` where the list can't be read."""
    forms = list(listing.came_in(since))
    missing = [form for form in reversed(forms) if not _is_known(store, form)]
    stored = 0
    for form in missing:
        try:
            message = inbound.of_form(form)
            messages.receive(store, "sms", message.number, message.text, message.sid, "sms")
        except (FormError, MessageConflict):  # it came meanwhile, with its pictures named
            continue
        stored += 1
    return Reconciled(len(forms), stored)


def _is_known(store: Store, form: Mapping[str, str]) -> bool:
    with store.read() as session:
        return messages.is_known(session, "sms", form.get("From", ""), form.get("MessageSid", ""))
