"""One large table as a workbook, written row by row: openpyxl, which writes the programme's, takes twice the time that
somebody waits for ten thousand registrations. Pure: rows in, bytes out.

Every text is an inline string in a cell of the format “text” (ECMA-376 18.3.1.53), which no program takes for a
formula, not even once somebody has edited it.
"""

import datetime
import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter

from sessions.spreadsheets import UNSPEAKABLE

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Of the cellXfs below.
TEXT, BOLD, MOMENT = 1, 2, 3
# Day 0 of a spreadsheet's calendar, as far as dates after February 1900 are concerned.
EPOCH = datetime.datetime(1899, 12, 30)
# The same table is the same file.
LONG_AGO = (1980, 1, 1, 0, 0, 0)

STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/>'
    '<xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.{kind}+xml"/>'
        for part, kind in (("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("styles", "styles"))
    )
    + "</Types>"
)


def _relations(*targets):
    rows = (
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{"".join(rows)}</Relationships>'


def workbook(name, rows):
    """A workbook of one sheet. The first of the rows is its head; cells are texts, numbers, moments without a zone, or
    None."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part, text in (_frame(name) | {"xl/worksheets/sheet1.xml": "".join(_sheet(rows))}).items():
            archive.writestr(zipfile.ZipInfo(part, LONG_AGO), text, zipfile.ZIP_DEFLATED, compresslevel=3)
    return file.getvalue()


def _frame(name):
    sheet = f'<sheet name={quoteattr(_spelled(name[:31]))} sheetId="1" r:id="rId1"/>'
    return {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheet}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
        "xl/styles.xml": STYLES,
    }


def _sheet(rows):
    head, *others = rows
    letters = [get_column_letter(number) for number in range(1, len(head) + 1)]
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>'
    for number, title in enumerate(head, 1):
        yield f'<col min="{number}" max="{number}" width="{max(12, len(title) + 2)}" customWidth="1"/>'
    yield "</cols><sheetData>"
    for number, row in enumerate((head, *others), 1):
        style = BOLD if number == 1 else TEXT
        cells = "".join(_cell(f"{letter}{number}", value, style) for letter, value in zip(letters, row, strict=True))
        yield f'<row r="{number}">{cells}</row>'
    yield "</sheetData></worksheet>"


def _cell(place, value, style):
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.datetime):
        return f'<c r="{place}" s="{MOMENT}"><v>{(value - EPOCH) / datetime.timedelta(days=1):.10f}</v></c>'
    if isinstance(value, int):
        return f'<c r="{place}"><v>{int(value)}</v></c>'
    text = escape(_spelled(str(value)))
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _spelled(text):
    return UNSPEAKABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
