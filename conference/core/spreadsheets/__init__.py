"""CSV and XLSX files: read with limits, and written so that no cell is taken for a formula.

An uploaded file is untrusted. Before openpyxl opens it, its type, its size, its unpacked size and the number of its
rows, cells and XML elements are checked, and document types and entities are rejected.
"""

from .limits import MAX_BYTES, SpreadsheetError, make_too_large_error
from .reading import CellNote, InvalidCell, SheetData, read_spreadsheet
from .writing import HeaderCell, write_csv, write_xlsx

__all__ = [
    "MAX_BYTES",
    "CellNote",
    "HeaderCell",
    "InvalidCell",
    "SheetData",
    "SpreadsheetError",
    "make_too_large_error",
    "read_spreadsheet",
    "write_csv",
    "write_xlsx",
]
