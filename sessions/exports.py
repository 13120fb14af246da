"""The programme as files: what is edited, or a release, as tables (CSV, XLSX) or as JSON.

What is exported of the editing tables can be imported again and changes nothing.
"""

import datetime
import io
import json
import uuid
import zipfile
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from conference.core.spreadsheets import HeaderCell, write_csv, write_xlsx
from conference.core.text import LANGUAGES

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
)
from .releases import draft

JSON_TYPE, CSV_TYPE, XLSX_TYPE = "application/json", "text/csv; charset=utf-8", (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)  # fmt: skip
CONTENT_TYPES = {"xlsx": XLSX_TYPE, "csv": "application/zip", "json": JSON_TYPE}
# A moment of no meaning: the same programme is the same file.
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def get_document_time_zone(document):
    return ZoneInfo(document["time_zone"])


# Records: for each table, dictionaries from a column's name to its value.


def build_draft_records():
    """The editing tables as records by the name of the table, whatever the status of a session."""
    found = draft.read_draft()
    slugs = {
        row["id"]: row["slug"] for kind in (found.rooms, found.themes, found.speakers, found.sessions) for row in kind
    }
    speakers = {row["id"]: row for row in found.speakers}
    by_name = apps.get_model("speakers.Speaker").objects.order_by("sort_name", "name_en", "pk")
    by_slug = sorted(found.speakers, key=lambda row: row["slug"])
    tables = {
        SESSIONS: found.sessions,
        SPEAKERS: [speakers[key] for key in by_name.values_list("pk", flat=True) if key in speakers],
        ROOMS: found.rooms,
        THEMES: found.themes,
        PARTICIPATIONS: [part for session in found.sessions for part in found.participations(session)],
        LINKS: [link for session in found.sessions for link in found.links(session)]
        + [link for speaker in by_slug for link in found.speaker_links(speaker)],
    }
    records = {table.name: [make_record(table, row, slugs) for row in some] for table, some in tables.items()}
    for record, session in zip(records[SESSIONS.name], found.sessions, strict=True):
        record["themes"] = [slugs[theme] for theme in found.theme_ids(session)]
    return records


def make_record(table, row, slugs):
    return {
        column.name: get_record_value(row, column.name, slugs)
        for column in table.writable_columns
        if column.name != "themes"
    }


def get_record_value(row, name, slugs):
    if name in ("room", "session", "speaker"):
        return slugs.get(row.get(f"{name}_id"), "")
    return (row[name] or "") if name == "country" else row[name]


def build_release_records(document):
    """The document of a release as records; what a release does not say is left out."""
    slugs = {row["id"]: row["slug"] for kind in ("rooms", "themes", "speakers") for row in document[kind]}
    sessions, speakers = document["sessions"], document["speakers"]
    return {
        SESSIONS.name: [make_published_record(SESSIONS, session, slugs) for session in sessions],
        SPEAKERS.name: [make_published_record(SPEAKERS, speaker, slugs) for speaker in speakers],
        ROOMS.name: [make_published_record(ROOMS, room, slugs) for room in document["rooms"]],
        THEMES.name: [make_published_record(THEMES, theme, slugs) for theme in document["themes"]],
        PARTICIPATIONS.name: [
            make_published_record(PARTICIPATIONS, part, slugs, s) for s in sessions for part in s["participations"]
        ],
        LINKS.name: [make_published_record(LINKS, link, slugs, s) for s in sessions for link in s["links"]]
        + [make_published_record(LINKS, link, slugs, speaker=s) for s in speakers for link in s["links"]],
    }


def make_published_record(table, data, slugs, session=None, speaker=None):
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
        c.name: get_published_value(data, c.name) for c in table.columns if not c.is_import_only and not c.is_private
    }


def get_published_value(data, name):
    text, _underscore, language = name.rpartition("_")
    if language in LANGUAGES and name not in data:
        return data.get(text, {}).get(language, "")
    return uuid.UUID(data["id"]) if name == "id" and "id" in data else data.get(name, None)


# Files


def to_xlsx(records, zone):
    return write_xlsx([(table.name, build_sheet(table, records[table.name], zone)) for table in TABLES])


def to_csv(records, zone, name):
    """One table, by its name."""
    table = next(table for table in TABLES if table.name == name)
    heads, *rows = build_sheet(table, records[name], zone)
    return write_csv([[head.header for head in heads], *rows])


def to_csv_zip(records, zone):
    """Every table as a CSV file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in TABLES:
            entry = zipfile.ZipInfo(f"{table.name.lower()}.csv", ZIP_TIMESTAMP)
            archive.writestr(entry, to_csv(records, zone, table.name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def to_json(content):
    """The document of a release as it is, or records."""
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def build_sheet(table, records, zone):
    known = [c for c in table.columns if not c.is_import_only and (not records or c.name in records[0])]
    yield [make_header_cell(column) for column in known]
    for record in records:
        yield [format_cell(column, record[column.name], zone) for column in known]


def make_header_cell(column, note=""):
    choices = (
        tuple(str(value) for value, _label in column.cell_type.choices)
        if isinstance(column.cell_type, ChoiceCell)
        else ()
    )
    return HeaderCell(column.header, note, choices)


def format_cell(column, value, zone):
    return "" if value is None or value == "" or value == [] else column.cell_type.write(value, zone)


def build_import_template():
    """A workbook to fill in: every table with notes at its headers and a row that is an example, and is ignored."""
    sheets = [(table.name, build_example_rows(table)) for table in TABLES]
    return write_xlsx(sheets, notes=build_instructions(), greyed_rows={2})


def build_example_rows(table):
    yield [make_header_cell(column, format_column_note(column)) for column in table.columns]
    yield [column.example for column in table.columns]


def format_column_note(column):
    return "\n".join(filter(None, [_("This field is required.") if column.is_required else "", str(column.help_text)]))


def build_instructions():
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
