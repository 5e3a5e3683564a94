"""The page: one HTML file that fetches nothing, says in words what its pictures show, and escapes everything."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.run.evaluation import Fallback, Judged, accuracy, costs, page, page_triage, page_understanding, scope
from bot.run.evaluation.triage_figures import figures
from tests.run.evaluation.test_triage_figures import LIMITS, ROWS

TOPICS = {"onset", "benefits"}
ATTACK = "<script>alert('x')</script> & \"quotes\""
VOID = {"meta"}

JUDGED = [
    Judged.of("when", ("onset",), [("onset", 0.9), ("benefits", 0.1)], "plain"),
    Judged.of(ATTACK, ("onset",), [("benefits", 0.9), ("onset", 0.1)], "<b>sms</b>"),
    Judged.of("the knee", ("out_of_scope_near",), [("out_of_scope_near", 0.9), ("onset", 0.1)], "plain"),
    Judged.of("may I", ("personal_decision",), [("personal_decision", 0.9), ("onset", 0.1)], "plain"),
]


class Page(HTMLParser):
    """Reads the page strictly: every element that is opened is closed, in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def understanding(judged: list[Judged]) -> str:
    fallback = Fallback(0.4, 0.05)
    report: dict[str, Any] = {
        "how": "Cross-validation",
        "limit": None,
        **accuracy.figures(judged, TOPICS, fallback.threshold, fallback.ambiguity),
        **accuracy.details(judged, TOPICS, fallback),
        "scope": scope.curves(judged, fallback),
        "choice": costs.choice(judged, TOPICS, fallback, costs.load()),
    }
    return page.render("Understanding", page_understanding.sections(report), report)


def urgency(texts: bool = True, limit: int | None = None) -> str:
    rows = [*ROWS, dataclasses.replace(ROWS[2], text=ATTACK, category="<i>x</i>")]
    report = {"how": "Cross-validation", "limit": limit, **figures(rows, texts, LIMITS)}
    return page.render("Urgency", page_triage.sections(report), report)


@pytest.fixture(scope="module", params=["understanding", "of nothing", "urgency"])
def text(request: pytest.FixtureRequest) -> str:
    if request.param == "urgency":
        return urgency()
    return understanding(JUDGED if request.param == "understanding" else [])


def test_every_picture_says_in_words_what_it_shows_and_has_a_table_beside_it(text: str) -> None:
    found = Page(text)
    pictures = found.all("svg")
    assert pictures
    assert all(picture["role"] == "img" and len(picture["aria-label"] or "") > 20 for picture in pictures)
    for section in re.findall(r"<section.*?</section>", text, re.DOTALL):
        assert "<svg" not in section or "<table" in section


def test_nothing_is_fetched(text: str) -> None:
    found = Page(text)
    assert not found.all("script", "link", "img", "iframe", "image", "use", "object", "base")
    for _, attributes in found.elements:
        assert not {"src", "srcset", "action", "style:background", "xlink:href"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    assert "://" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_all_ids_are_different_and_all_links_lead_somewhere(text: str) -> None:
    found = Page(text)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {(link["href"] or "")[1:] for link in found.all("a")} == set(ids)


def test_every_table_has_its_heads_and_each_row_as_many_cells(text: str) -> None:
    for table in re.findall(r"<table>.*?</table>", text, re.DOTALL):
        heads = table.count('<th scope="col">')
        assert heads > 0
        for row in re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL):
            cells = len(re.findall(r"<t[hd]\b", row))
            assert cells == heads or "colspan" in row


def test_a_message_s_words_are_shown_and_never_run() -> None:
    text = understanding(JUDGED) + urgency()
    assert Page(text).words.count(ATTACK) == 2
    assert "<script" not in text
    assert "<b>" not in text
    assert "<i>" not in text


def test_the_figures_stand_with_their_bounds_and_numbers() -> None:
    assert '<th scope="row">right intent, all</th><td>0.750</td><td>0.301 to 0.954</td><td>3 of 4</td>' in (
        understanding(JUDGED)
    )


def test_a_quick_look_says_that_it_is_one() -> None:
    assert "quick look at 5 examples" in urgency(limit=5)
    assert "quick look" not in urgency()


def test_without_words_the_mistakes_have_none() -> None:
    assert "missed by far" in urgency()
    assert "missed by far" not in urgency(texts=False)
