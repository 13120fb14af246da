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

from conference.core import qr
from conference.site_data import get_conference_info

from . import issuance
from .text_shaping import (
    drop_unsupported,
    font_path,
    grapheme_clusters,
    is_printable,
    paragraph_direction,
    select_latin_font,
    split_runs,
)

# Millimetres of A4.
PAGE_MARGIN, CONTENT_WIDTH = 20, 170
DETAILS_WIDTH, QR_CODE_SIZE = 105, 52
# The colours of the pages, on paper.
TEXT_COLOR, MUTED_COLOR, ACCENT_COLOR, RULE_COLOR = (34, 27, 43), (92, 83, 102), (90, 47, 117), (226, 220, 230)
MM_PER_POINT = 25.4 / 72
LINE_HEIGHT = 1.35
# Points: what does not fit even so takes more lines.
MIN_FONT_SIZE = 7


def render_ticket_pdf(registration, ticket):
    """The file's bytes, in the active language."""
    sheet = TicketPDF(_("Ticket: %(conference)s") % {"conference": get_conference_info().short_name}, get_language())
    below = draw_heading(sheet)
    below = max(draw_details(sheet, registration, below), draw_qr_code(sheet, ticket, below))
    draw_footer(sheet, below)
    return bytes(sheet.output())


def draw_heading(sheet):
    said = get_conference_info()
    y = sheet.draw_text(_("Ticket"), PAGE_MARGIN, PAGE_MARGIN, CONTENT_WIDTH, 10, colour=ACCENT_COLOR, strong=True)
    y = sheet.draw_text(said.name, PAGE_MARGIN, y + 1, CONTENT_WIDTH, 15, strong=True, lines=3)
    place = ", ".join(text for text in (said.venue, said.city) if text)
    y = sheet.draw_text(
        f"{said.date_range} · {place}", PAGE_MARGIN, y + 1, CONTENT_WIDTH, 10.5, colour=MUTED_COLOR, lines=2
    )
    sheet.draw_rule(y + 5)
    return y + 13


def draw_details(sheet, registration, y):
    name, note = display_name_lines(registration)
    y = sheet.draw_text(name, PAGE_MARGIN, y - 1.5, DETAILS_WIDTH, 30, kind="/H1", strong=True, lines=3)
    if note:
        y = sheet.draw_text(note, PAGE_MARGIN, y + 2, DETAILS_WIDTH, 9, colour=MUTED_COLOR, lines=3)
    y += 3
    for label, words in issuance.ticket_details(registration):
        y = draw_detail(sheet, y, label, [words])
    days = [f"{date_format(day, 'DATE_FORMAT')}: {how}" for day, how in issuance.confirmed_days(registration)]
    return draw_detail(sheet, y, issuance.days_heading(), days)


def display_name_lines(registration):
    """What stands where the name stands, and why it is not the one on the badge if it is not."""
    if is_printable(registration.badge_name):
        return registration.badge_name, ""
    note = _(
        "The name on the badge contains characters that cannot be printed here. The ticket page shows the full name."
    )
    return registration.passport_name, note


def draw_detail(sheet, y, label, texts):
    y = sheet.draw_text(label, PAGE_MARGIN, y + 4, DETAILS_WIDTH, 9, colour=MUTED_COLOR)
    for text in texts:
        y = sheet.draw_text(text, PAGE_MARGIN, y + 0.5, DETAILS_WIDTH, 12, lines=4)
    return y


def draw_qr_code(sheet, ticket, y):
    x = PAGE_MARGIN + CONTENT_WIDTH - QR_CODE_SIZE
    sheet.draw_qr_code(issuance.validation_url(ticket), x, y, QR_CODE_SIZE)
    y = sheet.draw_text(issuance.short_code(ticket), x, y + QR_CODE_SIZE + 6, QR_CODE_SIZE, 15, strong=True)
    words = _("Show this ticket at the entrance, on paper or on a screen.")
    return sheet.draw_text(words, x, y + 2, QR_CODE_SIZE, 9, colour=MUTED_COLOR, lines=4)


def draw_footer(sheet, y):
    sheet.draw_rule(y + 8)
    words = _(
        "The code shows only whether the ticket is valid. It holds no personal data. If you "
        "replace the ticket, this one is no longer valid."
    )
    sheet.draw_text(words, PAGE_MARGIN, y + 13, CONTENT_WIDTH, 9, colour=MUTED_COLOR, lines=4)


