"""Charts as shapes: numbers in; bars, paths and ticks out, in whole units of a drawing. Pure. How they look is the
stylesheet's, what they say the template's."""

import datetime
from dataclasses import dataclass

WIDTH = 480
# Of the line of a label, of the bar under it, and between one bar and the next label.
LABEL, BAR, GAP = 20, 16, 10
# What stands right of the longest bar: its number.
ROOM_FOR_NUMBER = 60
LONGEST_LABEL = 52
# Around the field of a curve: for the numbers at its left and the dates beneath.
LEFT, TOP, RIGHT, BOTTOM = 52, 12, 12, 30
HEIGHT = 240


@dataclass(frozen=True)
class Row:
    """What a bar stands for: its label, the number at its end, the whole of it in words, {kind: number}, and where it
    would end if everything were taken."""

    label: str
    number: int
    words: str
    parts: dict
    limit: int | None = None


@dataclass(frozen=True)
class Part:
    """A piece of a bar. kind is the name of its looks."""

    kind: str
    number: int
    x: int
    width: int


@dataclass(frozen=True)
class Bar:
    """y is the upper edge of its label, limit a place along it, or None."""

    label: str
    number: int
    words: str
    y: int
    parts: list
    limit: int | None = None

    @property
    def baseline(self):
        return self.y + LABEL - 6

    @property
    def top(self):
        return self.y + LABEL

    @property
    def bottom(self):
        return self.top + BAR

    @property
    def middle(self):
        return self.top + BAR - 3

    @property
    def after(self):
        return max([part.x + part.width for part in self.parts] + [self.limit or 0]) + 6


@dataclass(frozen=True)
class Bars:
    bars: list
    height: int
    width: int = WIDTH
    thickness: int = BAR


def bars(rows):
    """Lengths are to scale across all rows."""
    rows = list(rows)
    longest = max([max(sum(row.parts.values()), row.limit or 0) for row in rows], default=0)
    drawn = [_bar(number, row, longest or 1) for number, row in enumerate(rows)]
    return Bars(drawn, max(len(rows) * (LABEL + BAR + GAP), 1))


def _bar(number, row, longest):
    parts, so_far = [], 0
    for kind, count in row.parts.items():
        start, so_far = _along(so_far, longest), so_far + count
        if count:
            # The smallest number is still to be seen.
            parts.append(Part(kind, count, start, max(_along(so_far, longest) - start, 1)))
    y = number * (LABEL + BAR + GAP)
    limit = None if row.limit is None else _along(row.limit, longest)
    return Bar(shortened(row.label), row.number, row.words, y, parts, limit)


def _along(number, longest):
    return round(number * (WIDTH - ROOM_FOR_NUMBER) / longest)


def shortened(label):
    label = str(label)
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


@dataclass(frozen=True)
class Tick:
    """A number or a date, and where it stands."""

    value: int | datetime.date
    place: int


@dataclass(frozen=True)
class Curve:
    """A sum that grows from day to day: line and area are paths of SVG; across and up are what stands at the edges."""

    line: str
    area: str
    across: list
    up: list
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def curve(totals):
    """totals: (date, sum at the end of that day), by date, at least one."""
    first, last, top = totals[0][0], totals[-1][0], _round_number(totals[-1][1])
    days = max((last - first).days, 1)

    def x(date):
        return LEFT + round((date - first).days * (WIDTH - LEFT - RIGHT) / days)

    def y(number):
        return HEIGHT - BOTTOM - round(number * (HEIGHT - TOP - BOTTOM) / top)

    end = WIDTH - RIGHT
    line = "".join(f"H{x(date)}V{y(total)}" for date, total in totals) + f"H{end}"
    start = f"M{LEFT} {y(0)}"
    numbers = [0, top // 2, top] if top % 2 == 0 else [0, top]
    dates = [Tick(first, x(first))] if first == last else [Tick(first, x(first)), Tick(last, end)]
    return Curve(start + line, f"{start}{line}V{y(0)}Z", dates, [Tick(number, y(number)) for number in numbers])


def _round_number(number):
    """The next that is not smaller of 1 to 10, 12, 15, 20, 30, 40, 50, 60, 80, 100, 120 and so on."""
    size = 1
    while number > 10 * size:
        size *= 10
    steps = range(1, 11) if size == 1 else (10, 12, 15, 20, 30, 40, 50, 60, 80, 100)
    unit = max(size // 10, 1)
    return next(unit * step for step in steps if number <= unit * step)
