"""Layout of the charts: to scale, inside the plot area, in whole units."""

import datetime
import re

import pytest

from conference.registration.admin.statistics.charts import (
    CHART_WIDTH,
    BarData,
    build_bar_chart,
    build_line_chart,
    truncate_label,
)

DAY = datetime.timedelta(days=1)
MARCH = datetime.date(2020, 3, 1)


def make_row(limit=None, **segments):
    return BarData("Media", sum(segments.values()), "Media", segments, limit)


def test_build_bar_chart_bars_have_the_same_scale():
    long, short = build_bar_chart([make_row(confirmed=100), make_row(confirmed=50)]).bars
    assert short.segments[0].width * 2 == long.segments[0].width


def test_build_bar_chart_segments_are_adjacent():
    (bar,) = build_bar_chart([make_row(confirmed=30, others=70)]).bars
    first, second = bar.segments
    assert (first.x, second.x) == (0, first.width)


def test_build_bar_chart_omits_zero_and_keeps_small_segments_visible():
    _many, one = build_bar_chart([make_row(confirmed=100_000), make_row(confirmed=1, others=0)]).bars
    assert [segment.css_class for segment in one.segments] == ["confirmed"]
    assert one.segments[0].width == 1


def test_build_bar_chart_limit_is_at_the_end_of_a_full_bar():
    half, full = build_bar_chart([make_row(limit=80, in_person=40), make_row(limit=80, in_person=80)]).bars
    assert half.limit == full.limit == full.segments[0].width


def test_build_bar_chart_number_is_after_bar_and_limit():
    (bar,) = build_bar_chart([make_row(limit=80, in_person=40)]).bars
    assert bar.label_end > bar.limit > bar.segments[0].width
    assert bar.label_end < CHART_WIDTH


def test_build_bar_chart_bars_do_not_overlap():
    chart = build_bar_chart([make_row(confirmed=1)] * 3)
    assert all(before.bottom < after.y for before, after in zip(chart.bars, chart.bars[1:], strict=False))
    assert chart.bars[-1].bottom <= chart.height


@pytest.mark.parametrize("rows", [[], [make_row(confirmed=0)], [make_row(limit=0, in_person=0)]])
def test_build_bar_chart_accepts_empty_data(rows):
    assert len(build_bar_chart(rows).bars) == len(rows)


def test_truncate_label_long_text_ends_with_an_ellipsis():
    assert truncate_label("x" * 80) == "x" * 51 + "…"
    assert truncate_label("Media") == "Media"


def coordinates(path):
    return [int(number) for number in re.findall(r"-?\d+", path)]


def test_build_line_chart_paths_are_within_the_plot_area():
    chart = build_line_chart([(MARCH, 3), (MARCH + 4 * DAY, 10)])
    assert chart.line_path == "M52 210H52V151H468V12H468"
    assert chart.area_path == f"{chart.line_path}V210Z"
    assert "." not in chart.area_path


def test_build_line_chart_accepts_a_single_day():
    chart = build_line_chart([(MARCH, 7)])
    assert [tick.value for tick in chart.x_ticks] == [MARCH]
    assert max(coordinates(chart.line_path)) <= chart.width


def test_build_line_chart_days_without_data_keep_their_width():
    chart = build_line_chart([(MARCH, 1), (MARCH + DAY, 2), (MARCH + 10 * DAY, 3)])
    _left, _floor, first, _up, second, *_ = coordinates(chart.line_path)
    assert second - first == 42


@pytest.mark.parametrize(
    ("number", "top"), [(1, 1), (7, 7), (11, 12), (13, 15), (40, 40), (81, 100), (120, 120), (9999, 10_000)]
)
def test_build_line_chart_axis_ends_at_a_round_number(number, top):
    assert build_line_chart([(MARCH, number)]).y_ticks[-1].value == top
