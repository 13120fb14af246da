"""The icon and the share images of the site, drawn from the published facts of the conference.

The icon shows the initials of the short name. A share image (Open Graph) shows name, days, city and organizers in one
language; social networks display it with a link to the site. URLs contain a version of what is drawn, so that a new
image is fetched after a change.
"""

import hashlib
import re
from bisect import bisect_right
from dataclasses import astuple, dataclass, replace
from functools import lru_cache, partial
from io import BytesIO
from typing import Self

from anyascii import anyascii
from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import override
from fontTools.misc.transform import Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from .core.polling import NotLoadedError
from .facts import ConferenceFacts
from .registration.pdf.text_shaping import (
    FALLBACK_FONTS,
    LATIN_BOLD_FONT,
    LATIN_FONT,
    font_path,
    font_supports,
    normalize_text,
)
from .site_data import format_date_range, get_site_data

# Part of each version. Increase it when the drawing changes.
DESIGN = "1"

# As on the web pages in the light scheme; the icon's colour is visible on light and dark browser tabs.
ICON_COLOR, ON_ICON_COLOR = "#7a4a9c", "#ffffff"
BACKGROUND_COLOR, RING_COLOR = "#f3eef6", "#ddd4e4"
TEXT_COLOR, MUTED_COLOR, ACCENT_COLOR = "#221b2b", "#5c5366", "#5a2f75"

MAX_INITIALS = 2
FAVICON_SIZES, TOUCH_ICON_SIZE = (16, 32, 48), 180
# Shares of the icon's side.
INITIALS_WIDTH, INITIALS_HEIGHT, CORNER_RADIUS = 0.8, 0.5, 0.2
OVERSAMPLING = 4

# Pixels.
SHARE_IMAGE_WIDTH, SHARE_IMAGE_HEIGHT, MARGIN, GAP, SHARE_ICON_SIZE = 1200, 630, 72, 15, 72
CONTENT_WIDTH = SHARE_IMAGE_WIDTH - 2 * MARGIN
RING_CENTER, RING_DISTANCE, RINGS = (1100, 686), 46, 30
SUBTITLE_SIZES, NAME_SIZES, DATE_SIZES, ORGANIZERS_SIZE = range(32, 19, -4), range(72, 23, -4), range(34, 21, -4), 24
# The organizers are left out if they need more lines, or if the name would be smaller than this.
ORGANIZERS_LINES, LEAST_NAME_SIZE_WITH_ORGANIZERS = 2, 44
SUBTITLE_HEIGHT = DATE_HEIGHT = 84
# Shares of the font's size and of a line: room for two marks above a Vietnamese capital and one below.
LINE_HEIGHT, BASELINE = 1.25, 0.76


def get_version(*texts: str) -> str:
    """Return a short hash of what an image shows, for the query of its URL."""
    return hashlib.sha256("\n".join([DESIGN, *texts]).encode()).hexdigest()[:10]


# The icon


def get_initials() -> str:
    """Return the letters of the icon, or those of the host while no conference is loaded."""
    try:
        # One icon for all languages: browsers store one per site.
        with override(settings.LANGUAGE_CODE):
            return make_initials(str(get_site_data().short_name))
    except NotLoadedError:
        return make_initials(settings.SITE_HOST)


@lru_cache(maxsize=16)
def make_initials(name: str) -> str:
    """Return the initials of the first two capitalized words of a name, or else of its first two words.

    Letters that the site's typeface does not have are transliterated.
    """
    words = re.findall(r"\w+", normalize_text(name))
    letters = [word[0] for word in words if word[0].isalpha()]
    capitals = [letter for letter in letters if letter.isupper()]
    drawable = [letter if is_drawable(letter) else anyascii(letter)[:1] for letter in capitals or letters]
    return "".join(drawable[:MAX_INITIALS]).upper()


def is_drawable(letter: str) -> bool:
    # A few letters have capitals of two characters, such as "ß".
    return len(letter.upper()) == 1 and font_supports(LATIN_BOLD_FONT, letter.upper())


def get_icon_url() -> str:
    return f"{reverse('icon')}?v={get_version(get_initials())}"


@lru_cache(maxsize=16)
def render_svg_icon(initials: str) -> bytes:
    """Return the icon as SVG, with outlines instead of text because an icon cannot load a font."""
    radius = f"{32 * CORNER_RADIUS:g}"
    outlines = make_outlines(initials, 32)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="{radius}" fill="{ICON_COLOR}"/>'
        f'<path fill="{ON_ICON_COLOR}" d="{outlines}"/></svg>'
    ).encode()


