"""Badges as SVG for previews. Letters are outlines of the fonts of the PDF, so that both look the same."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from fontTools.pens.svgPathPen import SVGPathPen

from conference.core import qr

from ..pdf.text_layout import MM_PER_POINT, TextStyle, layout_runs, load_font, run_width, shape_run
from .formats import BadgeFormat
from .items import EllipseItem, Image, ImageItem, Item, QRCodeItem, RectItem, TextItem

# fpdf2 puts the baseline of a cell at half its height and three tenths of the size of the font.
BASELINE_SHARE = 0.3
Shape = dict[str, object]


def render_badge_svg(
    items: Iterable[Item], badge_format: BadgeFormat, label: str, images: Mapping[Image, str]
) -> SafeString:
    """Return an SVG image with the label as its name. images are the URLs of images; others become grey boxes."""
    shapes = [shape for item in items for shape in draw_item(item, images)]
    context = {"width": badge_format.width, "height": badge_format.height, "label": label, "shapes": shapes}
    return render_to_string("admin/registration/badges/_badge.svg", context)


def draw_item(item: Item, images: Mapping[Image, str]) -> list[Shape]:
    """Return the data of SVG elements: each is a rectangle, an ellipse, an image or a path, with numbers in text."""
    box = item.box
    frame = {"x": number(box.x), "y": number(box.y), "width": number(box.width), "height": number(box.height)}
    match item:
        case RectItem():
            return [{"kind": "rect", "fill": item.color} | frame]
        case EllipseItem():
            radii = {"rx": number(box.width / 2), "ry": number(box.height / 2)}
            center = {"cx": number(box.x + box.width / 2), "cy": number(box.y + box.height / 2)}
            return [{"kind": "ellipse", "fill": item.color} | center | radii]
        case ImageItem():
            url = images.get(item.image)
            return [{"kind": "image", "href": url} | frame if url else {"kind": "rect", "fill": "#bdb6c4"} | frame]
        case QRCodeItem():
            return draw_qr_code(item)
        case TextItem():
            return [shape for line, x, y in item.lines() for shape in draw_line(item, line, x, y)]


def draw_qr_code(item: QRCodeItem) -> list[Shape]:
    rows = qr.build_matrix(item.text)
    side = min(item.box.width, item.box.height)
    scale = side / len(rows)
    square = {"x": number(item.box.x), "y": number(item.box.y), "width": number(side), "height": number(side)}
    transform = f"translate({number(item.box.x)} {number(item.box.y)}) scale({scale:.5f})"
    path = {"kind": "path", "fill": "#000000", "d": qr.svg_path(rows), "transform": transform}
    return [{"kind": "rect", "fill": "#ffffff"} | square, path]


def draw_line(item: TextItem, line: str, x: float, y: float) -> Iterable[Shape]:
    style = item.fitted.style
    baseline = y + style.line_height / 2 + BASELINE_SHARE * style.size * MM_PER_POINT
    for run in layout_runs(line, style.direction, style.latin_font):
        yield from draw_run(run, x, baseline, style, item.color)
        x += run_width(run, style.size)


def draw_run(run, x: float, baseline: float, style: TextStyle, color: str) -> Iterable[Shape]:
    scale = style.size * MM_PER_POINT / load_font(run.font).scale[0]
    for glyph, position in zip(*shape_run(run), strict=True):
        outline = glyph_outline(run.font, glyph.codepoint)
        if outline:
            left, bottom = x + position.x_offset * scale, baseline - position.y_offset * scale
            transform = f"translate({number(left)} {number(bottom)}) scale({scale:.6f} {-scale:.6f})"
            yield {"kind": "path", "fill": color, "d": outline, "transform": transform}
        x += position.x_advance * scale


@lru_cache(maxsize=2_000)
def glyph_outline(font: str, glyph: int) -> str:
    """Return the outline of a glyph in units of its font, with y upwards, as data of an SVG path."""
    pen = SVGPathPen(None, ntos=lambda value: f"{value:.0f}")
    load_font(font).draw_glyph_with_pen(glyph, pen)
    return pen.getCommands()


def number(value: float) -> str:
    """Return a length in millimetres, with a full stop in every language."""
    return f"{value:.3f}"
