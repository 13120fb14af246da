"""Which font writes which letters, and in which order they stand on the line: text of any script, as runs to be set.

The fonts are in fonts/, small ones for one script each. A run is shaped by HarfBuzz when it is set; decided here is
only where one run ends and the next begins.

fpdf2's own set_fallback_fonts() is not used: it loads every font for each file, which takes ten times as long and makes
the file ten times as large, and the order of words and brackets in right-to-left text is wrong.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
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
# Greek, Cyrillic and what the first has not of Latin; then Chinese and Japanese, the most frequent characters first.
FALLBACK_FONTS = ("NotoSans-Regular", *(f"DroidSansFallback-{number}" for number in range(1, 6)))
# Letters of no script of their own, such as spaces, digits and brackets: they go with what stands before them.
NEUTRAL_SCRIPTS = {UnicodeScript.COMMON, UnicodeScript.INHERITED, UnicodeScript.UNKNOWN}

# They join letters or keep them apart. No font needs a picture of them.
ZERO_WIDTH_JOINERS = "\u200c\u200d"
WHITESPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Letters in one font that follow each other in one direction, in the order in which they are read."""

    text: str
    font: str
    direction: TextDirection


def paragraph_direction(text):
    """The direction of a paragraph, which its first letter with a direction decides."""
    return auto_detect_base_direction(text)


def select_latin_font(text, *, strong=False):
    """The font for the Latin letters of a text: that of the pages if it has them all, so that no word is of two."""
    font = LATIN_BOLD_FONT if strong else LATIN_FONT
    latin = [cluster for cluster in grapheme_clusters(text) if get_unicode_script(cluster[0]) == UnicodeScript.LATIN]
    return font if all(font_supports(font, cluster) for cluster in latin) else FALLBACK_FONTS[0]


def split_runs(line, direction, latin):
    """The runs of a line as they stand on it, from left to right (Unicode Standard Annex 9). The line is not empty.

    The direction and the font for Latin letters are those of the whole text.
    """
    placed = []
    for piece, way in split_by_direction(line, direction):
        found = [TextRun(letters, font, way) for letters, font in split_by_font(piece, latin)]
        placed += reversed(found) if way == TextDirection.RTL else found
    return placed


def split_by_direction(line, direction):
    """Pairs of letters, in the order in which they are read, and their direction; the pieces from left to right."""
    paragraph = BidiParagraph(line, direction, preserve_bn_chars=True)
    for level, piece in groupby(paragraph.get_reordered_characters(), key=attrgetter("embedding_level")):
        letters = "".join(placed.character for placed in piece)
        # What is read from the right has odd levels.
        yield (letters[::-1], TextDirection.RTL) if level % 2 else (letters, TextDirection.LTR)


def split_by_font(text, latin):
    """Pairs of letters and the font that they are set in, one after the other. What no font has is left out."""
    pairs = []
    for cluster in grapheme_clusters(text):
        font = select_font(cluster, pairs[-1][1] if pairs else None, latin)
        if font and pairs and pairs[-1][1] == font:
            pairs[-1] = (pairs[-1][0] + cluster, font)
        elif font:
            pairs.append((cluster, font))
    return pairs


def grapheme_clusters(text):
    """Letters, each with the marks that stand on it: in two fonts they would miss their place."""
    found = []
    for letter in text:
        if found and (unicodedata.category(letter).startswith("M") or letter in ZERO_WIDTH_JOINERS):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def select_font(cluster, before, latin):
    """The first font that has all of a cluster; before is the font of what stands before it."""
    script = get_unicode_script(cluster[0])
    candidates = [latin, FONT_BY_SCRIPT.get(script), *FALLBACK_FONTS]
    if script in NEUTRAL_SCRIPTS:
        candidates.insert(0, before)
    return next((font for font in candidates if font and font_supports(font, cluster)), None)


def font_supports(font, cluster):
    return all(letter in ZERO_WIDTH_JOINERS or ord(letter) in font_characters(font) for letter in cluster)


@cache
def font_characters(font):
    with TTFont(font_path(font), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def font_path(font):
    return FONTS_DIR / f"{font}.ttf"


def drop_unsupported(text):
    """The text as it can be printed: in one line, without what no font has."""
    said = "".join(
        cluster for cluster in grapheme_clusters(normalize_text(text)) if select_font(cluster, None, LATIN_FONT)
    )
    return WHITESPACE.sub(" ", said).strip()


def is_printable(text):
    """Whether nothing of it would be missing."""
    plain = normalize_text(text)
    return bool(plain) and drop_unsupported(text) == plain


def normalize_text(text):
    """Composed letters and single spaces, without what steers letters rather than being one."""
    composed = WHITESPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
    return "".join(
        letter for letter in composed if letter in ZERO_WIDTH_JOINERS or unicodedata.category(letter)[0] != "C"
    )
