"""Layout of the SVG charts: numbers in; bars, paths and axis ticks out, in whole SVG units.

Colours are in the stylesheet, labels in the template.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CHART_WIDTH = 480
# Each bar is below its label.
LABEL_HEIGHT, BAR_HEIGHT, BAR_GAP = 20, 16, 10
# Space to the right of the longest bar for its number.
NUMBER_WIDTH = 60
MAX_LABEL_LENGTH = 52
# Space around a line chart for the numbers on the left and the dates below.
MARGIN_LEFT, MARGIN_TOP, MARGIN_RIGHT, MARGIN_BOTTOM = 52, 12, 12, 30
LINE_CHART_HEIGHT = 240


@dataclass(frozen=True)
class BarData:
    """Input of a bar: label, number at its end, text alternative, segments as {CSS class: number}, and limit."""

    label: str
    number: int
    description: str
    segments: dict[str, int]
    limit: int | None = None


@dataclass(frozen=True)
class BarSegment:
    """Part of a bar in one colour."""

    css_class: str
    number: int
    x: int
    width: int


@dataclass(frozen=True)
class ChartBar:
    """Bar in SVG units: y is the top of its label, limit the x position of the limit line."""

    label: str
    number: int
    description: str
    y: int
    segments: list[BarSegment]
    limit: int | None = None

    @property
    def baseline(self) -> int:
        return self.y + LABEL_HEIGHT - 6

    @property
    def top(self) -> int:
        return self.y + LABEL_HEIGHT

    @property
    def bottom(self) -> int:
        return self.top + BAR_HEIGHT

    @property
    def middle(self) -> int:
        return self.top + BAR_HEIGHT - 3

    @property
    def label_end(self) -> int:
        return max([segment.x + segment.width for segment in self.segments] + [self.limit or 0]) + 6


@dataclass(frozen=True)
class BarChart:
    bars: list[ChartBar]
    height: int
    width: int = CHART_WIDTH
    thickness: int = BAR_HEIGHT


def build_bar_chart(rows: Iterable[BarData]) -> BarChart:
    """Return a chart in which all bars have the same scale."""
    rows = list(rows)
    longest = max([max(sum(row.segments.values()), row.limit or 0) for row in rows], default=0)
    bars = [build_bar(index, row, longest or 1) for index, row in enumerate(rows)]
    return BarChart(bars, max(len(rows) * (LABEL_HEIGHT + BAR_HEIGHT + BAR_GAP), 1))


def build_bar(index: int, row: BarData, longest: int) -> ChartBar:
    segments, total = [], 0
    for css_class, number in row.segments.items():
        start, total = scale_length(total, longest), total + number
        if number:
            # At least one unit wide, so that small numbers are visible.
            segments.append(BarSegment(css_class, number, start, max(scale_length(total, longest) - start, 1)))
    y = index * (LABEL_HEIGHT + BAR_HEIGHT + BAR_GAP)
    limit = None if row.limit is None else scale_length(row.limit, longest)
    return ChartBar(truncate_label(row.label), row.number, row.description, y, segments, limit)


def scale_length(number: int, longest: int) -> int:
    return round(number * (CHART_WIDTH - NUMBER_WIDTH) / longest)


def truncate_label(label: object) -> str:
    label = str(label)
    return label if len(label) <= MAX_LABEL_LENGTH else f"{label[: MAX_LABEL_LENGTH - 1].rstrip()}…"


@dataclass(frozen=True)
class AxisTick:
    """Number or date at a position along an axis."""

    value: int | datetime.date
    position: int


@dataclass(frozen=True)
class LineChart:
    """Cumulative line chart: line_path and area_path are SVG path data."""

    line_path: str
    area_path: str
    x_ticks: list[AxisTick]
    y_ticks: list[AxisTick]
    width: int = CHART_WIDTH
    height: int = LINE_CHART_HEIGHT
    left: int = MARGIN_LEFT
    right: int = CHART_WIDTH - MARGIN_RIGHT
    floor: int = LINE_CHART_HEIGHT - MARGIN_BOTTOM


def build_line_chart(totals: Sequence[tuple[datetime.date, int]]) -> LineChart:
    """Return the chart of cumulative totals, given as (date, total at the end of that day), ordered by date.

    At least one total is required.
    """
    first, last, top = totals[0][0], totals[-1][0], round_up_for_axis(totals[-1][1])
    days = max((last - first).days, 1)

    def x(date: datetime.date) -> int:
        return MARGIN_LEFT + round((date - first).days * (CHART_WIDTH - MARGIN_LEFT - MARGIN_RIGHT) / days)

    def y(number: int) -> int:
        return (
            LINE_CHART_HEIGHT - MARGIN_BOTTOM - round(number * (LINE_CHART_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM) / top)
        )

    end = CHART_WIDTH - MARGIN_RIGHT
    line = "".join(f"H{x(date)}V{y(total)}" for date, total in totals) + f"H{end}"
    start = f"M{MARGIN_LEFT} {y(0)}"
    numbers = [0, top // 2, top] if top % 2 == 0 else [0, top]
    dates = [AxisTick(first, x(first))] if first == last else [AxisTick(first, x(first)), AxisTick(last, end)]
    return LineChart(start + line, f"{start}{line}V{y(0)}Z", dates, [AxisTick(number, y(number)) for number in numbers])


def round_up_for_axis(number: int) -> int:
    """Return the next round number: 1 to 10, 12, 15, 20, 30, 40, 50, 60, 80, 100, 120 and so on."""
    size = 1
    while number > 10 * size:
        size *= 10
    steps = range(1, 11) if size == 1 else (10, 12, 15, 20, 30, 40, 50, 60, 80, 100)
    unit = max(size // 10, 1)
    return next(unit * step for step in steps if number <= unit * step)
