"""A ticket as a PDF of one A4 page, with names in any script. Coordinates are millimetres from the left and the top."""

from dataclasses import replace

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conference.site_data import get_conference_info

from ..models import Admission, Registration, Ticket
from ..pdf.document import TextPDF
from ..pdf.text_layout import TextStyle, wrap
from ..pdf.text_shaping import PLACEHOLDER, is_printable, replace_unsupported
from . import issuance
from .days import explain_no_entry, list_ticket_days

# Millimetres of A4.
PAGE_MARGIN, CONTENT_WIDTH = 20, 170
DETAILS_WIDTH, QR_CODE_SIZE = 105, 52
# RGB, as on the web pages in the light scheme.
TEXT_COLOR, MUTED_COLOR, ACCENT_COLOR, RULE_COLOR = (34, 27, 43), (92, 83, 102), (90, 47, 117), (226, 220, 230)
# Points. Text that does not fit at this size takes more lines.
MIN_FONT_SIZE = 7


def render_ticket_pdf(registration: Registration, ticket: Ticket) -> bytes:
    """Return the PDF in the active language."""
    pdf = TicketPDF(_("Ticket: %(conference)s") % {"conference": get_conference_info().short_name}, get_language())
    admission = registration.check_admission()
    y = draw_heading(pdf, registration, admission)
    y = max(draw_details(pdf, registration, admission, y), draw_qr_code(pdf, registration, ticket, admission, y))
    draw_footer(pdf, y)
    return bytes(pdf.output())


def draw_heading(pdf: "TicketPDF", registration: Registration, admission: Admission) -> float:
    """Draw the conference's name, date and venue. Return the y below them, as all draw functions do."""
    conference = get_conference_info()
    kind = _("Ticket: no entry") if explain_no_entry(registration, admission) else _("Ticket")
    y = pdf.draw_text(kind, PAGE_MARGIN, PAGE_MARGIN, CONTENT_WIDTH, 10, color=ACCENT_COLOR, bold=True)
    y = pdf.draw_text(conference.name, PAGE_MARGIN, y + 1, CONTENT_WIDTH, 15, bold=True, max_lines=3)
    place = ", ".join(text for text in (conference.venue, conference.city) if text)
    date_and_place = f"{conference.date_range} · {place}"
    y = pdf.draw_text(date_and_place, PAGE_MARGIN, y + 1, CONTENT_WIDTH, 10.5, color=MUTED_COLOR)
    pdf.draw_rule(y + 5)
    return y + 13


def draw_details(pdf: "TicketPDF", registration: Registration, admission: Admission, y: float) -> float:
    name = registration.badge_name
    y = pdf.draw_text(name, PAGE_MARGIN, y - 1.5, DETAILS_WIDTH, 30, tag="/H1", bold=True, max_lines=3) + 3
    for label, value in issuance.ticket_details(registration):
        y = draw_detail(pdf, y, label, [value])
    days = list_ticket_days(registration, admission)
    lines = [f"{date_format(day.day, 'DATE_FORMAT')}: {day.text}" for day in days]
    return draw_detail(pdf, y, issuance.days_heading(), lines)


def draw_detail(pdf: "TicketPDF", y: float, label: str, values: list[str]) -> float:
    y = pdf.draw_text(label, PAGE_MARGIN, y + 4, DETAILS_WIDTH, 9, color=MUTED_COLOR)
    for value in values:
        y = pdf.draw_text(value, PAGE_MARGIN, y + 0.5, DETAILS_WIDTH, 12, max_lines=4)
    return y


def draw_qr_code(pdf: "TicketPDF", registration: Registration, ticket: Ticket, admission: Admission, y: float) -> float:
    """Draw the code with its number, or the number with the reason why the ticket admits on no day."""
    x = PAGE_MARGIN + CONTENT_WIDTH - QR_CODE_SIZE
    if admission.days:
        pdf.draw_qr_code(issuance.validation_url(ticket), x, y, QR_CODE_SIZE)
        y += QR_CODE_SIZE + 6
    y = pdf.draw_text(issuance.short_code(ticket), x, y, QR_CODE_SIZE, 15, bold=True)
    if note := explain_no_entry(registration, admission):
        return pdf.draw_text(str(note), x, y + 2, QR_CODE_SIZE, 11, bold=True, max_lines=6)
    instruction = _("Show this ticket at the entrance, on paper or on a screen.")
    return pdf.draw_text(instruction, x, y + 2, QR_CODE_SIZE, 9, color=MUTED_COLOR, max_lines=4)


def draw_footer(pdf: "TicketPDF", y: float) -> float:
    pdf.draw_rule(y + 8)
    explanation = _(
        "The code holds no personal data. Only the check-in at the entrance can read more from it. If the ticket is "
        "replaced, this one is no longer valid."
    )
    return pdf.draw_text(explanation, PAGE_MARGIN, y + 13, CONTENT_WIDTH, 9, color=MUTED_COLOR, max_lines=4)


def placeholder_note() -> str:
    return _("%(placeholder)s stands for a character that cannot be printed here. The ticket page shows it.") % {
        "placeholder": PLACEHOLDER
    }


class TicketPDF(TextPDF):
    """One page of A4 on which each text has a width, and as many lines as it needs."""

    def __init__(self, title: str, language: str):
        super().__init__(title, language)
        self.add_page()

    def draw_text(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        size: float,
        *,
        tag: str = "/P",
        color: tuple[int, int, int] = TEXT_COLOR,
        bold: bool = False,
        max_lines: int = 2,
    ) -> float:
        """Draw a text from the top of its first line at y. Return the y below it.

        size is in points. A text that takes more than max_lines is drawn smaller, down to MIN_FONT_SIZE. A note below
        the text explains the placeholders in it, if there are any.
        """
        y = self.draw_lines(replace_unsupported(text) or "–", x, y, width, size, tag, color, bold, max_lines)
        if is_printable(text):
            return y
        return self.draw_lines(placeholder_note(), x, y + 0.5, width, 8, "/P", TEXT_COLOR, False, 4)

    def draw_lines(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        size: float,
        tag: str,
        color: tuple[int, int, int],
        bold: bool,
        max_lines: int,
    ) -> float:
        style = TextStyle.of(text, size, bold=bold)
        style, lines = self.fit_lines(text, width, style, max_lines)
        self.set_text_color(*color)
        with self.tagged_element(tag):
            for line in lines:
                self.draw_line_of_text(line, x, y, style)
                y += style.line_height
        return y

    def fit_lines(self, text: str, width: float, style: TextStyle, max_lines: int) -> tuple[TextStyle, tuple[str, ...]]:
        lines = wrap(text, width, style).lines
        while len(lines) > max_lines and style.size > MIN_FONT_SIZE:
            style = replace(style, size=max(MIN_FONT_SIZE, style.size * 0.9))
            lines = wrap(text, width, style).lines
        return style, lines

    def draw_rule(self, y: float) -> None:
        with self.artifact():
            self.set_draw_color(*RULE_COLOR)
            self.line(PAGE_MARGIN, y, PAGE_MARGIN + CONTENT_WIDTH, y)
