"""Inspection of a workbook before openpyxl opens it.

An uploaded file is untrusted: its unpacked size and the number of its rows, cells and XML elements are limited, and
document types and entities are rejected.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.utils.cell import range_boundaries

from .limits import (
    MAX_CELLS,
    MAX_CELLS_WITH_MERGED,
    MAX_ELEMENTS,
    MAX_MEMBERS,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    SpreadsheetError,
    damaged,
    encrypted,
    too_many_cells_with_merged,
    too_many_rows,
)


@dataclass
class ArchiveFeatures:
    """The numbers of cells and of merged cells of a workbook, and whether a cell contains a formula."""

    cells: int = 0
    merged_cells: int = 0
    has_formulas: bool = False


def inspect_archive(data: bytes) -> ArchiveFeatures:
    """Raise SpreadsheetError if the workbook is too large, encrypted, damaged or declares entities."""
    features = ArchiveFeatures()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES or len(members) > MAX_MEMBERS:
                raise SpreadsheetError(
                    _(
                        "The unpacked workbook is larger than %(size)d MB. Copy the data that you need into "
                        "a new workbook."
                    )
                    % {"size": MAX_UNPACKED_BYTES // 1_000_000}
                )
            if any(member.flag_bits & 1 for member in members):
                raise encrypted()
            for member in members:
                MemberInspector(member.filename, features).inspect(archive.read(member))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, zlib.error):
        raise damaged() from None
    return features


class MemberInspector:
    """Counts rows, cells and elements of one archive member without building a tree."""

    def __init__(self, name: str, features: ArchiveFeatures):
        self.is_xml = name.lower().endswith((".xml", ".rels"))
        self.features = features
        self.rows = self.cells = self.elements = 0

    def inspect(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self.reject_declaration
        parser.StartElementHandler = self.count_element
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError):
            if self.is_xml:
                raise damaged() from None
        self.features.cells += self.cells
        if self.features.merged_cells and self.features.cells + self.features.merged_cells > MAX_CELLS_WITH_MERGED:
            raise too_many_cells_with_merged()

    def reject_declaration(self, *declaration):
        raise SpreadsheetError(
            _("This workbook contains XML entities or a document type declaration and was rejected.")
        )

    def count_element(self, name, attributes):
        self.elements += 1
        local_name = name.rpartition(":")[2]
        if local_name == "row":
            self.rows += 1
            digits = attributes.get("r", "1")[:9]
            if not digits.isdecimal():
                raise damaged()
            if int(digits) > MAX_ROWS:
                raise too_many_rows()
        elif local_name == "f":
            self.features.has_formulas = True
        elif local_name == "mergeCell":
            self.features.merged_cells += count_cells(attributes.get("ref", ""))
        self.cells += local_name == "c"
        if self.rows > MAX_ROWS or self.cells > MAX_CELLS or self.elements > MAX_ELEMENTS:
            raise too_many_rows()


def count_cells(area: str) -> int:
    """Return the number of cells of an area such as A1:B3."""
    try:
        left, top, right, bottom = range_boundaries(area)
        return (right - left + 1) * (bottom - top + 1)
    except (TypeError, ValueError):
        raise damaged() from None
