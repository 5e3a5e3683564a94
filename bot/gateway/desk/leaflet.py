"""A leaflet of chosen topics, to print and hand out."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.care import audit
from bot.gateway.desk.access import Member, signed_in
from bot.gateway.desk.pages import render
from bot.gateway.state import State, state
from bot.knowledge import Topic

MOST = 40  # topics on one leaflet: all there are

router = APIRouter(include_in_schema=False, prefix="/desk/leaflet")
In = Annotated[State, Depends(state)]


@router.get("")
async def show(request: Request, state: In, member: Annotated[Member, Depends(signed_in)]) -> Response:
    """The topics to choose from; with some chosen (`topic`, once for each), the leaflet itself."""
    known = state.speech.topics()
    asked = set(request.query_params.getlist("topic")[:MOST])
    chosen = [topic for topic in known if topic.id in asked]
    if not chosen:
        return render(request, "desk/leaflet_choice.html", member, sections=_by_section(known))

    def log() -> None:
        with state.store.write() as session:
            audit.write(session, member.name, "made a leaflet", about=f"{len(chosen)} topics")

    await to_thread.run_sync(log)
    return render(
        request,
        "desk/leaflet.html",
        member,
        sections=_by_section(chosen),
        reviews=_reviews(chosen),
        when_to_call=state.speech.words("when_to_call").split("\n"),
        hours=state.settings.hours_in_words,
    )


def _by_section(topics: list[Topic]) -> dict[str, list[Topic]]:
    found: dict[str, list[Topic]] = {}
    for topic in topics:
        found.setdefault(topic.section, []).append(topic)
    return found


def _reviews(topics: list[Topic]) -> list[str]:
    """Who checked the texts, and when: each once."""
    return sorted(
        {
            f"{topic.reviewed.by}, {topic.reviewed.on:%B} {topic.reviewed.on.day}, {topic.reviewed.on.year}"
            for topic in topics
        }
    )
