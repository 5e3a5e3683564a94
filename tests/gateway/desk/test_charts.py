from __future__ import annotations

import datetime as dt

import pytest

from bot.gateway.desk import charts

DAYS = [dt.date(2026, 11, 1) + dt.timedelta(days=number) for number in range(3)]


def test_the_parts_of_a_day_stand_on_one_another_and_are_as_high_as_their_counts() -> None:
    chart = charts.by_day("messages", "Messages", DAYS, {"web": [0, 2, 4], "sms": [0, 2, 0]}, {"web": "Website"})
    web, sms, last = chart.bars
    assert (web.label, sms.label) == ("2026-11-02: 2 Website", "2026-11-02: 2 sms")
    assert web.height == sms.height == pytest.approx(last.height / 2, abs=0.02)
    assert sms.y + sms.height == pytest.approx(web.y, abs=0.02)
    assert [bar.series for bar in chart.bars] == [0, 1, 0]
    assert web.x == sms.x < last.x


def test_a_chart_says_in_words_and_in_a_table_what_it_shows() -> None:
    chart = charts.by_day("m", "Messages", DAYS, {"web": [1, 0, 1000]}, {"web": "Website", "desk": "Desk"})
    assert chart.description == "By day from 2026-11-01 to 2026-11-03. In all Website: 1,001."
    assert list(chart.rows) == [("2026-11-01", [1]), ("2026-11-02", [0]), ("2026-11-03", [1000])]
    assert not chart.is_empty


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (7, 10), (11, 20), (99, 100), (101, 200)])
def test_the_scale_ends_at_a_round_number_that_is_high_enough(most: int, top: int) -> None:
    chart = charts.by_day("m", "Messages", DAYS, {"web": [0, most, 0]}, {})
    assert chart.lines[-1][1] == top
    assert all(bar.y >= chart.lines[-1][0] for bar in chart.bars)


@pytest.mark.parametrize("days", [1, 7, 30, 366])
def test_a_few_days_are_named_and_every_bar_is_within_the_picture(days: int) -> None:
    range_ = [dt.date(2026, 1, 1) + dt.timedelta(days=number) for number in range(days)]
    chart = charts.by_day("m", "Messages", range_, {"web": [1] * days}, {})
    assert 1 <= len(chart.labels) <= 6
    assert len(chart.bars) == days
    assert all(chart.left <= bar.x and bar.x + bar.width <= chart.width for bar in chart.bars)
