"""The tables and columns of import and export files.

A record is a dictionary from column name to value. Ids are UUIDs (integers for participations and links), datetimes are
aware, references to other rows are slugs.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.languages import SIGN_LANGUAGES, SPOKEN_LANGUAGES
from conference.core.i18n.names import make_loose_key
from speakers.models import SpeakerLink

from ..models import Participation, Session, SessionLink, Theme
from . import aliases
from .cell_types import (
    BooleanCell,
    ChoiceCell,
    CountryCell,
    DateCell,
    DateTimeCell,
    DurationCell,
    IntegerCell,
    LanguageListCell,
    ReferenceCell,
    ReferenceListCell,
    TextCell,
    TimeCell,
    UUIDCell,
)

# The id of example rows of the template, and the name of its sheet with instructions.
EXAMPLE_MARKER, INSTRUCTIONS_SHEET = "example", "Read me"
TEXT_CELL = TextCell()


@dataclass(frozen=True)
class Column:
    """A column of a table.

    name is the field of the model. header is the first cell of the column; it is part of the file format and never
    translated.
    """

    name: str
    header: str
    cell_type: TextCell = TEXT_CELL
    help_text: str = ""
    is_required: bool = False
    # Not contained in releases and their exports.
    is_private: bool = False
    # Read as an alternative to other columns; never exported.
    is_import_only: bool = False
    example: object = ""


@dataclass(frozen=True, eq=False)
class Table:
    """A sheet of the file."""

    name: str
    columns: tuple[Column, ...]

    @cached_property
    def writable_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.is_import_only)

    @cached_property
    def columns_by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        return self.columns_by_name[name]

    def find_column(self, header: str) -> Column | None:
        """Return the column with this header, field name or another name of it."""
        return self.columns_by_header.get(make_loose_key(header)) if header else None

    @cached_property
    def columns_by_header(self) -> dict[str, Column]:
        """The columns by the keys of all headers that name them; own headers have precedence over other names."""
        headers = [*self.iterate_own_headers(), *self.iterate_other_headers()]
        return {make_loose_key(header): column for header, column in reversed(headers)}

    def iterate_own_headers(self) -> Iterator[tuple[str, Column]]:
        for column in self.columns:
            yield from ((header, column) for header in (column.header, column.name))

    def iterate_other_headers(self) -> Iterator[tuple[str, Column]]:
        """Yield other names of the columns; a text without a language is that in English."""
        for column in self.columns:
            header, _space, language = column.header.partition(" (")
            short_headers = [header, "Name"] if header.endswith(" name") else [header]
            if language == "English)":
                yield from ((name, column) for name in short_headers)
            if language:
                code = column.name.rpartition("_")[2]
                yield from ((f"{name} {suffix}", column) for name in short_headers for suffix in (language, code))
            yield from ((name, column) for name in aliases.HEADERS.get(column.name, ()))


def make_id_column(cell_type: TextCell | None = None) -> Column:
    help_text = _("Identifies the row when its slug or title changes. Leave it empty for a new row.")
    return Column("id", "Id", cell_type or UUIDCell(), help_text, example=EXAMPLE_MARKER)


def make_language_columns(
    name: str, header: str, *examples: str, is_required: bool = False, help_text: str = ""
) -> tuple[Column, Column]:
    english, vietnamese = examples or ("", "")
    return (
        Column(f"{name}_en", f"{header} (English)", help_text=help_text, is_required=is_required, example=english),
        Column(f"{name}_vi", f"{header} (Vietnamese)", help_text=help_text, example=vietnamese),
    )


SLUG_HELP = _("The last part of the page’s web address. If empty, it is made from the title or name.")
ROOM_ORDER_HELP = _("The lowest number comes first. If empty, new rooms come last, in the order of the rows.")
ORDER_HELP = _("The lowest number comes first. If empty, the order of the rows is used.")
MARKDOWN_HELP = _("Markdown: a blank line between paragraphs, **bold**, [link text](URL).")
REFERENCE_HELP = _("Slug or exact name.")
CODES_HELP = _("Codes separated by commas: {known}.")
SPOKEN_CELL = LanguageListCell(SPOKEN_LANGUAGES, aliases.LANGUAGES)
SPOKEN_HELP = format_lazy(CODES_HELP, known=", ".join(SPOKEN_LANGUAGES))

SESSIONS = Table(
    "Sessions",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_HELP, example="opening"),
        *make_language_columns("title", "Title", "Opening ceremony", "Lễ khai mạc", is_required=True),
        Column("kind", "Kind", ChoiceCell(Session.Kind.choices, aliases.KINDS), is_required=True, example="ceremony"),
        Column("status", "Status", ChoiceCell(Session.Status.choices, aliases.STATUSES), example="confirmed"),
        Column("format", "Format", ChoiceCell(Session.Format.choices, aliases.FORMATS), example="both"),
        Column("date", "Date", DateCell(), _("Fill in only if Start and End contain no date."), is_import_only=True),
        Column(
            "starts_at",
            "Start",
            DateTimeCell(),
            _("In the conference’s time zone: 2020-12-07 18:00 or 7/12/2020 18:00."),
            is_required=True,
            example=datetime.datetime(2020, 12, 7, 18),
        ),
        Column(
            "ends_at",
            "End",
            DateTimeCell(),
            _("Same format, or only a time. Leave empty if there is a duration."),
            example=datetime.datetime(2020, 12, 7, 19, 30),
        ),
        Column("duration", "Duration", DurationCell(), _("Use instead of End: minutes or h:mm."), is_import_only=True),
        Column("room", "Room", ReferenceCell(), REFERENCE_HELP, example="main-hall"),
        Column(
            "themes",
            "Themes",
            ReferenceListCell(),
            _("Slugs or exact names, separated by commas."),
            example="peace",
        ),
        *make_language_columns("summary", "Summary", "Words of welcome.", "Lời chào mừng."),
        *make_language_columns("description", "Description", help_text=MARKDOWN_HELP),
        *make_language_columns("notice", "Notice"),
        Column("languages", "Floor languages", SPOKEN_CELL, SPOKEN_HELP, example="en, vi"),
        Column("interpretation", "Interpretation", SPOKEN_CELL, SPOKEN_HELP, example="en, vi"),
        Column("captions", "Captions", SPOKEN_CELL, SPOKEN_HELP),
        Column(
            "sign_languages",
            "Sign languages",
            LanguageListCell(SIGN_LANGUAGES),
            format_lazy(CODES_HELP, known=", ".join(SIGN_LANGUAGES)),
        ),
    ),
)
SPEAKERS = Table(
    "Speakers",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_HELP, example="nguyen-thi-linh"),
        *make_language_columns("name", "Speaker name", "Nguyen Thi Linh", "Nguyễn Thị Linh", is_required=True),
        Column(
            "sort_name",
            "Sort name",
            help_text=_("Family name first. If empty, it is made from the name."),
            example="Nguyen",
        ),
        *make_language_columns("honorific", "Honorific", "Dr.", "TS."),
        *make_language_columns("function", "Function", "Mediator", "Hòa giải viên"),
        *make_language_columns("organization", "Organization"),
        Column("country", "Country", CountryCell(), _("Name or code, such as Viet Nam or VN."), example="VN"),
        *make_language_columns("biography", "Biography", help_text=MARKDOWN_HELP),
        *make_language_columns("portrait_alt", "Portrait in words", help_text=_("Upload the picture in the admin.")),
        Column(
            "gender",
            "Gender",
            ChoiceCell([("woman", _("Woman")), ("man", _("Man")), ("other", _("Another gender"))], aliases.GENDERS),
            _("As stated by the speaker: woman, man or other. Never published."),
            is_private=True,
        ),
    ),
)
ROOMS = Table(
    "Rooms",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_HELP, example="main-hall"),
        *make_language_columns("name", "Room name", "Main Hall", "Hội trường lớn", is_required=True),
        *make_language_columns("place", "Place", "Ground floor", "Tầng trệt"),
        *make_language_columns("access", "Access", "No steps", "Không có bậc"),
        Column("online", "Online", BooleanCell(), _("yes or no"), example="no"),
        Column("capacity", "Seats", IntegerCell(), example=300),
        Column(
            "opens_at", "Opens", TimeCell(), _("Each day, for example 08:00. If empty: always open."), is_private=True
        ),
        Column("closes_at", "Closes", TimeCell(), is_private=True),
        Column("order", "Order", IntegerCell(), ROOM_ORDER_HELP, is_private=True, example=10),
    ),
)
THEMES = Table(
    "Themes",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_HELP, example="peace"),
        Column(
            "number",
            "Goal number",
            IntegerCell(),
            _("1 to 5 for the goals. Leave empty for a cross-cutting theme."),
            example=1,
        ),
        *make_language_columns(
            "name", "Theme name", "Taking part in peace", "Tham gia tiến trình hòa bình", is_required=True
        ),
        *make_language_columns("description", "Description"),
        Column("colour", "Colour", ChoiceCell(Theme.Colour.choices), example="plum"),
        Column("sign", "Sign", help_text=_("One or two characters shown with the colour."), example="1"),
    ),
)
ROLE_CELL = ChoiceCell(Participation.Role.choices, aliases.ROLES)
PARTICIPATIONS = Table(
    "Participations",
    (
        make_id_column(IntegerCell()),
        Column("session", "Session", ReferenceCell(), REFERENCE_HELP, is_required=True, example="opening"),
        Column("role", "Role", ROLE_CELL, is_required=True, example="chair"),
        Column("speaker", "Speaker", ReferenceCell(), REFERENCE_HELP, example="nguyen-thi-linh"),
        *make_language_columns("placeholder", "Placeholder", help_text=_("Shown until a speaker is named.")),
        Column("online", "By video", BooleanCell(), _("yes or no"), example="no"),
        Column("confirmed", "Confirmed", BooleanCell(), _("The speaker has agreed. Never published."), is_private=True),
        Column("order", "Order", IntegerCell(), ORDER_HELP, is_private=True, example=10),
    ),
)
LINK_KIND_CELL = ChoiceCell([*SessionLink.Kind.choices, *SpeakerLink.Kind.choices], aliases.LINK_KINDS)
LINKS = Table(
    "Links",
    (
        make_id_column(IntegerCell()),
        Column("session", "Session", ReferenceCell(), _("Either a session or a speaker."), example="opening"),
        Column("speaker", "Speaker", ReferenceCell(), _("Either a session or a speaker.")),
        Column(
            "kind",
            "Link kind",
            LINK_KIND_CELL,
            _("stream, recording, document for a session; website, profile for a speaker"),
            is_required=True,
            example="stream",
        ),
        Column("url", "Link", help_text=_("https://…"), is_required=True, example="https://stream.example/opening"),
        *make_language_columns("label", "Label"),
        Column("order", "Order", IntegerCell(), ORDER_HELP, is_private=True, example=10),
    ),
)
# In the order of the sheets.
TABLES = (SESSIONS, SPEAKERS, ROOMS, THEMES, PARTICIPATIONS, LINKS)
