"""Limits of uploaded spreadsheets, and the errors for files that cannot be read."""

from django.utils.translation import gettext as _

MAX_BYTES, MAX_UNPACKED_BYTES, MAX_MEMBERS = 5_000_000, 60_000_000, 1000
MAX_ROWS, MAX_COLUMNS, MAX_CELLS, MAX_ELEMENTS = 20_000, 100, 400_000, 3_000_000
# openpyxl keeps all cells of a workbook in memory to give its merged cells.
MAX_CELLS_WITH_MERGED = 60_000


class SpreadsheetError(Exception):
    """The file cannot be read. The message is shown to the user."""


def make_too_large_error() -> SpreadsheetError:
    return SpreadsheetError(
        _("This file is larger than %(size)d MB. Remove pictures and other content, and try again.")
        % {"size": MAX_BYTES // 1_000_000}
    )


def encrypted() -> SpreadsheetError:
    return SpreadsheetError(_("This workbook is protected by a password. Save it without a password and try again."))


def damaged() -> SpreadsheetError:
    return SpreadsheetError(_("This file is damaged or not a spreadsheet. Save it as .xlsx or CSV and try again."))


def too_many_rows() -> SpreadsheetError:
    return SpreadsheetError(
        _("This file has more than %(rows)d rows or %(cells)d cells. Select the empty rows "
"below the last entry as whole rows, delete them, save, and try again.")
        % {"rows": MAX_ROWS, "cells": MAX_CELLS}
    )  # fmt: skip


def too_many_cells_with_merged() -> SpreadsheetError:
    return SpreadsheetError(
        _("This workbook has merged cells and more than %(cells)d cells. Unmerge the cells and try again.")
        % {"cells": MAX_CELLS_WITH_MERGED}
    )
