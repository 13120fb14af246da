"""Charts as shapes: numbers in; bars, paths and ticks out, in whole units of a drawing. Pure. How they look is the
stylesheet's, what they say the template's."""

import datetime
from dataclasses import dataclass

CHART_WIDTH = 480
# Of the line of a label, of the bar under it, and between one bar and the next label.
LABEL_HEIGHT, BAR_HEIGHT, BAR_GAP = 20, 16, 10
# What stands right of the longest bar: its number.
NUMBER_WIDTH = 60
MAX_LABEL_LENGTH = 52
# Around the field of a curve: for the numbers at its left and the dates beneath.
MARGIN_LEFT, MARGIN_TOP, MARGIN_RIGHT, MARGIN_BOTTOM = 52, 12, 12, 30
LINE_CHART_HEIGHT = 240


@dataclass(frozen=True)
class BarData:
    """What a bar stands for: its label, the number at its end, the whole of it in words, {kind: number}, and where it
    would end if everything were taken."""

    label: str
    number: int
    description: str
    segments: dict
    limit: int | None = None


@dataclass(frozen=True)
class BarSegment:
    """A piece of a bar. kind is the name of its looks."""

    kind: str
    number: int
    x: int
    width: int


@dataclass(frozen=True)
class ChartBar:
    """y is the upper edge of its label, limit a place along it, or None."""

    label: str
    number: int
    description: str
    y: int
    segments: list
    limit: int | None = None

    @property
    def baseline(self):
        return self.y + LABEL_HEIGHT - 6

    @property
    def top(self):
        return self.y + LABEL_HEIGHT

    @property
    def bottom(self):
        return self.top + BAR_HEIGHT

    @property
    def middle(self):
        return self.top + BAR_HEIGHT - 3

    @property
    def label_end(self):
        return max([part.x + part.width for part in self.segments] + [self.limit or 0]) + 6


@dataclass(frozen=True)
class BarChart:
    bars: list
    height: int
    width: int = CHART_WIDTH
    thickness: int = BAR_HEIGHT


def build_bar_chart(rows):
    """Lengths are to scale across all rows."""
    rows = list(rows)
    longest = max([max(sum(row.segments.values()), row.limit or 0) for row in rows], default=0)
    drawn = [build_bar(number, row, longest or 1) for number, row in enumerate(rows)]
    return BarChart(drawn, max(len(rows) * (LABEL_HEIGHT + BAR_HEIGHT + BAR_GAP), 1))


def build_bar(number, row, longest):
    parts, so_far = [], 0
    for kind, count in row.segments.items():
        start, so_far = scale_length(so_far, longest), so_far + count
        if count:
            # The smallest number is still to be seen.
            parts.append(BarSegment(kind, count, start, max(scale_length(so_far, longest) - start, 1)))
    y = number * (LABEL_HEIGHT + BAR_HEIGHT + BAR_GAP)
    limit = None if row.limit is None else scale_length(row.limit, longest)
    return ChartBar(truncate_label(row.label), row.number, row.description, y, parts, limit)


def scale_length(number, longest):
    return round(number * (CHART_WIDTH - NUMBER_WIDTH) / longest)


def truncate_label(label):
    label = str(label)
    return label if len(label) <= MAX_LABEL_LENGTH else f"{label[: MAX_LABEL_LENGTH - 1].rstrip()}…"


@dataclass(frozen=True)
class AxisTick:
    """A number or a date, and where it stands."""

    value: int | datetime.date
    position: int


@dataclass(frozen=True)
class LineChart:
    """A sum that grows from day to day: line and area are paths of SVG; across and up are what stands at the edges."""

    line_path: str
    area_path: str
    x_ticks: list
    y_ticks: list
    width: int = CHART_WIDTH
    height: int = LINE_CHART_HEIGHT
    left: int = MARGIN_LEFT
    right: int = CHART_WIDTH - MARGIN_RIGHT
    floor: int = LINE_CHART_HEIGHT - MARGIN_BOTTOM


def build_line_chart(totals):
    """totals: (date, sum at the end of that day), by date, at least one."""
    first, last, top = totals[0][0], totals[-1][0], round_up_for_axis(totals[-1][1])
    days = max((last - first).days, 1)

    def x(date):
        return MARGIN_LEFT + round((date - first).days * (CHART_WIDTH - MARGIN_LEFT - MARGIN_RIGHT) / days)

    def y(number):
        return (
            LINE_CHART_HEIGHT - MARGIN_BOTTOM - round(number * (LINE_CHART_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM) / top)
        )

    end = CHART_WIDTH - MARGIN_RIGHT
    line = "".join(f"H{x(date)}V{y(total)}" for date, total in totals) + f"H{end}"
    start = f"M{MARGIN_LEFT} {y(0)}"
    numbers = [0, top // 2, top] if top % 2 == 0 else [0, top]
    dates = [AxisTick(first, x(first))] if first == last else [AxisTick(first, x(first)), AxisTick(last, end)]
    return LineChart(start + line, f"{start}{line}V{y(0)}Z", dates, [AxisTick(number, y(number)) for number in numbers])


def round_up_for_axis(number):
    """The next that is not smaller of 1 to 10, 12, 15, 20, 30, 40, 50, 60, 80, 100, 120 and so on."""
    size = 1
    while number > 10 * size:
        size *= 10
    steps = range(1, 11) if size == 1 else (10, 12, 15, 20, 30, 40, 50, 60, 80, 100)
    unit = max(size // 10, 1)
    return next(unit * step for step in steps if number <= unit * step)
