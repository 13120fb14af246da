"""Elements of a badge with their places, which the PDF and the preview draw. Lengths are millimetres."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from ..pdf.text_layout import FittedText, text_width


class Align(Enum):
    START = "start"
    CENTER = "center"


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def right(self) -> float:
        return self.x + self.width

    def inset(self, margin: float) -> Self:
        return type(self)(self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin)

    def split_top(self, height: float, gap: float = 0) -> tuple[Self, Self]:
        """Return the upper part of this height and the rest, with a gap between them."""
        return replace(self, height=height), replace(
            self, y=self.y + height + gap, height=max(0, self.height - height - gap)
        )

    def split_bottom(self, height: float, gap: float = 0) -> tuple[Self, Self]:
        """Return the rest and the lower part of this height, with a gap between them."""
        rest, lower = self.split_top(self.height - height)
        return replace(rest, height=max(0, rest.height - gap)), lower

    def split_left(self, width: float, gap: float = 0) -> tuple[Self, Self]:
        return replace(self, width=width), replace(self, x=self.x + width + gap, width=max(0, self.width - width - gap))

    def split_right(self, width: float, gap: float = 0) -> tuple[Self, Self]:
        rest, right = self.split_left(self.width - width)
        return replace(rest, width=max(0, rest.width - gap)), right

    def fit_inside(self, width: float, height: float) -> Self:
        """Return the largest box of these proportions in the middle of this one."""
        scale = min(self.width / width, self.height / height)
        width, height = width * scale, height * scale
        return type(self)(self.x + (self.width - width) / 2, self.y + (self.height - height) / 2, width, height)


@dataclass(frozen=True)
class TextItem:
    """Lines of text, centred vertically in their box."""

    box: Box
    text: str
    fitted: FittedText
    color: str
    align: Align = Align.CENTER
    tag: str = "/P"

    def lines(self) -> list[tuple[str, float, float]]:
        """Return each line with its top left corner."""
        style, y = self.fitted.style, self.box.y + (self.box.height - self.fitted.height) / 2
        places = []
        for line in self.fitted.lines:
            free = self.box.width - text_width(line, style)
            if self.align == Align.CENTER:
                x = self.box.x + free / 2
            else:
                x = self.box.x + (free if style.is_right_to_left else 0)
            places.append((line, x, y))
            y += style.line_height
        return places


@dataclass(frozen=True)
class RectItem:
    box: Box
    color: str


@dataclass(frozen=True)
class EllipseItem:
    box: Box
    color: str


@dataclass(frozen=True)
class QRCodeItem:
    """Code with its quiet zone inside the box."""

    box: Box
    text: str


class Image(Enum):
    LOGO = "logo"
    PHOTO = "photo"


@dataclass(frozen=True)
class ImageItem:
    """The image of this kind fitted into the box."""

    box: Box
    image: Image


Item = TextItem | RectItem | EllipseItem | QRCodeItem | ImageItem
