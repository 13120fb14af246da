"""Measuring and breaking of text in any script. Sizes are in points, widths and heights in millimetres."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import accumulate
from typing import Self

import uharfbuzz
from fpdf.enums import TextDirection

from .text_shaping import TextRun, font_path, grapheme_clusters, paragraph_direction, select_latin_font, split_runs

MM_PER_POINT = 25.4 / 72
LINE_HEIGHT = 1.35
# After a space, and after a hyphen inside a word.
BREAK_OPPORTUNITY = re.compile(r"(?<= )|(?<=\w-)(?=\w)")
# A text that does not fit is tried again in this share of its size.
SHRINKING = 0.95
# Below this share of its largest size, a text rather takes one more line.
MIN_SHARE_PER_LINE = 0.72
# Below this share, words are broken.
MIN_SHARE_OF_WHOLE_WORDS = 0.4


@dataclass(frozen=True)
class TextStyle:
    """Size in points, base direction and font for Latin characters of a whole text."""

    size: float
    direction: TextDirection
    latin_font: str

    @classmethod
    def of(cls, text: str, size: float, *, bold: bool = False) -> Self:
        return cls(size, paragraph_direction(text), select_latin_font(text, bold=bold))

    @property
    def line_height(self) -> float:
        return self.size * MM_PER_POINT * LINE_HEIGHT

    @property
    def is_right_to_left(self) -> bool:
        return self.direction == TextDirection.RTL


@dataclass(frozen=True)
class FittedText:
    """Lines of a text and the style in which they fit into a box. has_split_word is true if a word is broken."""

    style: TextStyle
    lines: tuple[str, ...]
    has_split_word: bool = False

    @property
    def height(self) -> float:
        return len(self.lines) * self.style.line_height

    @property
    def width(self) -> float:
        return max((text_width(line, self.style) for line in self.lines), default=0)


@lru_cache(maxsize=1_000)
def fit_into_box(text: str, width: float, height: float, style: TextStyle, *, max_lines: int) -> FittedText:
    """Return the text in the largest size that fits into a box, but at most in that of the style.

    The text is never cut: first it gets a little smaller, then it takes more lines, then it gets smaller again. Words
    are broken, and more lines used, only if that is the only way to a readable size.
    """
    smallest = style.size * MIN_SHARE_PER_LINE
    for lines in range(1, max_lines + 1):
        for size in sizes_down_to(style.size, smallest):
            if fitted := try_size(text, width, height, replace(style, size=size), lines):
                return fitted
    for size in sizes_down_to(smallest, style.size * MIN_SHARE_OF_WHOLE_WORDS):
        if fitted := try_size(text, width, height, replace(style, size=size), max_lines):
            return fitted
    size = style.size * MIN_SHARE_OF_WHOLE_WORDS
    while True:
        fitted = wrap(text, width, replace(style, size=size))
        if fitted.height <= height and fitted.width <= width:
            return fitted
        size *= SHRINKING


def try_size(text: str, width: float, height: float, style: TextStyle, max_lines: int) -> FittedText | None:
    fitted = wrap(text, width, style)
    fits = len(fitted.lines) <= max_lines and fitted.height <= height and not fitted.has_split_word
    return fitted if fits else None


def sizes_down_to(largest: float, smallest: float) -> Iterator[float]:
    while largest >= smallest:
        yield largest
        largest *= SHRINKING


@lru_cache(maxsize=1_000)
def wrap(text: str, width: float, style: TextStyle) -> FittedText:
    """Return the lines of a text, broken between words, after hyphens, and within words that are wider than a line."""
    lines: list[str] = []
    has_split_word = False
    for part in BREAK_OPPORTUNITY.split(text):
        longer = f"{lines[-1]}{part}" if lines else part
        if text_width(longer.rstrip(" "), style) <= width:
            lines[-1:] = [longer]
        else:
            pieces = list(split_word(part, width, style))
            has_split_word = has_split_word or len(pieces) > 1
            lines += pieces
    return FittedText(style, tuple(line.rstrip(" ") for line in lines), has_split_word)


def split_word(word: str, width: float, style: TextStyle) -> Iterator[str]:
    clusters = grapheme_clusters(word.rstrip(" "))
    space = word[len(word.rstrip(" ")) :]
    while clusters:
        ends = accumulate(text_width(cluster, style) for cluster in clusters)
        fitting = max(1, bisect_right(list(ends), width))
        part, clusters = "".join(clusters[:fitting]), clusters[fitting:]
        yield part if clusters else part + space


def text_width(line: str, style: TextStyle) -> float:
    return sum(run_width(run, style.size) for run in layout_runs(line, style.direction, style.latin_font))


@lru_cache(maxsize=5_000)
def layout_runs(line: str, direction: TextDirection, latin_font: str) -> tuple[TextRun, ...]:
    return tuple(split_runs(line, direction, latin_font)) if line else ()


def run_width(run: TextRun, size: float) -> float:
    return sum(glyph.x_advance for glyph in shape_run(run)[1]) * size * MM_PER_POINT / load_font(run.font).scale[0]


@lru_cache(maxsize=5_000)
def shape_run(run: TextRun) -> tuple[tuple, tuple]:
    """Return HarfBuzz's glyphs and their positions, from left to right, in units of the font."""
    buffer = uharfbuzz.Buffer()
    buffer.cluster_level = 1
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = run.direction.value
    uharfbuzz.shape(load_font(run.font), buffer, {})
    return tuple(buffer.glyph_infos), tuple(buffer.glyph_positions)


@cache
def load_font(font: str) -> uharfbuzz.Font:
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font_path(font)))))
