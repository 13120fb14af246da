"""A ticket as a PDF: one page of A4, with names in whatever script people write them.

Text comes as it was typed and is drawn as letters, never read as markup, addresses or commands. A font is opened only
where the text needs it, and only the letters that are used go into the file.
"""

from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF, ViewerPreferences
from fpdf.drawing import PaintedPath
from fpdf.enums import PathPaintRule, TextDirection

from .. import qr
from . import tickets
from .in_words import facts
from .lettering import clusters, direction_of, file_of, is_printable, latin_for, printable, runs

# Millimetres of A4.
MARGIN, WIDTH = 20, 170
FACTS, CODE = 105, 52
# The colours of the pages, on paper.
INK, SOFT, ACCENT, LINE = (34, 27, 43), (92, 83, 102), (90, 47, 117), (226, 220, 230)
POINT = 25.4 / 72
LEADING = 1.35
# Points: what does not fit even so takes more lines.
SMALLEST = 7


def pdf(registration, ticket):
    """The file's bytes, in the active language."""
    sheet = Sheet(_("Ticket: %(conference)s") % {"conference": facts().short_name}, get_language())
    below = _heading(sheet)
    below = max(_facts(sheet, registration, below), _code(sheet, ticket, below))
    _foot(sheet, below)
    return bytes(sheet.output())


def _heading(sheet):
    said = facts()
    y = sheet.put(_("Ticket"), MARGIN, MARGIN, WIDTH, 10, colour=ACCENT, strong=True)
    y = sheet.put(said.name, MARGIN, y + 1, WIDTH, 15, strong=True, lines=3)
    place = ", ".join(text for text in (said.venue, said.city) if text)
    y = sheet.put(f"{said.dates} · {place}", MARGIN, y + 1, WIDTH, 10.5, colour=SOFT, lines=2)
    sheet.rule(y + 5)
    return y + 13


def _facts(sheet, registration, y):
    name, note = _name(registration)
    y = sheet.put(name, MARGIN, y - 1.5, FACTS, 30, kind="/H1", strong=True, lines=3)
    if note:
        y = sheet.put(note, MARGIN, y + 2, FACTS, 9, colour=SOFT, lines=3)
    y += 3
    for label, words in tickets.details(registration):
        y = _fact(sheet, y, label, [words])
    days = [f"{date_format(day, 'DATE_FORMAT')}: {how}" for day, how in tickets.days(registration)]
    return _fact(sheet, y, tickets.whose_days(), days)


def _name(registration):
    """What stands where the name stands, and why it is not the one on the badge if it is not."""
    if is_printable(registration.badge_name):
        return registration.badge_name, ""
    note = _("The name on the badge has letters that cannot be printed here. The page of the ticket shows it whole.")
    return registration.passport_name, note


def _fact(sheet, y, label, texts):
    y = sheet.put(label, MARGIN, y + 4, FACTS, 9, colour=SOFT)
    for text in texts:
        y = sheet.put(text, MARGIN, y + 0.5, FACTS, 12, lines=4)
    return y


def _code(sheet, ticket, y):
    x = MARGIN + WIDTH - CODE
    sheet.code(tickets.address(ticket), x, y, CODE)
    y = sheet.put(tickets.spoken(ticket), x, y + CODE + 6, CODE, 15, strong=True)
    words = _("Show this at the entrance, on paper or on a screen.")
    return sheet.put(words, x, y + 2, CODE, 9, colour=SOFT, lines=4)


def _foot(sheet, y):
    sheet.rule(y + 8)
    words = _(
        "Whoever scans the code learns that the ticket is valid, and nothing about you. "
        "If you get a new ticket, this one is void."
    )
    sheet.put(words, MARGIN, y + 13, WIDTH, 9, colour=SOFT, lines=4)


@dataclass(frozen=True)
class Style:
    """How a text is set: its size in points, and what holds for the whole of it."""

    size: float
    direction: TextDirection
    latin: str

    @property
    def height(self):
        """Of a line, in millimetres."""
        return self.size * POINT * LEADING


