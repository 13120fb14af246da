"""Certificates of attendance as a PDF: one A4 page in landscape each, in every language of the site at once.

Every text has a box of its own and gets smaller until it fits, so that no name moves or cuts another text.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from django.utils import translation
from django.utils.translation import gettext as _
from fpdf.syntax import PDFString

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.site_data import get_conference_info, get_site_data

from ..days import conference_date
from ..formatting import format_days_with_year, join_texts
from ..models import Certificate, CertificateSettings
from ..pdf.document import Color, TextPDF
from ..pdf.text_layout import TextStyle, fit_into_box, text_width
from ..pdf.text_shaping import PLACEHOLDER, is_printable, replace_unsupported
from .codes import format_code
from .issuance import verification_form_url, verification_url
from .wording import describe_days

# Millimetres of A4 in landscape.
PAGE_WIDTH, PAGE_HEIGHT, MARGIN, FRAME = 297, 210, 20, 8
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TITLE_Y, NAME_Y, DAYS_Y, BOTTOM_Y = 63, 98, 121, 146
COLUMN_GAP, SIGNATURE_WIDTH, QR_CODE_SIZE, VERIFICATION_WIDTH = 10, 78, 28, 84
# RGB, as on the web pages in the light scheme.
TEXT_COLOR, MUTED_COLOR, ACCENT_COLOR = (34, 27, 43), (92, 83, 102), (90, 47, 117)
CENTRE, RIGHT = 0.5, 1.0


@dataclass(frozen=True)
class TextBox:
    """Place of a text, in millimetres. align is the share of the free width that lies before the text."""

    x: float
    y: float
    width: float
    height: float
    align: float = CENTRE


@dataclass(frozen=True)
class Look:
    """Largest size in points, and how a text is drawn."""

    size: float
    color: Color = TEXT_COLOR
    bold: bool = False
    tag: str = "/P"
    max_lines: int = 1


def render_certificates(certificates: Iterable[Certificate]) -> bytes:
    """Return a PDF with one page for each certificate. It has the language of the site; parts have their own."""
    main_language, settings_row = LANGUAGES[0], CertificateSettings.load()
    with translation.override(main_language):
        title = _("Certificate of attendance: %(conference)s") % {"conference": get_conference_info().short_name}
    pdf = CertificatePDF(title, main_language)
    for certificate in certificates:
        pdf.add_page(orientation="landscape")
        draw_certificate(pdf, certificate, settings_row)
    return bytes(pdf.output())


class CertificatePDF(TextPDF):
    """Document of certificates."""

    def draw_in_box(self, text: str, box: TextBox, look: Look, language: str | None = None) -> float:
        """Draw a text into a box from its top. Return the y below the text."""
        text = replace_unsupported(text) or "–"
        style = TextStyle.of(text, look.size, bold=look.bold)
        fitted = fit_into_box(text, box.width, box.height, style, max_lines=look.max_lines)
        y = box.y
        self.set_text_color(*look.color)
        with self.tagged_element(look.tag), self.language_of_text(language):
            for line in fitted.lines:
                width = text_width(line, fitted.style)
                self.draw_line_of_text(line, box.x + (box.width - width) * box.align, y, fitted.style)
                y += fitted.style.line_height
        return y

    @contextmanager
    def language_of_text(self, language: str | None) -> Iterator[None]:
        """Mark what is drawn within the context as text in a language (ISO 32000-1, 14.9.2)."""
        if language:
            self._out(f"/Span <</Lang {PDFString(language).serialize()}>> BDC")
        yield
        if language:
            self._out("EMC")

    def draw_frame(self) -> None:
        with self.artifact():
            self.set_draw_color(*ACCENT_COLOR)
            self.set_line_width(0.8)
            self.rect(FRAME, FRAME, PAGE_WIDTH - 2 * FRAME, PAGE_HEIGHT - 2 * FRAME)
            self.set_line_width(0.2)

    def draw_line(self, x: float, y: float, width: float, color: Color) -> None:
        with self.artifact():
            self.set_draw_color(*color)
            self.line(x, y, x + width, y)


def draw_certificate(pdf: CertificatePDF, certificate: Certificate, settings_row: CertificateSettings) -> None:
    pdf.draw_frame()
    draw_conference(pdf)
    draw_title(pdf)
    draw_name(pdf, certificate)
    draw_days(pdf, certificate)
    draw_signatures(pdf, settings_row)
    draw_verification(pdf, certificate)


def draw_conference(pdf: CertificatePDF) -> None:
    """Draw the organizers, names, days and place of the conference in each language."""
    y, site = 14.0, get_site_data()
    for language in LANGUAGES:
        if organizers := site.organizers.by_language.get(language):
            y = pdf.draw_in_box(organizers, full_width(y, 5.5), Look(10.5, MUTED_COLOR), language)
    for language, look in zip(LANGUAGES, (Look(19, bold=True, max_lines=2), Look(15, max_lines=2)), strict=False):
        with translation.override(language):
            conference = get_conference_info()
            name, name_language = site.name.resolve(language)
            y = pdf.draw_in_box(name, full_width(y + 1, 11), look, name_language)
            text = f"{conference.date_range} · {conference.address}"
            y = pdf.draw_in_box(text, full_width(y, 5.5), Look(10.5, MUTED_COLOR), language)


def draw_title(pdf: CertificatePDF) -> None:
    y = float(TITLE_Y)
    looks = (Look(27, ACCENT_COLOR, bold=True, tag="/H1"), Look(16, ACCENT_COLOR))
    for language, look in zip(LANGUAGES, looks, strict=False):
        with translation.override(language):
            y = pdf.draw_in_box(_("Certificate of attendance"), full_width(y, 13), look, language)


def draw_name(pdf: CertificatePDF, certificate: Certificate) -> None:
    y = NAME_Y - 11.0
    for language in LANGUAGES:
        with translation.override(language):
            text = _("This is to certify that")
        y = pdf.draw_in_box(text, full_width(y, 5), Look(10.5, MUTED_COLOR), language)
    y = pdf.draw_in_box(certificate.name, full_width(NAME_Y, 18), Look(32, bold=True, tag="/H2", max_lines=2))
    if not is_printable(certificate.name):
        with translation.override(LANGUAGES[0]):
            note = _("%(placeholder)s stands for a character that cannot be printed here. The page below shows it.")
        pdf.draw_in_box(note % {"placeholder": PLACEHOLDER}, full_width(y, 4.5), Look(8), LANGUAGES[0])


def draw_days(pdf: CertificatePDF, certificate: Certificate) -> None:
    """Draw what the person attended: a column for each language."""
    width = (CONTENT_WIDTH - COLUMN_GAP * (len(LANGUAGES) - 1)) / len(LANGUAGES)
    for number, language in enumerate(LANGUAGES):
        box = TextBox(MARGIN + number * (width + COLUMN_GAP), DAYS_Y, width, 22)
        with translation.override(language):
            attended = join_texts(describe_days(certificate.attended_days))
            text = _("attended this conference %(attended)s.") % {"attended": attended}
        pdf.draw_in_box(text, box, Look(14, max_lines=4), language)


def draw_signatures(pdf: CertificatePDF, row: CertificateSettings) -> None:
    signatories = [
        (row.signatory_name, LocalizedText.of(row, "signatory_title")),
        (row.second_name, LocalizedText.of(row, "second_title")),
    ]
    positions = count(MARGIN, SIGNATURE_WIDTH + COLUMN_GAP)
    for x, (name, title) in zip(positions, [pair for pair in signatories if pair[0]], strict=False):
        y = float(BOTTOM_Y + 20)
        pdf.draw_line(x, y, SIGNATURE_WIDTH, MUTED_COLOR)
        y = pdf.draw_in_box(name, TextBox(x, y + 1, SIGNATURE_WIDTH, 6, 0), Look(11, bold=True))
        for language, text in title.by_language.items():
            look = Look(9, MUTED_COLOR, max_lines=2)
            y = pdf.draw_in_box(text, TextBox(x, y, SIGNATURE_WIDTH, 8, 0), look, language)


def draw_verification(pdf: CertificatePDF, certificate: Certificate) -> None:
    """Draw the code, as a QR code and to be typed, and when the certificate was issued."""
    x, right = PAGE_WIDTH - MARGIN - VERIFICATION_WIDTH, PAGE_WIDTH - MARGIN
    pdf.draw_qr_code(verification_url(certificate), right - QR_CODE_SIZE, BOTTOM_Y, QR_CODE_SIZE, alt=_("QR code"))
    width, look = VERIFICATION_WIDTH - QR_CODE_SIZE - 5, Look(9, MUTED_COLOR)
    day = conference_date(certificate.issued_at)
    y = BOTTOM_Y + 2.0
    for language in LANGUAGES:
        with translation.override(language):
            text = _("Issued on %(day)s") % {"day": format_days_with_year([day])}
        y = pdf.draw_in_box(text, TextBox(x, y, width, 5, RIGHT), look, language)
    y = BOTTOM_Y + QR_CODE_SIZE - 9.0
    for language in LANGUAGES:
        with translation.override(language):
            text = _("Verify this certificate:")
        y = pdf.draw_in_box(text, TextBox(x, y, width, 5, RIGHT), look, language)
    y = pdf.draw_in_box(
        verification_form_url(), TextBox(x, BOTTOM_Y + QR_CODE_SIZE + 3, VERIFICATION_WIDTH, 5, RIGHT), Look(9.5)
    )
    code = format_code(certificate.code)
    pdf.draw_in_box(code, TextBox(x, y, VERIFICATION_WIDTH, 6, RIGHT), Look(11, bold=True))


def full_width(y: float, height: float) -> TextBox:
    return TextBox(MARGIN, y, CONTENT_WIDTH, height)