def make_outlines(initials: str, side: int) -> str:
    """Return the SVG path of the letters, centred in a square."""
    with TTFont(font_path(LATIN_BOLD_FONT), lazy=True) as font:
        glyphs, names = font.getGlyphSet(), font.getBestCmap()
        letters, x = [], 0.0
        for letter in initials:
            glyph = glyphs[names[ord(letter)]]
            letters.append((glyph, x))
            x += glyph.width
        bounds = BoundsPen(glyphs)
        for glyph, x in letters:
            glyph.draw(TransformPen(bounds, (1, 0, 0, 1, x, 0)))
        left, bottom, right, top = bounds.bounds or (0, 0, 1, 1)
        scale = min(side * INITIALS_WIDTH / (right - left), side * INITIALS_HEIGHT / (top - bottom))
        # The y axis of fonts points up.
        to_icon = Transform(scale, 0, 0, -scale, side / 2, side / 2).translate(-(left + right) / 2, -(top + bottom) / 2)
        path = SVGPathPen(glyphs, ntos=lambda number: f"{number:.2f}".rstrip("0").rstrip("."))
        for glyph, x in letters:
            glyph.draw(TransformPen(path, to_icon.translate(x, 0)))
        return path.getCommands()


@lru_cache(maxsize=16)
def render_favicon(initials: str) -> bytes:
    """Return the icon as ICO in three sizes."""
    *smaller, largest = [draw_icon(initials, size) for size in FAVICON_SIZES]
    return save_image(largest, "ICO", append_images=smaller, sizes=[(size, size) for size in FAVICON_SIZES])


@lru_cache(maxsize=16)
def render_touch_icon(initials: str) -> bytes:
    """Return the icon as an opaque PNG; phones round its corners."""
    return save_image(draw_icon(initials, TOUCH_ICON_SIZE, corner_radius=0).convert("RGB"), "PNG")


def draw_icon(initials: str, size: int, corner_radius: float = CORNER_RADIUS) -> Image.Image:
    side = size * OVERSAMPLING
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, side - 1, side - 1), corner_radius * side, ICON_COLOR)
    if initials:
        left, top, right, bottom = load_font(LATIN_BOLD_FONT, side).getbbox(initials)
        scale = min(INITIALS_WIDTH * side / (right - left), INITIALS_HEIGHT * side / (bottom - top))
        font = load_font(LATIN_BOLD_FONT, side * scale)
        left, top, right, bottom = font.getbbox(initials)
        draw.text(((side - left - right) / 2, (side - top - bottom) / 2), initials, ON_ICON_COLOR, font)
    return image.resize((size, size), Image.Resampling.LANCZOS)


# The share image


@dataclass(frozen=True, slots=True)
class ShareImage:
    """What a share image shows in one language."""

    initials: str
    subtitle: str
    name: str
    dates: str
    city: str
    organizers: str

    @classmethod
    def of(cls, facts: ConferenceFacts) -> Self:
        """Build from the facts in the active language."""
        dates = capfirst(format_date_range(facts.starts_on, facts.ends_on))
        texts = (facts.subtitle, facts.name, dates, facts.city, facts.organizers)
        return cls(get_initials(), *(normalize_text(str(text)) for text in texts))

    @property
    def url(self) -> str:
        """The path of the image in the active language."""
        return f"{reverse('share_image')}?v={get_version(*astuple(self))}"

    @property
    def alt(self) -> str:
        return " · ".join(filter(None, [self.subtitle, self.name, self.date_and_place]))

    @property
    def date_and_place(self) -> str:
        return " · ".join(filter(None, [self.dates, self.city]))


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines of one font and colour."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    color: str

    @property
    def line_height(self) -> float:
        return self.font.size * LINE_HEIGHT

    @property
    def height(self) -> float:
        return self.line_height * len(self.lines)

    def draw(self, draw: ImageDraw.ImageDraw, x: float, top: float) -> None:
        for number, line in enumerate(self.lines):
            baseline = top + self.line_height * (number + BASELINE)
            draw.text((x, baseline), line, self.color, self.font, anchor="ls")


