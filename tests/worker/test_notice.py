"""What an alert says under each privacy setting, and the link in it."""

from __future__ import annotations

import dataclasses
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from bot.care import callers
from bot.care.keys import digest
from bot.worker.links import Links, secret_of
from bot.worker.notice import Notice
from tests.worker.conftest import NURSE, House, Post

NUMBER = "+12025550123"


def told(house: House, post: Post, **settings: Any) -> Notice:
    """The alert on a patient's thoughts of self-harm, which came by SMS."""
    house.told(NURSE, **settings)
    house.red(name=NUMBER, channel="sms", kind="crisis")
    house.clock.go(seconds=1)
    house.work()
    [(_, notice)] = post.sent
    return notice


def test_by_default_an_alert_holds_nothing_of_what_the_patient_wrote_nor_who_it_is(house: House, post: Post) -> None:
    notice = told(house, post)
    assert (notice.category, notice.text, notice.telephone) == (None, None, None)
    whole = f"{notice.payload()} {notice.title()} {notice.body()}"
    for private in ("throat", NUMBER, "self"):
        assert private not in whole


def test_the_category_is_told_where_the_clinic_allows_that(house: House, post: Post) -> None:
    notice = told(house, post, share="category")
    assert (notice.category, notice.text, notice.telephone) == ("self_harm", None, None)
    assert "About: thoughts of self-harm" in notice.body()
    assert "throat" not in f"{notice.payload()} {notice.body()}"


def test_the_text_is_told_where_the_clinic_allows_that(house: House, post: Post) -> None:
    notice = told(house, post, share="text")
    assert (notice.category, notice.text, notice.telephone) == ("self_harm", "my throat is closing", None)
    assert "The message: my throat is closing" in notice.body()


def test_a_webhook_gets_the_number_where_the_clinic_allows_that(house: House, post: Post) -> None:
    notice = told(house, post, share_telephone=True)
    assert notice.payload()["telephone"] == NUMBER
    assert NUMBER not in notice.body()


def test_a_name_that_is_no_number_is_never_told(house: House, post: Post) -> None:
    house.told(NURSE, share_telephone=True)
    house.red(name="ann")
    house.clock.go(seconds=1)
    house.work()
    assert post.sent[0][1].telephone is None


@pytest.mark.parametrize("settings", [{}, {"share": "text", "share_telephone": True}])
def test_a_number_that_was_left_on_the_website_stays_at_the_desk(
    house: House, post: Post, settings: dict[str, Any]
) -> None:
    house.told(NURSE, **settings)
    escalation = house.red(name="ann")
    with house.store.write() as session:
        callers.leave(session, house.escalation(escalation).conversation_id, NUMBER, "Ann Lee")
    house.clock.go(seconds=1)
    house.work()
    [(_, notice)] = post.sent
    whole = f"{notice.payload()} {notice.title()} {notice.body()}"
    for private in (NUMBER, "Ann Lee"):
        assert private not in whole


def test_an_alert_that_is_repeated_says_so() -> None:
    first = Notice("1", "alert", "2", "urgent", "web", *[_now()] * 2, 0, "https://hipline.test/alerts/x")
    assert first.title() == "Hipline: urgent"
    assert dataclasses.replace(first, round=1).title() == "Hipline: urgent, not acknowledged yet"


def test_a_token_is_the_same_each_time_and_only_its_hash_is_kept(house: House, post: Post) -> None:
    house.red()
    house.clock.go(seconds=1)
    house.work()
    [alert] = house.alerts()
    token = post.sent[0][1].link.removeprefix("https://hipline.test/alerts/")
    assert token == house.links.token(alert.id)
    assert len(token) * 6 >= 256
    assert alert.token_hash == digest(token)
    assert Links("https://hipline.test/alerts", b"another machine's secret").token(alert.id) != token
    assert alert.expires_at is not None
    assert (alert.expires_at - house.clock()).days == 7


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_the_secret_is_made_once_and_is_its_owner_s_alone(state: Path) -> None:
    before = os.umask(0o022)
    try:
        first = secret_of(state)
    finally:
        os.umask(before)
    assert len(first) == 64
    assert secret_of(state) == first
    assert stat.S_IMODE((state / "alerts.key").stat().st_mode) == 0o600
    assert [file.name for file in state.iterdir()] == ["alerts.key"]
    assert secret_of(state / "other") != first


def _now() -> Any:
    import datetime as dt

    return dt.datetime(2026, 7, 1, tzinfo=dt.timezone.utc)
