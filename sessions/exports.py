"""Export of the programme, the draft or a release, as tables (CSV, XLSX) or JSON.

An import of an exported draft changes nothing.
"""

import datetime
import io
import json
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from conference.core.i18n.text import LANGUAGES
from conference.core.spreadsheets import HeaderCell, write_csv, write_xlsx
from speakers.models import Speaker

from .imports.columns import (
    EXAMPLE_MARKER,
    INSTRUCTIONS_SHEET,
    LINKS,
    PARTICIPATIONS,
    ROOMS,
    SESSIONS,
    SPEAKERS,
    TABLES,
    THEMES,
    ChoiceCell,
    Column,
    Table,
)
from .releases.draft import read_draft

JSON_TYPE, CSV_TYPE, ZIP_TYPE = "application/json", "text/csv; charset=utf-8", "application/zip"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A constant, so that exports of the same programme are equal.
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)

# Records by table name; a record is a dictionary from column name to value.
Records = dict[str, list[dict]]


def get_document_time_zone(document: Mapping) -> ZoneInfo:
    return ZoneInfo(document["time_zone"])


def build_draft_records() -> Records:
    """Return the records of the draft; they include draft sessions."""
    rows = read_draft()
    slugs = {
        row["id"]: row["slug"] for table in (rows.rooms, rows.themes, rows.speakers, rows.sessions) for row in table
    }
    speakers = {row["id"]: row for row in rows.speakers}
    sorted_ids = Speaker.objects.order_by("sort_name", "name_en", "pk").values_list("pk", flat=True)
    speakers_by_slug = sorted(rows.speakers, key=lambda row: row["slug"])
    tables = {
        SESSIONS: rows.sessions,
        SPEAKERS: [speakers[key] for key in sorted_ids if key in speakers],
        ROOMS: rows.rooms,
        THEMES: rows.themes,
        PARTICIPATIONS: [part for session in rows.sessions for part in rows.participations(session)],
        LINKS: [link for session in rows.sessions for link in rows.links(session)]
        + [link for speaker in speakers_by_slug for link in rows.speaker_links(speaker)],
    }
    records = {
        table.name: [make_record(table, row, slugs) for row in table_rows] for table, table_rows in tables.items()
    }
    for record, session in zip(records[SESSIONS.name], rows.sessions, strict=True):
        record["themes"] = [slugs[theme] for theme in rows.theme_ids(session)]
    return records


def make_record(table: Table, row: Mapping, slugs: Mapping) -> dict:
    return {
        column.name: get_record_value(row, column.name, slugs)
        for column in table.writable_columns
        if column.name != "themes"
    }


def get_record_value(row: Mapping, name: str, slugs: Mapping) -> object:
    if name in ("room", "session", "speaker"):
        return slugs.get(row.get(f"{name}_id"), "")
    return (row[name] or "") if name == "country" else row[name]


def build_release_records(document: Mapping) -> Records:
    """Return the records of a release; columns that a release does not contain are left out."""
    slugs = {row["id"]: row["slug"] for table in ("rooms", "themes", "speakers") for row in document[table]}
    sessions, speakers = document["sessions"], document["speakers"]
    return {
        SESSIONS.name: [make_published_record(SESSIONS, session, slugs) for session in sessions],
        SPEAKERS.name: [make_published_record(SPEAKERS, speaker, slugs) for speaker in speakers],
        ROOMS.name: [make_published_record(ROOMS, room, slugs) for room in document["rooms"]],
        THEMES.name: [make_published_record(THEMES, theme, slugs) for theme in document["themes"]],
        PARTICIPATIONS.name: [
            make_published_record(PARTICIPATIONS, participation, slugs, session=session)
            for session in sessions
            for participation in session["participations"]
        ],
        LINKS.name: [
            make_published_record(LINKS, link, slugs, session=session)
            for session in sessions
            for link in session["links"]
        ]
        + [
            make_published_record(LINKS, link, slugs, speaker=speaker)
            for speaker in speakers
            for link in speaker["links"]
        ],
    }


