"""PDF documents with text in any script and QR codes, tagged for screen readers (ISO 32000-1, 14.8).

Text is drawn as typed and never interpreted as markup, links or commands. Only fonts that the text needs are loaded,
and only the used characters are embedded. Coordinates are millimetres from the left and the top.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from fpdf import FPDF, ViewerPreferences

from conference.core import qr

from .text_layout import TextStyle, layout_runs, run_width
from .text_shaping import TextRun, font_path

Color = tuple[int, int, int]


class TextPDF(FPDF):
    """Document to which pages are added with text, QR codes and rules."""

    def __init__(self, title: str, language: str, page_format: str | tuple[float, float] = "A4"):
        super().__init__(format=page_format)
        self.set_title(title)
        self.set_lang(language)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_auto_page_break(False)
        # By default fpdf2 replaces "{nb}" in any text, such as a name, with the number of pages.
        self.alias_nb_pages("")
        self.c_margin = 0

    def draw_line_of_text(self, line: str, x: float, y: float, style: TextStyle) -> None:
        """Draw one line with its top left corner at x and y, in the current text colour."""
        for run in layout_runs(line, style.direction, style.latin_font):
            width = run_width(run, style.size)
            self.select_run_font(run, style)
            self.set_xy(x, y)
            self.cell(width, style.line_height, run.text)
            x += width

    def select_run_font(self, run: TextRun, style: TextStyle) -> None:
        """Set the font and direction of a run as the current ones."""
        if run.font.lower() not in self.fonts:
            self.add_font(run.font, fname=font_path(run.font))
        self.set_font(run.font, size=style.size)
        self.set_text_shaping(direction=run.direction)

    def draw_qr_code(self, text: str, x: float, y: float, width: float, *, alt: str = "") -> None:
        """Draw a QR code, black on white. The quiet zone lies around the given square.

        alt is the text alternative, by default that of a ticket.
        """
        rows = qr.build_matrix(text)
        unit = width / (len(rows) - 2 * qr.QUIET_ZONE)
        self.draw_qr_matrix(rows, x - qr.QUIET_ZONE * unit, y - qr.QUIET_ZONE * unit, unit, alt)

    def draw_qr_code_with_margin(self, text: str, x: float, y: float, width: float) -> None:
        """Draw a QR code whose quiet zone lies inside the given square."""
        rows = qr.build_matrix(text)
        self.draw_qr_matrix(rows, x, y, width / len(rows))

    def draw_qr_matrix(self, rows: list[list[bool]], x: float, y: float, unit: float, alt: str = "") -> None:
        with self.tagged_element("/Figure", alt=alt or _("QR code of the ticket")):
            self.set_fill_color(255)
            self.rect(x, y, len(rows) * unit, len(rows) * unit, style="F")
            self.set_fill_color(0)
            # One path, because modules that are filled one by one show seams; as commands, because fpdf2's own paths
            # take ten times as long.
            k, top = self.k, self.h * self.k
            rectangles = (
                f"{(x + column * unit) * k:.2f} {top - (y + (row + 1) * unit) * k:.2f} "
                f"{length * unit * k:.2f} {unit * k:.2f} re"
                for column, row, length in qr.horizontal_runs(rows)
            )
            self._out(" ".join(rectangles) + " f")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Exclude what is drawn within the context from the page's structure tree: it is only decoration."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")

    @contextmanager
    def tagged_element(self, tag: str, *, alt: str | None = None) -> Iterator[None]:
        """Make what is drawn within the context one element of the page's structure tree."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=tag, mcid=number, alt_text=alt)
        self._out(f"{tag} <</MCID {number}>> BDC")
        yield
        self._out("EMC")
