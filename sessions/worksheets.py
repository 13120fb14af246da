"""The cells of a workbook's XML (ECMA-376 18.3.1), read in one go: several times as fast as building a tree of it.

Only for files that sessions.spreadsheets has measured: they declare no entities and are not too large.
"""

from xml.parsers import expat

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601

# What a cell's type is called in the file, and where its value is no date at all.
FORMULA, ERROR, TEXT = "f", "e", "s"
NO_DATE = "#VALUE!"


class _Letters:
    """What is written inside of elements of some names; phonetic hints, which only say how it is read aloud, apart."""

    def __init__(self, *names):
        self.names, self.found, self.is_wanted, self.hints = names, [], False, 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._write

    def parse(self, data):
        self.parser.Parse(data, True)

    def _start(self, name, attributes):
        name = name.rpartition(":")[2]
        self.hints += name == "rPh"
        self.is_wanted = name in self.names and not self.hints
        self.begin(name, attributes)

    def _end(self, name):
        name = name.rpartition(":")[2]
        self.hints -= name == "rPh"
        self.is_wanted = False
        self.finish(name)

    def _write(self, letters):
        if self.is_wanted:
            self.found.append(letters)

    def take(self):
        text, self.found = "".join(self.found), []
        return text


class _Strings(_Letters):
    def __init__(self):
        super().__init__("t")
        self.strings = []

    def begin(self, name, attributes):
        if name == "si":
            self.found = []

    def finish(self, name):
        if name == "si":
            # Like openpyxl, which undoes one half of how an underline is escaped.
            self.strings.append(self.take().replace("x005F_", ""))


class _Rows(_Letters):
    def __init__(self, value, columns):
        super().__init__("v", "t")
        self.value, self.columns = value, columns
        self.rows, self.number, self.places = [], 0, {}

    def begin(self, name, attributes):
        if name == "row":
            self.number = int(attributes["r"]) if "r" in attributes else self.number + 1
            self.cells, self.column = [], 0
        elif name == "c":
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self.column = self._place(attributes["r"]) if "r" in attributes else self.column + 1
            self.found = []
        elif name == "f":
            self.kind = FORMULA

    def _place(self, coordinate):
        letters = coordinate.rstrip("0123456789")
        if letters not in self.places:
            self.places[letters] = column_index_from_string(letters)
        return self.places[letters]

    def finish(self, name):
        if name == "c" and self.column <= self.columns:
            value = self.value(self.kind, self.style, self.take())
            if value is not None:
                self.cells += [None] * (self.column - len(self.cells))
                self.cells[self.column - 1] = value
        elif name == "row" and self.cells:
            self.rows.append((self.number, self.cells))


def strings(data):
    """The texts that cells share."""
    reader = _Strings()
    reader.parse(data)
    return reader.strings


def rows(data, value, columns):
    """Pairs of a row's number and its cells up to the last one with something in it, no more than columns. value makes
    one from the cell's type, the number of its style, and what is written in it."""
    reader = _Rows(value, columns)
    reader.parse(data)
    return reader.rows


def typed(book, shared, kind, style, text):
    """The type and the value of a cell, as openpyxl understands them."""
    if kind == FORMULA or not text:
        return kind, text or None
    if kind == "n":
        return _number(book, style, float(text) if set(text) & set(".eE") else int(text))
    if kind == "s":
        return TEXT, shared[int(text)]
    if kind == "b":
        return kind, bool(int(text))
    if kind == "d":
        return kind, from_ISO8601(text)
    return (kind if kind == ERROR else TEXT), text


def _number(book, style, number):
    """A number, which is a date where its style shows it as one."""
    if style not in book._date_formats:
        return "n", number
    try:
        return "d", from_excel(number, book.epoch, timedelta=style in book._timedelta_formats)
    except (OverflowError, ValueError):
        return ERROR, NO_DATE