def make_published_record(
    table: Table, data: Mapping, slugs: Mapping, *, session: Mapping | None = None, speaker: Mapping | None = None
) -> dict:
    """Return the record of an object of a release's document; session or speaker is the parent of the object."""
    data = dict(data)
    if session:
        data["session"] = session["slug"]
    if speaker:
        data["speaker"] = speaker["slug"]
    elif data.get("speaker"):
        data["speaker"] = slugs[data["speaker"]]
    if table is SESSIONS:
        data["room"] = slugs.get(data["room"], "")
        data["themes"] = [slugs[theme] for theme in data["themes"]]
        data |= {name: datetime.datetime.fromisoformat(data[name]) for name in ("starts_at", "ends_at")}
    if data.get("portrait"):
        data["portrait_alt"] = data["portrait"]["alt"]
    return {
        column.name: get_published_value(data, column.name)
        for column in table.writable_columns
        if not column.is_private
    }


def get_published_value(data: Mapping, name: str) -> object:
    text, _underscore, language = name.rpartition("_")
    if language in LANGUAGES and name not in data:
        return data.get(text, {}).get(language, "")
    return uuid.UUID(data["id"]) if name == "id" and "id" in data else data.get(name)


# Files


def to_xlsx(records: Records, zone: ZoneInfo) -> bytes:
    return write_xlsx([(table.name, build_sheet(table, records[table.name], zone)) for table in TABLES])


def to_csv(records: Records, zone: ZoneInfo, name: str) -> bytes:
    """Return one table, by its name, as CSV."""
    table = next(table for table in TABLES if table.name == name)
    headers, *rows = build_sheet(table, records[name], zone)
    return write_csv([[header.header for header in headers], *rows])


def to_csv_zip(records: Records, zone: ZoneInfo) -> bytes:
    """Return all tables as CSV files in a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in TABLES:
            entry = zipfile.ZipInfo(f"{table.name.lower()}.csv", ZIP_TIMESTAMP)
            archive.writestr(entry, to_csv(records, zone, table.name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def to_json(content: object) -> bytes:
    """Return records, or the document of a release, as JSON."""
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def build_sheet(table: Table, records: list[dict], zone: ZoneInfo) -> Iterator[list]:
    """Yield the header cells, then the cells of each record."""
    columns = [column for column in table.writable_columns if not records or column.name in records[0]]
    yield [make_header_cell(column) for column in columns]
    for record in records:
        yield [format_cell(column, record[column.name], zone) for column in columns]


def make_header_cell(column: Column, note: str = "") -> HeaderCell:
    choices = column.cell_type.choices if isinstance(column.cell_type, ChoiceCell) else ()
    return HeaderCell(column.header, note, tuple(str(value) for value, _label in choices))


def format_cell(column: Column, value: object, zone: ZoneInfo) -> object:
    return "" if value is None or value == "" or value == [] else column.cell_type.write(value, zone)


def build_import_template() -> bytes:
    """Return a workbook to fill in: instructions, notes on the headers, and an example row that imports ignore."""
    sheets = [(table.name, build_example_rows(table)) for table in TABLES]
    return write_xlsx(sheets, notes=build_instructions(), greyed_rows={2})


def build_example_rows(table: Table) -> Iterator[list]:
    yield [make_header_cell(column, format_column_note(column)) for column in table.columns]
    yield [column.example for column in table.columns]


def format_column_note(column: Column) -> str:
    return "\n".join(filter(None, [_("This field is required.") if column.is_required else "", str(column.help_text)]))


def build_instructions() -> list[str]:
    """Return the title and the lines of the sheet with instructions."""
    return [
        INSTRUCTIONS_SHEET,
        _("How to fill in this workbook"),
        _("Each sheet is a table. Each row is one session, speaker, room, theme, participation or link."),
        _("Do not change the headers. You may delete columns that you do not need; their order does not matter."),
        _("Rows with “%(example)s” in the first column are ignored. Add your own rows below.")
        % {"example": EXAMPLE_MARKER},
        _("Sessions refer to rooms and themes, and participations to sessions and speakers, by slug or exact name."),
        _("Times are in the conference’s time zone: 2020-12-07 18:00, or 7/12/2020 18:00 (day first)."),
        _("You see all changes before anything is saved. Nothing is deleted unless you choose it."),
        _("Hover over a header to see what to enter."),
    ]
