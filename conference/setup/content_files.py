"""Reading of the files of the content loader: TOML tables, pages, and moved dates."""

import datetime
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SINGLETON_TABLES = ("conference", "registration_settings")
WHOLE_DATE = re.compile(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<time>( [0-9]{2}:[0-9]{2})?)")


class ContentError(Exception):
    """The files cannot be loaded. The message is one line: file, entry, field and problem."""


@dataclass
class TomlEntry:
    """A table of a file: its location for error messages, its number among tables of its name, and its values."""

    location: str
    number: int
    data: dict[str, Any]

    def error(self, field: str, message: str) -> ContentError:
        return ContentError(f"{self.location}: {field}: {message}")


Tables = dict[str, list[TomlEntry]]


def read_toml(path: Path, *names: str) -> Tables:
    """Return the entries of the file by the name of their table; a list may be empty. Raises ContentError."""
    try:
        document = tomllib.loads(read_text_file(path))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path.name}: {error}") from error
    if unknown := document.keys() - set(names):
        raise ContentError(f"{path.name}: {join_names(unknown)}: unknown; this file may contain {join_names(names)}")
    return {name: build_entries(path.name, name, document.get(name, [])) for name in names}


def read_page(path: Path) -> tuple[str, str]:
    """Return the title and the Markdown text of a page file."""
    first_line, _, body = read_text_file(path).partition("\n")
    if not first_line.startswith("# "):
        raise ContentError(f"pages/{path.name}: the first line must be the title, as “# About”")
    return first_line.removeprefix("# "), body


def read_text_file(path: Path) -> str:
    try:
        # "utf-8-sig" skips the byte order mark that some editors write.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ContentError(f"{path.name}: this file is missing in {path.parent}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path.name}: cannot be read: {error}") from error


def nested_entries(entry: TomlEntry, name: str) -> list[TomlEntry]:
    """Remove the nested tables of this name from the entry and return them."""
    return build_entries(entry.location, name, entry.data.pop(name, []))


def build_entries(location: str, name: str, tables: Any) -> list[TomlEntry]:
    if name == "conference" or (name in SINGLETON_TABLES and tables):
        return [require_single_table(location, name, tables)]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ContentError(f"{location}: {name}: write its name in double brackets, above each one")
    return [
        TomlEntry(f"{location}, {name} {entry_label(table, number)}", number, table)
        for number, table in enumerate(tables, 1)
    ]


def require_single_table(location: str, name: str, table: Any) -> TomlEntry:
    if not isinstance(table, dict):
        raise ContentError(f"{location}: {name}: write it once, under [{name}] in single brackets")
    return TomlEntry(f"{location}, {name}", 1, table)


def entry_label(table: dict[str, Any], number: int) -> str:
    return f"“{table['slug']}”" if "slug" in table else str(number)


def join_names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


# Moved dates


def move_dates(documents: list[Tables], first_day: datetime.date) -> None:
    """Move all dates of the tables by the days between the conference's first day and another one."""
    entry = documents[0]["conference"][0]
    try:
        shift = first_day - datetime.date.fromisoformat(entry.data["starts_on"])
    except (KeyError, TypeError, ValueError):
        raise entry.error("starts_on", 'write the first day in quotation marks, as "2020-12-07"') from None
    for tables in documents:
        for entries in tables.values():
            for entry in entries:
                entry.data = move_value(entry.data, shift)


def move_value(value: Any, shift: datetime.timedelta) -> Any:
    """Return the value with all dates in it moved."""
    if isinstance(value, dict):
        return {name: move_value(item, shift) for name, item in value.items()}
    if isinstance(value, list):
        return [move_value(item, shift) for item in value]
    if isinstance(value, str) and (match := WHOLE_DATE.fullmatch(value)):
        return f"{datetime.date.fromisoformat(match['date']) + shift}{match['time']}"
    return value
