"""All pages of the desk."""

from __future__ import annotations

from bot.gateway.desk import (
    account,
    ask,
    auditlog,
    conversation,
    erasure,
    leaflet,
    links,
    numbers,
    patients,
    queue,
    search,
    signin,
    staff,
)

ROUTERS = tuple(
    page.router
    for page in (
        *(signin, links, account, staff, auditlog),
        *(queue, conversation, numbers, search, erasure, ask, leaflet, patients),
    )
)
