"""Spreadsheet files, read with suspicion and written so that no cell is taken for a formula. Pure: bytes in and out.

A file from outside is measured before it is opened: its bytes, what they unpack to, rows, cells, and whether its XML
declares a document type or entities. What cannot be read is refused in a sentence that says what to do instead.
"""

import csv
import datetime
import io
import re
import warnings
import zipfile
from copy import copy
from dataclasses import dataclass
from xml.parsers import expat

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.comments import Comment
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.xml.constants import SHARED_STRINGS

from . import worksheets

BYTES, UNPACKED, MEMBERS = 5_000_000, 60_000_000, 1000
ROWS, COLUMNS, CELLS, ELEMENTS = 20_000, 100, 400_000, 3_000_000
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
# An encrypted workbook is an OLE file, too, with a stream of this name in UTF-16.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

# What a spreadsheet program takes for the beginning of a formula, some only after it has made them narrow.
LIVE = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
QUOTED_LIVE = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
# Letters that XML cannot hold, and what looks like the way in which a workbook spells them (ECMA-376 22.9.2.19).
UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# Neither nothing nor half a letter, which no database takes.
SPELLED = re.compile(r"_x((?!0000|[Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
DATE_FORMATS = {datetime.datetime: "yyyy-mm-dd hh:mm", datetime.date: "yyyy-mm-dd", datetime.time: "hh:mm"}


class Unacceptable(Exception):
    """The file cannot be taken. Its text is for people."""


@dataclass(frozen=True)
class Bad:
    """In the place of a cell that cannot be taken."""

    reason: str


@dataclass(frozen=True)
class Sheet:
    """rows are pairs of the number that a spreadsheet program shows and the cells; empty rows are left out."""

    name: str
    rows: list


def read(data):
    """The sheets of a workbook, or a CSV file as one sheet without a name. Raises Unacceptable."""
    if len(data) > BYTES:
        raise too_large()
    if data.startswith(OLE):
        raise Unacceptable(_encrypted() if ENCRYPTED in data else _old())
    if data.startswith(ZIP):
        return _workbook(data)
    return [Sheet("", _limited(enumerate(_csv(_decoded(data)), 1)))]


def too_large():
    return Unacceptable(
        _("This file is larger than %(size)d MB. Take out pictures and what is not the programme, and try again.")
        % {"size": BYTES // 1_000_000}
    )


def _encrypted():
    return _("This workbook is protected by a password. Save it without one and try again.")


def _old():
    return _("This is a workbook of the old kind (.xls). Save it as “Excel Workbook (.xlsx)” and try again.")


def _damaged():
    return Unacceptable(_("This file is damaged or not a spreadsheet. Save it as .xlsx or CSV and try again."))


def _too_many():
    return Unacceptable(
        _("This file has more than %(rows)d rows or %(cells)d cells. Delete the empty rows below the last one (select "
          "them as whole rows), save, and try again.")
        % {"rows": ROWS, "cells": CELLS}
    )  # fmt: skip


# CSV


def _decoded(data):
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise Unacceptable(
            _("The letters of this file cannot be read. Save it as “CSV UTF-8” (or as .xlsx) and try again.")
        ) from None
    if "\0" in text:
        raise _damaged()
    return text


def _csv(text):
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [_unquoted(cell) or None for cell in record]
    except csv.Error:
        raise _damaged() from None


def _limited(numbered):
    """Only rows with something in them; too many of them or of their cells are refused."""
    rows, cells = [], 0
    for number, row in numbered:
        if not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row):
            continue
        cells += len(row)
        if len(rows) >= ROWS or cells > CELLS:
            raise _too_many()
        rows.append((number, row))
    return rows


# Workbooks


def _workbook(data):
    _inspect(data)
    try:
        with warnings.catch_warnings():
            # What it does not keep (drop-down lists, colours) is of no interest here.
            warnings.simplefilter("ignore")
            reader = _Reader(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            reader.read()
            return [Sheet(sheet.title, _limited(_rows(reader, sheet))) for sheet in reader.wb.worksheets]
    except Unacceptable:
        raise
    # A reader raises nearly anything at a file made to confuse it: KeyError, ValueError, ParseError, BadZipFile.
    except Exception as error:
        raise _damaged() from error


class _Reader(ExcelReader):
    """openpyxl's own, which makes several objects of each text to find the letters in it."""

    def read_strings(self):
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = worksheets.strings(self.archive.read(part.PartName[1:]))


def _rows(reader, sheet):
    def taken(*cell):
        return _taken(*worksheets.typed(reader.wb, reader.shared_strings, *cell))

    return worksheets.rows(reader.archive.read(sheet._worksheet_path), taken, COLUMNS)


def _taken(kind, value):
    if kind == worksheets.FORMULA:
        return Bad(_("There is a formula in this cell. Copy the cells and paste them as values."))
    if kind == worksheets.ERROR or (value in ERROR_CODES and kind != worksheets.TEXT):
        return Bad(_("This cell shows an error (%(error)s).") % {"error": value})
    if isinstance(value, str):
        return _unquoted(SPELLED.sub(lambda spelled: chr(int(spelled[1], 16)), value)) or None
    return value


def _inspect(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > UNPACKED or len(members) > MEMBERS:
                raise Unacceptable(
                    _("This workbook unpacks to more than %(size)d MB. Copy what you need into a new one.")
                    % {"size": UNPACKED // 1_000_000}
                )
            if any(member.flag_bits & 1 for member in members):
                raise Unacceptable(_encrypted())
            for member in members:
                _Part(member.filename).inspect(archive.read(member))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, zipfile.zlib.error):
        raise _damaged() from None


class _Part:
    """One file inside a workbook, parsed once only to be counted."""

    def __init__(self, name):
        self.is_xml = name.lower().endswith((".xml", ".rels"))
        self.rows = self.cells = self.elements = 0

    def inspect(self, data):
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._count
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError):
            if self.is_xml:
                raise _damaged() from None

    def _refuse(self, *declaration):
        raise Unacceptable(
            _("This workbook declares entities or a document type, which no spreadsheet program does. It is refused.")
        )

    def _count(self, name, attributes):
        self.elements += 1
        kind = name.rpartition(":")[2]
        if kind == "row":
            self.rows += 1
            if _number(attributes.get("r", "1")) > ROWS:
                raise _too_many()
        self.cells += kind == "c"
        if self.rows > ROWS or self.cells > CELLS or self.elements > ELEMENTS:
            raise _too_many()


def _number(digits):
    try:
        return int(digits[:9])
    except ValueError:
        raise _damaged() from None


# Writing. A text that would come to life gets an apostrophe in front, and reading takes it off again.


def _unquoted(text):
    return text[1:] if QUOTED_LIVE.match(text) else text


def csv_of(rows):
    """One table as CSV in UTF-8 with the mark that Excel looks for; every cell in quotation marks."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([_in_csv(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _in_csv(cell):
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ", "seconds" if cell.second else "minutes")
    text = "" if cell is None else str(cell)
    return f"'{text}" if LIVE.match(text) else text


@dataclass(frozen=True)
class Head:
    """A column's header, with a note and the words to choose from, if any."""

    header: str
    note: str = ""
    choices: tuple[str, ...] = ()


def workbook_of(sheets, *, notes=(), quiet=()):
    """A workbook of pairs of a name and rows; the first row of each is made of Heads. notes are the lines of a sheet of
    their own, in front; quiet are the numbers of rows to be grey."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    looks = {}
    if notes:
        _write_notes(book.create_sheet(notes[0]), notes[1:], looks)
    for name, rows in sheets:
        _write(book.create_sheet(name), rows, quiet, looks)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_notes(sheet, lines, looks):
    sheet.column_dimensions["A"].width = 120
    for number, line in enumerate(lines, 1):
        _put(sheet, number, 1, line, looks)


def _write(sheet, rows, quiet, looks):
    heads, *others = rows
    for number, head in enumerate(heads, 1):
        _write_head(sheet, number, head, looks)
    sheet.freeze_panes = "A2"
    for row, cells in enumerate(others, 2):
        for column, value in enumerate(cells, 1):
            if value is not None and value != "":
                cell = _put(sheet, row, column, value, looks)
                if row in quiet:
                    cell.font = Font(italic=True, color="FF6B6B6B")


def _write_head(sheet, number, head, looks):
    letter = get_column_letter(number)
    cell = _put(sheet, 1, number, head.header, looks)
    cell.font = Font(bold=True)
    sheet.column_dimensions[letter].width = max(12, len(head.header) + 2)
    if head.note:
        cell.comment = Comment(head.note, "", width=280, height=110)
    if head.choices:
        choice = DataValidation(type="list", formula1=f'"{",".join(head.choices)}"', allow_blank=True)
        choice.add(f"{letter}2:{letter}{ROWS}")
        sheet.add_data_validation(choice)


def _put(sheet, row, column, value, looks):
    cell = sheet.cell(row, column)
    if not isinstance(value, str):
        cell.value = value
        _show_as(cell, DATE_FORMATS.get(type(value), cell.number_format), looks)
        return cell
    text = f"'{value}" if QUOTED_LIVE.match(value) else value
    cell.value = UNSPEAKABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    # Whatever it looks like, it is a text; also once somebody has edited it.
    cell.data_type = "s"
    _show_as(cell, "@", looks)
    return cell


def _show_as(cell, form, looks):
    """The format of a number; looks keep what openpyxl has made of each, which takes it longer than the cell."""
    if form not in looks:
        cell.number_format = form
        looks[form] = copy(cell._style)
    cell._style = copy(looks[form])
