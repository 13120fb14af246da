"""Computation of where everything on a badge is. The PDF and the preview draw the same items."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.site_data import get_conference_info

from ..models import BadgeLayout
from ..pdf.text_layout import SHRINKING, FittedText, TextStyle, fit_into_box, wrap
from ..pdf.text_shaping import replace_unsupported
from .colors import text_color_on
from .content import SEPARATOR, BadgeContent, in_languages
from .formats import BadgeFormat, get_format
from .items import Align, Box, EllipseItem, Image, ImageItem, Item, QRCodeItem, RectItem, TextItem

SIGN_COLOR = "#0b4f8a"
# Points.
SMALL_SIZE = 7
# Width of a photo in relation to its height.
PHOTO_RATIO = 0.8
# The organization and the like, together: their part of the height for texts, lines of each, and the gap in lines.
MAX_DETAILS_SHARE, MAX_DETAIL_LINES, DETAIL_GAP = 0.6, 4, 0.4


@dataclass(frozen=True)
class BadgeFields:
    """What one badge shows: the content and number of a print, as far as the layout shows it."""

    layout: BadgeLayout
    content: BadgeContent
    number: int = 1

    @property
    def has_photo(self) -> bool:
        return self.layout.shows_photo and bool(self.content.photo)

    @property
    def has_access_sign(self) -> bool:
        return self.layout.shows_access_sign and self.content.has_access_sign

    @property
    def heading(self) -> str:
        title = LocalizedText.of(self.layout, "title")
        return in_languages(LANGUAGES, lambda: str(title) or get_conference_info().short_name)

    @property
    def note(self) -> str:
        """The mark of a reprint, and the number of the ticket."""
        reprint = in_languages(LANGUAGES, lambda: _("Reprint %(number)d") % {"number": self.number - 1})
        parts = [reprint if self.number > 1 else "", self.content.ticket_number if self.layout.shows_qr_code else ""]
        return SEPARATOR.join(part for part in parts if part)


def lay_out_front(fields: BadgeFields) -> list[Item]:
    layout, badge_format = fields.layout, get_format(fields.layout)
    page = Box(0, 0, badge_format.width, badge_format.height)
    margin = min(page.width, page.height) * 0.05
    items: list[Item] = [RectItem(page, layout.background_color)]
    heading, body = page.split_top(band_height(badge_format), margin * 0.6)
    items += lay_out_heading(fields, heading)
    if layout.shows_category:
        body, band = body.split_bottom(band_height(badge_format), margin * 0.3)
        color = fields.content.category_color
        items.append(RectItem(band, color))
        items += text(fields.content.category, band.inset(margin * 0.4), layout.text_size * 1.5, text_color_on(color))
    body = replace(body, x=margin, width=page.width - 2 * margin)
    if fields.note:
        body, note = body.split_bottom(SMALL_SIZE * 0.5, margin * 0.3)
        items += text(fields.note, note, SMALL_SIZE, layout.text_color, max_lines=1)
    return items + (lay_out_landscape if badge_format.is_landscape else lay_out_portrait)(fields, body)


def band_height(badge_format: BadgeFormat) -> float:
    return badge_format.height * (0.17 if badge_format.is_landscape else 0.115)


def lay_out_heading(fields: BadgeFields, band: Box) -> list[Item]:
    """Return the conference's name on a band, with the logo on white at its left."""
    layout, items = fields.layout, []
    items.append(RectItem(band, layout.heading_color))
    if layout.logo_id:
        logo, band = band.split_left(min(band.height * 2.2, band.width * 0.35))
        items += [RectItem(logo, "#ffffff"), ImageItem(logo.inset(logo.height * 0.12), Image.LOGO)]
    box = band.inset(band.height * 0.12)
    items += text(fields.heading, box, layout.text_size * 1.1, text_color_on(layout.heading_color), max_lines=3)
    return items


