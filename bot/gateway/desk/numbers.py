"""The numbers: what was asked, what was not understood, and how long escalations waited, as charts and as CSV."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot import sheets
from bot.care import audit, figures
from bot.care.figures import Figures, Question, Range, RangeError
from bot.care.tables import now
from bot.gateway.desk import charts
from bot.gateway.desk.access import Member, needs, signed_in
from bot.gateway.desk.pages import HEADERS, render
from bot.gateway.errors import Problem
from bot.gateway.state import State, state
from bot.settings import Settings

RANGES = (7, 30, 90)  # days
READERS = ("clinician", "admin")  # who may read patients' words here
MOST = 500  # questions in the list
CHANNELS = {"web": "Website", "sms": "Text messages", "desk": "Desk"}
KINDS = {"clarify": "Not understood", "out_of_scope": "Out of scope"}
HELPFUL = {"yes": "Helpful", "no": "Not helpful"}
URGENCIES = {"emergency": "Emergency", "urgent": "Urgent"}
ANSWERED_BY = {
    "rasa": "The assistant",
    "gateway": "The assistant, without its model server",
    "worker": "The assistant, late",
    "staff": "Left to the staff",
    "desk": "Raised at the desk",
}

router = APIRouter(include_in_schema=False, prefix="/desk/numbers")
In = Annotated[State, Depends(state)]
Reader = Annotated[Member, Depends(needs(*READERS))]


@router.get("")
async def show(request: Request, state: In, member: Annotated[Member, Depends(signed_in)]) -> Response:
    """The charts of a range of days; to clinicians and admins with the questions that were not understood."""
    problem = ""
    try:
        period = _range(request, state.settings)
    except RangeError as error:
        period, problem = _last(RANGES[1], state.settings), str(error)
    may_read = member.role in READERS
    found = await to_thread.run_sync(_figures, state, period)
    questions = await to_thread.run_sync(_questions, state, member, period) if may_read else []
    titles = {topic: title for title, topic in state.speech.titles()}
    return render(
        request,
        "desk/numbers.html",
        member,
        422 if problem else 200,
        problem=problem,
        period=period,
        query=f"first={period.first}&last={period.last}",
        ranges=RANGES,
        figures=found,
        charts=_charts(found),
        topics=[(titles.get(topic, topic), count) for topic, count in found.topics],
        answered_by=[(ANSWERED_BY.get(by, by), count) for by, count in found.answered_by],
        waiting=[("To the first acknowledgement", found.acknowledged), ("To the end", found.resolved)],
        in_words=in_words,
        may_read=may_read,
        questions=[(question, as_example(question.text)) for question in questions],
        most=MOST,
    )


@router.get("/days.csv")
async def days_csv(request: Request, state: In, member: Annotated[Member, Depends(signed_in)]) -> Response:
    """All counts by day."""
    found = await to_thread.run_sync(_figures, state, _asked(request, state.settings))
    columns = {
        **{f"messages_{name}": row for name, row in found.messages.items()},
        **{f"not_understood_{name}": row for name, row in found.not_understood.items()},
        **{f"escalations_{name}": row for name, row in found.escalations.items()},
        **{f"helpful_{name}": row for name, row in found.helpful.items()},
    }
    rows = [[day.isoformat(), *(row[number] for row in columns.values())] for number, day in enumerate(found.days)]
    return _csv("days", [["day", *columns], *rows])


@router.get("/topics.csv")
async def topics_csv(request: Request, state: In, member: Annotated[Member, Depends(signed_in)]) -> Response:
    """How often each topic was answered."""
    found = await to_thread.run_sync(_figures, state, _asked(request, state.settings))
    titles = {topic: title for title, topic in state.speech.titles()}
    rows = [[topic, titles.get(topic, ""), count] for topic, count in found.topics]
    return _csv("topics", [["topic", "title", "answers"], *rows])


@router.get("/questions.csv")
async def questions_csv(request: Request, state: In, member: Reader) -> Response:
    """The questions that were not understood, in the patients' words."""
    period = _asked(request, state.settings)
    found = await to_thread.run_sync(_questions, state, member, period)
    rows = [[one.text, one.times, one.last.astimezone(period.zone).isoformat(timespec="minutes")] for one in found]
    return _csv("questions", [["text", "times", "last"], *rows])


def as_example(text: str) -> str:
    """Words as a line of a training file; square brackets, which mark entities there, become round ones."""
    return f"    - {' '.join(text.translate(str.maketrans('[]', '()')).split())}"


def in_words(seconds: float | None) -> str:
    """A time as a person reads it: "40 s", "5 min", "2 h 10 min", "3 days"."""
    if seconds is None:
        return "none yet"
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes / 60 / 24:.1f} days"


def _figures(state: State, period: Range) -> Figures:
    with state.store.read() as session:
        return figures.of(session, period)


def _questions(state: State, member: Member, period: Range) -> list[Question]:
    """Words of patients: that they were looked at goes into the audit log."""
    with state.store.write() as session:
        found = figures.questions_not_understood(session, period, MOST)
        audit.write(session, member.name, "looked at questions not understood", about=f"{len(found)} questions")
    return found


def _charts(found: Figures) -> list[charts.Chart]:
    return [
        charts.by_day("messages", "Messages", found.days, found.messages, CHANNELS),
        charts.by_day("escalations", "Escalations", found.days, found.escalations, URGENCIES),
        charts.by_day("not-understood", "Questions not understood", found.days, found.not_understood, KINDS),
        charts.by_day("helpful", "Was an answer helpful?", found.days, found.helpful, HELPFUL),
    ]


def _asked(request: Request, settings: Settings) -> Range:
    try:
        return _range(request, settings)
    except RangeError as error:
        raise Problem(422, str(error)) from None


def _range(request: Request, settings: Settings) -> Range:
    """The days that the address names: `days` up to today, or `first` and `last`. Raises `RangeError`."""
    given = request.query_params
    if given.get("first") or given.get("last"):
        try:
            last = dt.date.fromisoformat(given["last"]) if given.get("last") else _today(settings)
            first = dt.date.fromisoformat(given["first"]) if given.get("first") else last
        except ValueError:
            raise RangeError("Please give days such as 2026-11-24.") from None
        return Range(first, last, settings.hours.zone)
    days = given.get("days", "")
    return _last(int(days) if days in map(str, RANGES) else RANGES[1], settings)


def _last(days: int, settings: Settings) -> Range:
    today = _today(settings)
    return Range(today - dt.timedelta(days=days - 1), today, settings.hours.zone)


def _today(settings: Settings) -> dt.date:
    return now().astimezone(settings.hours.zone).date()


def _csv(name: str, rows: list[list[object]]) -> Response:
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="hipline-{name}.csv"'}
    return Response(sheets.written(rows), media_type="text/csv; charset=utf-8", headers=headers)
