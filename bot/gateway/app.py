"""The gateway as an ASGI application."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import bot.settings
from bot.care import database
from bot.care.contacts import ContactsFile
from bot.care.staff.passwords import Passwords
from bot.followup import programme
from bot.gateway import alerts, api, checkins, ending, errors, escalations, health, page, patients, sms
from bot.gateway.desk import pages
from bot.gateway.desk.door import open_door
from bot.gateway.desk.routers import ROUTERS
from bot.gateway.headers import PlainHeaders
from bot.gateway.keyring import Keyring
from bot.gateway.live import Hub
from bot.gateway.state import State
from bot.gateway.widget import doors, setup
from bot.gateway.widget import page as widget
from bot.gateway.widget.visitor import Visitors
from bot.settings import Settings
from bot.speech import of
from bot.triage import assessment
from bot.triage.assessment import Triage
from bot.turn.chain import turns_of
from bot.turn.rasa import Rasa
from bot.turn.wire import Wire


def create_app(
    settings: Settings,
    rasa_url: str,
    wire: Wire | None = None,
    triage: Callable[[], Triage] = assessment.of_words,
    passwords: Passwords | None = None,
) -> FastAPI:
    """The application. `triage` makes what judges messages; `wire` stands in for the network to Rasa, in tests,
    and `passwords` for the usual way to keep them, which is slow on purpose.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = database.up_to_date(settings.database_url)
        speech = of(settings)
        rasa = Rasa(rasa_url, settings.rasa_timeout, wire)
        contacts = ContactsFile(settings.contacts)
        hub = Hub(store)
        followed = programme.load(settings.knowledge_folder)
        turns = turns_of(settings, store, rasa, speech, triage(), contacts, hub.wake)
        keys = Keyring(store, settings.api_key)
        app.state.hipline = State(settings, store, rasa, speech, turns, keys, contacts, hub, followed)
        app.state.visitors = Visitors(settings.visitor_limit)
        app.state.widget = setup.of(settings, speech)
        app.state.door = open_door(settings, store, passwords or Passwords())
        app.state.line = sms.Line(app.state.hipline)
        looking = asyncio.create_task(hub.run())
        loop = asyncio.get_running_loop()
        with ending.told(lambda: loop.call_soon_threadsafe(hub.close)):
            yield
        hub.close()
        looking.cancel()
        await app.state.line.refusals.aclose()
        await turns.aclose()
        await rasa.aclose()
        store.close()

    app = FastAPI(
        title="Hipline",
        description="Questions about hip injections, answered from one reviewed document.",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere
        redoc_url=None,
    )
    errors.install(app)
    pages.install(app)

    app.add_middleware(PlainHeaders)
    for part in (api, checkins, patients, escalations, alerts, health, page, widget, doors, sms):
        app.include_router(part.router)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=setup.HERE.parent / "static"), name="static")
    app.openapi_schema = _with_bearer(app.openapi())
    return app


def _with_bearer(schema: dict) -> dict:
    schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    return schema


def from_environment() -> FastAPI:
    """The application as `hipline up` starts it: the inner address comes by the environment."""
    return create_app(
        bot.settings.load(),
        os.environ["HIPLINE_RASA_URL"],
        triage=assessment.from_environment,
    )