def lay_out_portrait(fields: BadgeFields, body: Box) -> list[Item]:
    """Return the texts above a row with the QR code, the days, the sign and the photo."""
    layout, items, gap = fields.layout, [], body.width * 0.04
    has_code, has_photo = layout.shows_qr_code, fields.has_photo
    # A quarter of the width remains for the days.
    sides = has_code + PHOTO_RATIO * has_photo
    height = min(body.height * 0.36, (body.width * 0.72 - gap * 2) / sides) if sides else body.height * 0.16
    texts, row = body.split_bottom(height, gap * 0.5)
    if has_code:
        code, row = row.split_left(height, gap)
        items.append(QRCodeItem(code, fields.content.code))
    if has_photo:
        row, photo = row.split_right(height * PHOTO_RATIO, gap)
        items.append(ImageItem(photo, Image.PHOTO))
    if layout.shows_days:
        days, row = row.split_top(row.height * (0.5 if fields.has_access_sign else 1))
        items += text(fields.content.days, days, layout.text_size, layout.text_color, bold=True, max_lines=4)
    if fields.has_access_sign:
        items += lay_out_sign(row, layout.text_size)
    return lay_out_texts(fields, texts, Align.CENTER) + items


def lay_out_landscape(fields: BadgeFields, body: Box) -> list[Item]:
    """Return the photo, the texts, and a column with the QR code and the sign."""
    layout, items, gap = fields.layout, [], body.height * 0.06
    if fields.has_photo:
        photo, body = body.split_left(body.height * 0.62, gap)
        items.append(ImageItem(photo.fit_inside(PHOTO_RATIO, 1), Image.PHOTO))
    if layout.shows_qr_code or fields.has_access_sign:
        side = min(body.height * (0.74 if fields.has_access_sign else 0.9), body.width * 0.34)
        body, column = body.split_right(side, gap)
        if layout.shows_qr_code:
            code, column = column.split_top(side, gap * 0.5)
            items.append(QRCodeItem(code, fields.content.code))
        if fields.has_access_sign:
            items += lay_out_sign(column, layout.text_size)
    if layout.shows_days:
        body, days = body.split_bottom(body.height * 0.2)
        items += text(
            fields.content.days, days, layout.text_size * 0.8, layout.text_color, bold=True, align=Align.START
        )
    return lay_out_texts(fields, body, Align.START) + items


def lay_out_texts(fields: BadgeFields, box: Box, align: Align) -> list[Item]:
    """Return the name and the shown details below each other.

    The details get the height that they need in their full size, if that leaves enough for the name.
    """
    layout, content = fields.layout, fields.content
    details = [
        content.function if layout.shows_function else "",
        content.organization if layout.shows_organization else "",
        content.country if layout.shows_country else "",
    ]
    details = [value for value in details if value]
    heights = [wanted_height(value, box.width, layout.text_size) for value in details]
    share = min(1.0, MAX_DETAILS_SHARE * box.height / sum(heights)) if heights else 0
    name, rest = box.split_top(box.height - sum(heights) * share)
    color = layout.text_color
    items = text(content.name, name, layout.name_size, color, bold=True, max_lines=3, align=align, tag="/H1")
    for value, height in zip(details, heights, strict=True):
        part, rest = rest.split_top(height * share)
        items += text(value, part, layout.text_size, color, max_lines=MAX_DETAIL_LINES, align=align)
    return items


def wanted_height(value: str, width: float, size: float) -> float:
    """Return the height of a detail in its full size, with a gap above it."""
    printable = replace_unsupported(value)
    style = TextStyle.of(printable, size)
    lines = min(MAX_DETAIL_LINES, len(wrap(printable, width, style).lines))
    return (lines + DETAIL_GAP) * style.line_height


