"""Recognition of files that are not spreadsheets, by their content."""

import io
import re
import zipfile

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .limits import SpreadsheetError, damaged, encrypted

OLE_SIGNATURE, ZIP_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
# An encrypted workbook is an OLE file, too, with a stream of this name in UTF-16.
ENCRYPTED_STREAM_NAME = "EncryptedPackage".encode("utf-16-le")
WORKBOOK_MEMBER = "xl/workbook.xml"

PICTURE = _("This is a %(format)s picture, not a spreadsheet.")
DOCUMENT = _("This is a document (%(format)s), not a spreadsheet. Save its table as .xlsx or CSV and try again.")
OTHER_SPREADSHEET = _(
    "This spreadsheet has another format (%(format)s). Save it as “Excel Workbook (.xlsx)” or CSV and try again."
)
ARCHIVE = _("This is an archive (%(format)s), not a spreadsheet. Unpack it and choose one of its files.")
OTHER_FILE = _("This file is not a spreadsheet (%(format)s).")

# Pairs of a pattern of the first bytes, and the kind and the name of the format.
SIGNATURES: tuple[tuple[re.Pattern[bytes], Promise, str], ...] = (
    (re.compile(rb"\xff\xd8\xff"), PICTURE, "JPEG"),
    (re.compile(rb"\x89PNG"), PICTURE, "PNG"),
    (re.compile(rb"GIF8[79]a"), PICTURE, "GIF"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), PICTURE, "WebP"),
    (re.compile(rb"....ftyp(heic|heix|mif1|msf1|avif)", re.DOTALL), PICTURE, "HEIC"),
    (re.compile(rb"II\*\0|MM\0\*"), PICTURE, "TIFF"),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), PICTURE, "BMP"),
    (re.compile(rb"%PDF-"), DOCUMENT, "PDF"),
    (re.compile(rb"\{\\rtf"), DOCUMENT, "RTF"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype )?html", re.IGNORECASE), DOCUMENT, "HTML"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml"), OTHER_FILE, "XML"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*BEGIN:VCALENDAR"), OTHER_FILE, "iCalendar"),
    (re.compile(rb"\x1f\x8b"), ARCHIVE, "gzip"),
    (re.compile(rb"Rar!\x1a"), ARCHIVE, "RAR"),
    (re.compile(rb"7z\xbc\xaf'\x1c"), ARCHIVE, "7-Zip"),
    (re.compile(rb"....ftyp", re.DOTALL), OTHER_FILE, "MPEG-4"),
)
# Pairs of the beginning of a member's name, or the content of the member "mimetype", and the same.
ARCHIVE_MEMBERS: tuple[tuple[str, Promise, str], ...] = (
    ("xl/workbook.bin", OTHER_SPREADSHEET, ".xlsb"),
    ("Index/", OTHER_SPREADSHEET, "Numbers"),
    ("word/", DOCUMENT, "Word"),
    ("ppt/", DOCUMENT, "PowerPoint"),
)
MIME_TYPES: tuple[tuple[bytes, Promise, str], ...] = (
    (b"application/vnd.oasis.opendocument.spreadsheet", OTHER_SPREADSHEET, "OpenDocument, .ods"),
    (b"application/vnd.oasis.opendocument.", DOCUMENT, "OpenDocument"),
)


def check_file_type(data: bytes) -> None:
    """Raise SpreadsheetError for a file that is known to be neither a workbook nor a text."""
    if data.startswith(OLE_SIGNATURE):
        raise encrypted() if ENCRYPTED_STREAM_NAME in data else make_old_workbook_error()
    for pattern, message, name in SIGNATURES:
        if pattern.match(data):
            raise SpreadsheetError(message % {"format": name})
    if data.startswith(ZIP_SIGNATURE):
        check_archive_type(data)


def make_old_workbook_error() -> SpreadsheetError:
    return SpreadsheetError(
        str(_("This is an old Excel workbook (.xls). Save it as “Excel Workbook (.xlsx)” and try again."))
    )


def check_archive_type(data: bytes) -> None:
    """Raise SpreadsheetError for an archive that is not an Excel workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            mime_type = archive.open("mimetype").read(100) if "mimetype" in names else b""
    # A damaged archive raises nearly anything.
    except Exception as error:
        raise damaged() from error
    if WORKBOOK_MEMBER in names or ("[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)):
        return
    for media_type, message, name in MIME_TYPES:
        if mime_type.startswith(media_type):
            raise SpreadsheetError(message % {"format": name})
    for start, message, name in ARCHIVE_MEMBERS:
        if any(member.startswith(start) for member in names):
            raise SpreadsheetError(message % {"format": name})
    raise SpreadsheetError(ARCHIVE % {"format": "ZIP"})
