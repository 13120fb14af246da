"""Sizes of badges and pages, in millimetres."""

from dataclasses import dataclass

from ..models import BadgeLayout


@dataclass(frozen=True)
class Position:
    """Top left corner of a badge on its page."""

    x: float
    y: float


@dataclass(frozen=True)
class BadgeFormat:
    """Size of a badge, and the page on which one or more of them are printed."""

    width: float
    height: float
    page_width: float
    page_height: float
    positions: tuple[Position, ...] = (Position(0, 0),)

    @property
    def is_landscape(self) -> bool:
        return self.width > self.height

    @property
    def has_crop_marks(self) -> bool:
        return len(self.positions) > 1

    def mirror(self, position: Position) -> Position:
        """Return where the back of a badge is, if the sheet is flipped on its long edge."""
        return Position(self.page_width - position.x - self.width, position.y)


def arrange_in_grid(width: float, height: float, columns: int, rows: int) -> BadgeFormat:
    """Return a format of badges side by side in the middle of an A4 page."""
    page_width, page_height = 210, 297
    left, top = (page_width - columns * width) / 2, (page_height - rows * height) / 2
    return BadgeFormat(
        width,
        height,
        page_width,
        page_height,
        tuple(Position(left + column * width, top + row * height) for row in range(rows) for column in range(columns)),
    )


FORMATS = {
    BadgeLayout.Format.A6: BadgeFormat(105, 148, 105, 148),
    BadgeLayout.Format.A4: arrange_in_grid(95, 138, columns=2, rows=2),
    BadgeLayout.Format.LABEL_WIDE: BadgeFormat(90, 50, 90, 50),
    BadgeLayout.Format.LABEL_ROLL: BadgeFormat(62, 100, 62, 100),
}


def get_format(layout: BadgeLayout) -> BadgeFormat:
    return FORMATS[BadgeLayout.Format(layout.format)]
