"""Charts as shapes: what is drawn is to scale, within the drawing, and in whole units."""

import datetime
import re

import pytest

from conference.registration.admin.charts import CHART_WIDTH, BarData, build_bar_chart, build_line_chart, truncate_label

DAY = datetime.timedelta(days=1)
MARCH = datetime.date(2020, 3, 1)


def a_row(limit=None, **parts):
    return BarData("Media", sum(parts.values()), "Media", parts, limit)


def test_bars_are_to_scale():
    long, short = build_bar_chart([a_row(confirmed=100), a_row(confirmed=50)]).bars
    assert short.segments[0].width * 2 == long.segments[0].width


def test_parts_of_a_bar_follow_each_other():
    (bar,) = build_bar_chart([a_row(confirmed=30, others=70)]).bars
    first, second = bar.segments
    assert (first.x, second.x) == (0, first.width)


def test_what_is_none_is_not_drawn_and_one_of_many_is():
    _many, one = build_bar_chart([a_row(confirmed=100_000), a_row(confirmed=1, others=0)]).bars
    assert [part.kind for part in one.segments] == ["confirmed"]
    assert one.segments[0].width == 1


def test_a_limit_stands_where_a_full_bar_would_end():
    half, full = build_bar_chart([a_row(limit=80, in_person=40), a_row(limit=80, in_person=80)]).bars
    assert half.limit == full.limit == full.segments[0].width


def test_the_number_stands_after_the_bar_and_its_limit():
    (bar,) = build_bar_chart([a_row(limit=80, in_person=40)]).bars
    assert bar.label_end > bar.limit > bar.segments[0].width
    assert bar.label_end < CHART_WIDTH


def test_bars_do_not_overlap():
    drawn = build_bar_chart([a_row(confirmed=1)] * 3)
    assert all(before.bottom < after.y for before, after in zip(drawn.bars, drawn.bars[1:], strict=False))
    assert drawn.bars[-1].bottom <= drawn.height


@pytest.mark.parametrize("rows", [[], [a_row(confirmed=0)], [a_row(limit=0, in_person=0)]])
def test_nothing_can_be_drawn_as_well(rows):
    assert len(build_bar_chart(rows).bars) == len(rows)


def test_a_long_label_is_cut_and_says_so():
    assert truncate_label("x" * 80) == "x" * 51 + "…"
    assert truncate_label("Media") == "Media"


def places(path):
    return [int(number) for number in re.findall(r"-?\d+", path)]


def test_a_curve_rises_from_the_floor_within_its_field():
    drawn = build_line_chart([(MARCH, 3), (MARCH + 4 * DAY, 10)])
    assert drawn.line_path == "M52 210H52V151H468V12H468"
    assert drawn.area_path == f"{drawn.line_path}V210Z"
    assert "." not in drawn.area_path


def test_a_curve_of_a_single_day_is_drawn():
    drawn = build_line_chart([(MARCH, 7)])
    assert [tick.value for tick in drawn.x_ticks] == [MARCH]
    assert max(places(drawn.line_path)) <= drawn.width


def test_days_without_anybody_keep_their_width():
    drawn = build_line_chart([(MARCH, 1), (MARCH + DAY, 2), (MARCH + 10 * DAY, 3)])
    _left, _floor, first, _up, second, *_ = places(drawn.line_path)
    assert second - first == 42


@pytest.mark.parametrize(
    ("number", "top"), [(1, 1), (7, 7), (11, 12), (13, 15), (40, 40), (81, 100), (120, 120), (9999, 10_000)]
)
def test_the_scale_ends_at_a_round_number(number, top):
    assert build_line_chart([(MARCH, number)]).y_ticks[-1].value == top
