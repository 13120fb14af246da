"""Badges as a PDF: one per page, or four on an A4 page with crop marks; fronts and backs for printing on both sides."""

import io
from collections.abc import Iterable, Mapping, Sequence

from django.core.files.storage import default_storage
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf.enums import RenderStyle

from conference.site_data import get_conference_info

from ..models import BadgeLayout
from ..pdf.document import TextPDF
from .colors import parse_color
from .formats import BadgeFormat, Position, get_format
from .items import Box, EllipseItem, Image, ImageItem, Item, QRCodeItem, RectItem, TextItem
from .layout import BadgeFields, lay_out_back, lay_out_front

# Millimetres: length of crop marks, and their distance from the badges.
CROP_MARK, CROP_GAP = 5, 2
# A badge with the JPEG of its photo, or None.
PrintableBadge = tuple[BadgeFields, bytes | None]


def render_badges_pdf(layout: BadgeLayout, badges: Sequence[PrintableBadge]) -> bytes:
    """Return the PDF with the badges in this order. Backs follow the fronts of their sheet."""
    pdf = BadgePDF(layout)
    per_sheet = len(pdf.badge_format.positions)
    for start in range(0, len(badges), per_sheet):
        pdf.add_sheet(badges[start : start + per_sheet])
    return bytes(pdf.output())


class BadgePDF(TextPDF):
    """Document of badges of one layout."""

    def __init__(self, layout: BadgeLayout):
        self.layout, self.badge_format = layout, get_format(layout)
        title = _("Badges: %(conference)s") % {"conference": get_conference_info().short_name}
        size = self.badge_format.page_width, self.badge_format.page_height
        super().__init__(title, get_language() or "en", size)
        self.logo = read_logo(layout)

    def add_sheet(self, badges: Sequence[PrintableBadge]) -> None:
        positions = self.badge_format.positions
        fronts = [(lay_out_front(fields), photo) for fields, photo in badges]
        self.add_badge_page(zip(positions, fronts, strict=False))
        if self.layout.has_back:
            backs = [(lay_out_back(fields), None) for fields, _photo in badges]
            self.add_badge_page(zip(map(self.badge_format.mirror, positions), backs, strict=False))

    def add_badge_page(self, placed: Iterable[tuple[Position, tuple[list[Item], bytes | None]]]) -> None:
        self.add_page()
        for position, (items, photo) in placed:
            self.draw_items(items, position, {Image.LOGO: self.logo, Image.PHOTO: photo})
        if self.badge_format.has_crop_marks:
            self.draw_crop_marks(self.badge_format)

    def draw_items(self, items: Iterable[Item], position: Position, images: Mapping[Image, bytes | None]) -> None:
        """Draw the items of one side of a badge, with its top left corner at this position."""
        for item in items:
            x, y, box = position.x + item.box.x, position.y + item.box.y, item.box
            match item:
                case TextItem():
                    self.draw_text_item(item, position)
                case RectItem() | EllipseItem():
                    self.draw_shape(item, x, y)
                case QRCodeItem():
                    self.draw_qr_code_with_margin(item.text, x, y, min(box.width, box.height))
                case ImageItem() if data := images[item.image]:
                    alternative = _("Photo") if item.image == Image.PHOTO else _("Logo")
                    self.draw_image(data, Box(x, y, box.width, box.height), alternative)

    def draw_text_item(self, item: TextItem, position: Position) -> None:
        self.set_text_color(*parse_color(item.color))
        with self.tagged_element(item.tag):
            for line, x, y in item.lines():
                self.draw_line_of_text(line, position.x + x, position.y + y, item.fitted.style)

    def draw_shape(self, item: RectItem | EllipseItem, x: float, y: float) -> None:
        self.set_fill_color(*parse_color(item.color))
        draw = self.rect if isinstance(item, RectItem) else self.ellipse
        with self.artifact():
            draw(x, y, item.box.width, item.box.height, style=RenderStyle.F)

    def draw_image(self, data: bytes, box: Box, alternative: str) -> None:
        with self.tagged_element("/Figure", alt=alternative):
            self.image(io.BytesIO(data), box.x, box.y, box.width, box.height, keep_aspect_ratio=True)

    def draw_crop_marks(self, badge_format: BadgeFormat) -> None:
        """Draw marks outside of the badges at the ends of each line to cut along."""
        xs = sorted({x for place in badge_format.positions for x in (place.x, place.x + badge_format.width)})
        ys = sorted({y for place in badge_format.positions for y in (place.y, place.y + badge_format.height)})
        with self.artifact():
            self.set_draw_color(0)
            self.set_line_width(0.1)
            for x in xs:
                self.line(x, ys[0] - CROP_GAP - CROP_MARK, x, ys[0] - CROP_GAP)
                self.line(x, ys[-1] + CROP_GAP, x, ys[-1] + CROP_GAP + CROP_MARK)
            for y in ys:
                self.line(xs[0] - CROP_GAP - CROP_MARK, y, xs[0] - CROP_GAP, y)
                self.line(xs[-1] + CROP_GAP, y, xs[-1] + CROP_GAP + CROP_MARK, y)


def read_logo(layout: BadgeLayout) -> bytes | None:
    """Return the largest PNG of the logo; None if there is no logo, or if its file is missing."""
    file = find_logo_file(layout)
    if file is None or not default_storage.exists(file["path"]):
        return None
    with default_storage.open(file["path"]) as opened:
        return opened.read()


def find_logo_file(layout: BadgeLayout) -> dict | None:
    files = layout.logo.files if layout.logo else []
    pngs = [file for file in files if file["type"] == "image/png"]
    return max(pngs, key=lambda file: file["width"], default=None)