class Sheet(FPDF):
    """One page with text of any script and one code, tagged for those who have it read aloud (ISO 32000-1, 14.8)."""

    def __init__(self, title, language):
        super().__init__(format="A4")
        self.set_title(title)
        self.set_lang(language)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_auto_page_break(False)
        # Otherwise "{nb}" in a name becomes the number of pages.
        self.alias_nb_pages("")
        self.c_margin = 0
        self._widths = {}
        self.add_page()

    def put(self, text, x, y, width, size, *, kind="/P", colour=INK, strong=False, lines=2):
        """Set what can be printed of a text in so many lines, smaller than size (in points) if need be: the y below it.

        Millimetres from the left and the top; y is the top of the first line.
        """
        text = printable(text) or "–"
        style = Style(size, direction_of(text), latin_for(text, strong=strong))
        style, broken = self._fitted(text, width, style, lines)
        self.set_text_color(*colour)
        with self._tagged(kind):
            for line in broken:
                self._set(line, x, y, style)
                y += style.height
        return y

    def _fitted(self, text, width, style, lines):
        broken = self._broken(text, width, style)
        while len(broken) > lines and style.size > SMALLEST:
            style = replace(style, size=max(SMALLEST, style.size * 0.9))
            broken = self._broken(text, width, style)
        return style, broken

    def _broken(self, text, width, style):
        """The text in lines: broken between words, and within those that are wider than a line."""
        lines = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if self._width(longer, style) <= width:
                lines[-1:] = [longer]
            else:
                lines += self._cut(word, width, style)
        return lines

    def _cut(self, word, width, style):
        letters = clusters(word)
        while letters:
            ends = accumulate(self._width(letter, style) for letter in letters)
            fitting = max(1, bisect_right(list(ends), width))
            yield "".join(letters[:fitting])
            letters = letters[fitting:]

    def _width(self, line, style):
        """Measured once, for it grows with the size."""
        key = line, style.direction, style.latin
        if key not in self._widths:
            point = replace(style, size=1)
            placed = runs(line, style.direction, style.latin)
            self._widths[key] = sum(self._ready(run, point) for run in placed)
        return self._widths[key] * style.size

    def _set(self, line, x, y, style):
        for run in runs(line, style.direction, style.latin):
            width = self._ready(run, style)
            self.set_xy(x, y)
            self.cell(width, style.height, run.text)
            x += width

    def _ready(self, run, style):
        """Make a run's font and direction the ones that are set now: how wide the run is."""
        if run.font.lower() not in self.fonts:
            self.add_font(run.font, fname=file_of(run.font))
        self.set_font(run.font, size=style.size)
        self.set_text_shaping(direction=run.direction)
        return self.get_string_width(run.text)

    def code(self, text, x, y, width):
        """A QR code, so wide without the quiet zone that lies around it, black on white."""
        rows = qr.squares(text)
        unit = width / (len(rows) - 2 * qr.QUIET)
        x, y, width = x - qr.QUIET * unit, y - qr.QUIET * unit, len(rows) * unit
        with self._tagged("/Figure", alt=_("The ticket’s code as a picture, for the scanner at the entrance")):
            self.set_fill_color(255)
            self.rect(x, y, width, width, style="F")
            path = PaintedPath()
            path.style.paint_rule, path.style.fill_color = PathPaintRule.FILL_NONZERO, "#000000"
            for column, row, length in qr.bars(rows):
                path.rectangle(x + column * unit, y + row * unit, length * unit, unit)
            self.draw_path(path, copy=False)

    def rule(self, y):
        self._out("/Artifact BMC")
        self.set_draw_color(*LINE)
        self.line(MARGIN, y, MARGIN + WIDTH, y)
        self._out("EMC")

    @contextmanager
    def _tagged(self, kind, *, alt=None):
        """What is drawn meanwhile is one element of the page's structure."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=kind, mcid=number, alt_text=alt)
        self._out(f"{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")
