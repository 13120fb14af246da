"""Splitting of text in any script into runs of one font and one direction.

The fonts are in fonts/, most of them for one script each. HarfBuzz shapes each run when it is drawn; this module
decides only where a run ends and the next one begins.

fpdf2's own set_fallback_fonts() is not used: it loads every font for each file, which takes ten times as long and makes
the file ten times as large, and the order of words and brackets in right-to-left text is wrong.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection
from fpdf.unicode_script import UnicodeScript, get_unicode_script

FONTS_DIR = Path(__file__).parent / "fonts"

LATIN_FONT, LATIN_BOLD_FONT = "BeVietnamPro-Regular", "BeVietnamPro-SemiBold"
SCRIPTS = """
Arabic Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam Myanmar Oriya
Sinhala Tamil Telugu Thaana Thai
"""
FONT_BY_SCRIPT = {UnicodeScript[script.upper()]: f"NotoSans{script}-Regular" for script in SCRIPTS.split()} | {
    UnicodeScript.HANGUL: "NotoSansKR-Regular"
}
# Greek, Cyrillic and rare Latin characters; then Chinese and Japanese, the most frequent characters first.
FALLBACK_FONTS = ("NotoSans-Regular", *(f"DroidSansFallback-{number}" for number in range(1, 6)))
# Spaces, digits, brackets and the like belong to no script. They take the font of the character before them.
NEUTRAL_SCRIPTS = {UnicodeScript.COMMON, UnicodeScript.INHERITED, UnicodeScript.UNKNOWN}

# These join or separate characters. No font needs a glyph for them.
ZERO_WIDTH_JOINERS = "\u200c\u200d"
# Control and format characters, and surrogates. Private and unassigned characters can be visible.
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs"}
# Stands for a character that no font has. NotoSans has a glyph for it.
PLACEHOLDER = "\N{REPLACEMENT CHARACTER}"
WHITESPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Consecutive characters of one font and one direction, in reading order."""

    text: str
    font: str
    direction: TextDirection


def paragraph_direction(text: str) -> TextDirection:
    """Return the base direction of a paragraph, which its first character with a direction determines."""
    return auto_detect_base_direction(text)


def select_latin_font(text: str, *, bold: bool = False) -> str:
    """Return the site's font if it has all Latin characters of the text, else the fallback for the whole text."""
    font = LATIN_BOLD_FONT if bold else LATIN_FONT
    latin = [cluster for cluster in grapheme_clusters(text) if get_unicode_script(cluster[0]) == UnicodeScript.LATIN]
    return font if all(font_supports(font, cluster) for cluster in latin) else FALLBACK_FONTS[0]


def split_runs(line: str, direction: TextDirection, latin_font: str) -> list[TextRun]:
    """Return the runs of a line that is not empty, from left to right (Unicode Standard Annex 9).

    direction and latin_font are those of the whole text.
    """
    runs: list[TextRun] = []
    for text, text_direction in split_by_direction(line, direction):
        parts = [TextRun(part, font, text_direction) for part, font in split_by_font(text, latin_font)]
        runs += reversed(parts) if text_direction == TextDirection.RTL else parts
    return runs


def split_by_direction(line: str, direction: TextDirection) -> Iterator[tuple[str, TextDirection]]:
    """Yield pairs of a text in reading order and its direction; the texts from left to right."""
    paragraph = BidiParagraph(line, direction, preserve_bn_chars=True)
    for level, characters in groupby(paragraph.get_reordered_characters(), key=attrgetter("embedding_level")):
        text = "".join(character.character for character in characters)
        # Odd embedding levels are right-to-left.
        yield (text[::-1], TextDirection.RTL) if level % 2 else (text, TextDirection.LTR)


def split_by_font(text: str, latin_font: str) -> list[tuple[str, str]]:
    """Return consecutive pairs of a text and its font, without characters that no font has."""
    pairs: list[tuple[str, str]] = []
    for cluster in grapheme_clusters(text):
        font = select_font(cluster, pairs[-1][1] if pairs else None, latin_font)
        if font and pairs and pairs[-1][1] == font:
            pairs[-1] = (pairs[-1][0] + cluster, font)
        elif font:
            pairs.append((cluster, font))
    return pairs


def grapheme_clusters(text: str) -> list[str]:
    """Split a text into base characters with their combining marks, which another font would misplace."""
    clusters: list[str] = []
    for character in text:
        if clusters and (unicodedata.category(character).startswith("M") or character in ZERO_WIDTH_JOINERS):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def select_font(cluster: str, previous_font: str | None, latin_font: str) -> str | None:
    """Return the first suitable font that has all characters of a cluster."""
    script = get_unicode_script(cluster[0])
    candidates = [latin_font, FONT_BY_SCRIPT.get(script), *FALLBACK_FONTS]
    if script in NEUTRAL_SCRIPTS:
        candidates.insert(0, previous_font)
    return next((font for font in candidates if font and font_supports(font, cluster)), None)


def font_supports(font: str, cluster: str) -> bool:
    return all(character in ZERO_WIDTH_JOINERS or ord(character) in font_characters(font) for character in cluster)


@cache
def font_characters(font: str) -> frozenset[int]:
    with TTFont(font_path(font), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def font_path(font: str) -> Path:
    return FONTS_DIR / f"{font}.ttf"


@lru_cache(maxsize=1_000)
def replace_unsupported(text: str) -> str:
    """Return the text in one line, with a placeholder for each character that no font has.

    Nothing visible is dropped, because names on tickets are compared with passports.
    """
    return "".join(map(replace_unsupported_cluster, grapheme_clusters(normalize_text(text))))


def replace_unsupported_cluster(cluster: str) -> str:
    if select_font(cluster, None, LATIN_FONT):
        return cluster
    # A combining mark is drawn only with a base character of the same font.
    base = cluster[0] if select_font(cluster[0], None, LATIN_FONT) else PLACEHOLDER
    return base + PLACEHOLDER * sum(character not in ZERO_WIDTH_JOINERS for character in cluster[1:])


def is_printable(text: str) -> bool:
    """Return whether the fonts have all characters of the text."""
    return replace_unsupported(text) == normalize_text(text)


def normalize_text(text: str) -> str:
    """Return the text in normalization form C, with single spaces and without control characters."""
    composed = WHITESPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
    return "".join(
        character
        for character in composed
        if character in ZERO_WIDTH_JOINERS or unicodedata.category(character) not in INVISIBLE_CATEGORIES
    )