def lay_out_sign(box: Box, size: float) -> list[Item]:
    """Return the figure of a person with open arms, and words, in white on blue."""
    box = box.inset(min(box.width, box.height) * 0.04)
    figure, words = box.split_left(min(box.height, box.width * 0.35))
    figure = figure.fit_inside(1, 1).inset(min(figure.width, figure.height) * 0.08)
    unit = figure.width / 10

    def part(x: float, y: float, width: float, height: float) -> Box:
        return Box(figure.x + x * unit, figure.y + y * unit, width * unit, height * unit)

    label = in_languages(LANGUAGES, lambda: _("Please assist me"))
    return [
        RectItem(box, SIGN_COLOR),
        EllipseItem(part(3.9, 0.4, 2.2, 2.2), "#ffffff"),
        RectItem(part(1.2, 3.0, 7.6, 1.1), "#ffffff"),
        RectItem(part(3.9, 3.0, 2.2, 3.6), "#ffffff"),
        RectItem(part(3.9, 6.4, 0.9, 3.4), "#ffffff"),
        RectItem(part(5.2, 6.4, 0.9, 3.4), "#ffffff"),
        *text(label, words.inset(min(words.width, words.height) * 0.06), size * 0.8, "#ffffff", max_lines=4),
    ]


def lay_out_back(fields: BadgeFields) -> list[Item]:
    """Return the back: the days, the Wi-Fi and the organizers' text."""
    layout, badge_format = fields.layout, get_format(fields.layout)
    page = Box(0, 0, badge_format.width, badge_format.height)
    margin = min(page.width, page.height) * 0.06
    heading, body = page.split_top(band_height(badge_format), margin * 0.5)
    items: list[Item] = [RectItem(page, layout.background_color), RectItem(heading, layout.heading_color)]
    items += text(
        fields.heading, heading.inset(margin * 0.4), layout.text_size * 1.1, text_color_on(layout.heading_color)
    )
    body = replace(body, x=margin, width=page.width - 2 * margin, height=body.height - margin)
    paragraphs = [replace_unsupported(paragraph) for paragraph in back_paragraphs(fields)]
    return items + stack_paragraphs([paragraph for paragraph in paragraphs if paragraph], body, layout)


def back_paragraphs(fields: BadgeFields) -> Iterator[str]:
    layout = fields.layout
    if layout.shows_days:
        label = in_languages(LANGUAGES, lambda: _("Days"))
        yield f"{label}: {fields.content.days}"
    for language in LANGUAGES:
        if wifi := getattr(layout, f"wifi_text_{language}"):
            yield f"Wi-Fi: {wifi}"
        yield from getattr(layout, f"back_text_{language}").splitlines()


def stack_paragraphs(paragraphs: list[str], box: Box, layout: BadgeLayout) -> list[Item]:
    """Return paragraphs below each other, all in the largest size in which they fit."""
    size = float(layout.text_size)
    gap = 0.12
    while True:
        fitted = [wrap(paragraph, box.width, TextStyle.of(paragraph, size)) for paragraph in paragraphs]
        if stacked_height(fitted, gap * size) <= box.height and all(part.width <= box.width for part in fitted):
            break
        size *= SHRINKING
    items: list[Item] = []
    for paragraph, part in zip(paragraphs, fitted, strict=True):
        own, box = box.split_top(part.height, gap * size)
        items.append(TextItem(own, paragraph, part, layout.text_color, Align.START))
    return items


def stacked_height(parts: list[FittedText], gap: float) -> float:
    return sum(part.height for part in parts) + gap * max(0, len(parts) - 1)


def text(
    value: str,
    box: Box,
    size: float,
    color: str,
    *,
    bold: bool = False,
    max_lines: int = 2,
    align: Align = Align.CENTER,
    tag: str = "/P",
) -> list[Item]:
    """Return the text fitted into the box; nothing if it is empty."""
    printable = replace_unsupported(value)
    if not printable:
        return []
    fitted = fit_into_box(
        printable, box.width, box.height, TextStyle.of(printable, size, bold=bold), max_lines=max_lines
    )
    return [TextItem(box, printable, fitted, color, align, tag)]