@dataclass(frozen=True)
class TextStyle:
    """How a text is set: its size in points, and what holds for the whole of it."""

    size: float
    direction: TextDirection
    latin_font: str

    @property
    def height(self):
        """Of a line, in millimetres."""
        return self.size * MM_PER_POINT * LINE_HEIGHT


class TicketPDF(FPDF):
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

    def draw_text(self, text, x, y, width, size, *, kind="/P", colour=TEXT_COLOR, strong=False, lines=2):
        """Set what can be printed of a text in so many lines, smaller than size (in points) if need be: the y below it.

        Millimetres from the left and the top; y is the top of the first line.
        """
        text = drop_unsupported(text) or "–"
        style = TextStyle(size, paragraph_direction(text), select_latin_font(text, strong=strong))
        style, broken = self.fit_lines(text, width, style, lines)
        self.set_text_color(*colour)
        with self.tagged_element(kind):
            for line in broken:
                self.draw_line_of_text(line, x, y, style)
                y += style.height
        return y

    def fit_lines(self, text, width, style, lines):
        broken = self.wrap_text(text, width, style)
        while len(broken) > lines and style.size > MIN_FONT_SIZE:
            style = replace(style, size=max(MIN_FONT_SIZE, style.size * 0.9))
            broken = self.wrap_text(text, width, style)
        return style, broken

    def wrap_text(self, text, width, style):
        """The text in lines: broken between words, and within those that are wider than a line."""
        lines = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if self.text_width(longer, style) <= width:
                lines[-1:] = [longer]
            else:
                lines += self.split_word(word, width, style)
        return lines

    def split_word(self, word, width, style):
        letters = grapheme_clusters(word)
        while letters:
            ends = accumulate(self.text_width(letter, style) for letter in letters)
            fitting = max(1, bisect_right(list(ends), width))
            yield "".join(letters[:fitting])
            letters = letters[fitting:]

    def text_width(self, line, style):
        """Measured once, for it grows with the size."""
        key = line, style.direction, style.latin_font
        if key not in self._widths:
            point = replace(style, size=1)
            placed = split_runs(line, style.direction, style.latin_font)
            self._widths[key] = sum(self.select_run_font(run, point) for run in placed)
        return self._widths[key] * style.size

    def draw_line_of_text(self, line, x, y, style):
        for run in split_runs(line, style.direction, style.latin_font):
            width = self.select_run_font(run, style)
            self.set_xy(x, y)
            self.cell(width, style.height, run.text)
            x += width

    def select_run_font(self, run, style):
        """Make a run's font and direction the ones that are set now: how wide the run is."""
        if run.font.lower() not in self.fonts:
            self.add_font(run.font, fname=font_path(run.font))
        self.set_font(run.font, size=style.size)
        self.set_text_shaping(direction=run.direction)
        return self.get_string_width(run.text)

    def draw_qr_code(self, text, x, y, width):
        """A QR code, so wide without the quiet zone that lies around it, black on white."""
        rows = qr.build_matrix(text)
        unit = width / (len(rows) - 2 * qr.QUIET_ZONE)
        x, y, width = x - qr.QUIET_ZONE * unit, y - qr.QUIET_ZONE * unit, len(rows) * unit
        with self.tagged_element("/Figure", alt=_("QR code of the ticket")):
            self.set_fill_color(255)
            self.rect(x, y, width, width, style="F")
            path = PaintedPath()
            path.style.paint_rule, path.style.fill_color = PathPaintRule.FILL_NONZERO, "#000000"
            for column, row, length in qr.horizontal_runs(rows):
                path.rectangle(x + column * unit, y + row * unit, length * unit, unit)
            self.draw_path(path, copy=False)

    def draw_rule(self, y):
        self._out("/Artifact BMC")
        self.set_draw_color(*RULE_COLOR)
        self.line(PAGE_MARGIN, y, PAGE_MARGIN + CONTENT_WIDTH, y)
        self._out("EMC")

    @contextmanager
    def tagged_element(self, kind, *, alt=None):
        """What is drawn meanwhile is one element of the page's structure."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=kind, mcid=number, alt_text=alt)
        self._out(f"{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")