@lru_cache(maxsize=8)
def render_share_image(texts: ShareImage) -> bytes:
    """Return the image as PNG. Long texts are wrapped and drawn smaller, so that nothing is cut off."""
    image = draw_background()
    icon = draw_icon(texts.initials, SHARE_ICON_SIZE)
    image.paste(icon, (MARGIN, MARGIN), icon)
    for block, x, top in lay_out(texts):
        block.draw(ImageDraw.Draw(image), x, top)
    return save_image(image, "PNG")


def draw_background() -> Image.Image:
    image = Image.new("RGB", (SHARE_IMAGE_WIDTH * 2, SHARE_IMAGE_HEIGHT * 2), BACKGROUND_COLOR)
    draw = ImageDraw.Draw(image)
    x, y = RING_CENTER
    for number in range(1, RINGS):
        draw.circle((x * 2, y * 2), number * RING_DISTANCE * 2, outline=RING_COLOR, width=3)
    return image.reduce(2)


def lay_out(texts: ShareImage) -> list[tuple[TextBlock, float, float]]:
    """Return the blocks of text, each with the coordinates of its top left corner.

    From the top: the icon with the subtitle beside it, and the name. From the bottom: organizers, days and city.
    """
    beside_icon = MARGIN + SHARE_ICON_SIZE + GAP * 2
    subtitle_width = SHARE_IMAGE_WIDTH - MARGIN - beside_icon
    subtitle = fit_text(texts.subtitle, SUBTITLE_SIZES, subtitle_width, SUBTITLE_HEIGHT, ACCENT_COLOR)
    dates = fit_text(texts.date_and_place, DATE_SIZES, CONTENT_WIDTH, DATE_HEIGHT, TEXT_COLOR)
    organizers = make_block(texts.organizers, ORGANIZERS_SIZE, CONTENT_WIDTH, MUTED_COLOR, bold=False)
    header_height = max(SHARE_ICON_SIZE, subtitle.height)
    top = MARGIN + header_height + GAP
    bottom = SHARE_IMAGE_HEIGHT - MARGIN
    place_organizers = bottom - organizers.height
    place_dates = place_organizers - dates.height - (GAP if organizers.lines else 0)
    name = fit_text(texts.name, NAME_SIZES, CONTENT_WIDTH, place_dates - GAP - top, TEXT_COLOR)
    is_crowded = len(organizers.lines) > ORGANIZERS_LINES or name.font.size < LEAST_NAME_SIZE_WITH_ORGANIZERS
    if texts.organizers and is_crowded:
        return lay_out(replace(texts, organizers=""))
    return [
        (subtitle, beside_icon, MARGIN + (header_height - subtitle.height) / 2),
        (name, MARGIN, top),
        (dates, MARGIN, place_dates),
        (organizers, MARGIN, place_organizers),
    ]


def fit_text(text: str, sizes: range, width: float, height: float, color: str) -> TextBlock:
    """Return the text in the largest size that fits, or else in the smallest."""
    for size in sizes:
        lines = wrap_text(text, load_font(select_font(text), size), width)
        if len(lines) * size * LINE_HEIGHT <= height:
            break
    return make_block(text, size, width, color)


def make_block(text: str, size: int, width: float, color: str, *, bold: bool = True) -> TextBlock:
    """Return the text in as few lines as possible, of about the same length."""
    font = load_font(select_font(text, bold=bold), size)
    lines = wrap_text(text, font, width)
    narrower = (wrap_text(text, font, width * twentieths / 20) for twentieths in range(10, 20))
    balanced = next((other for other in narrower if len(other) == len(lines)), lines)
    return TextBlock(tuple(balanced), font, color)


def select_font(text: str, *, bold: bool = True) -> str:
    """Return the site's typeface, or the one for Greek, Cyrillic and rare letters if the text needs it."""
    font = LATIN_BOLD_FONT if bold else LATIN_FONT
    return font if all(map(partial(font_supports, font), text)) else FALLBACK_FONTS[0]


def wrap_text(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return lines that are no wider than the width, in pixels. Only a word that is wider than a line is divided."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines += divide_word(word, font, width)
    return lines


def divide_word(word: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    if font.getlength(word) <= width:
        return [word]
    length = bisect_right(range(2, len(word)), width, key=lambda length: font.getlength(word[:length])) + 1
    return [word[:length], *divide_word(word[length:], font, width)]


def load_font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_path(name), size)


def save_image(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
