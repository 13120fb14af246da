"""The programme as tables: which there are, and what their columns are called.

A record is a dictionary from a column's name to its value. Identities are UUIDs (numbers for parts and links), moments
are aware, references to other rows are their addresses (slugs).
"""

import datetime
from dataclasses import dataclass
from functools import cached_property

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from conference.core.languages import SIGN_LANGUAGES, SPOKEN_LANGUAGES

from ..models import Participation, Session, SessionLink, Theme
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
    normalize_name,
)

# What marks a row of the template as an example, and the sheet of it that holds no rows.
EXAMPLE_MARKER, INSTRUCTIONS_SHEET = "example", "Read me"
TEXT_CELL = TextCell()


@dataclass(frozen=True)
class Column:
    """name is the row's field; header stands in the first row of the sheet and never changes or gets translated."""

    name: str
    header: str
    cell_type: TextCell = TEXT_CELL
    help_text: str = ""
    is_required: bool = False
    # Not in a release, and so not in what is exported of one.
    is_private: bool = False
    # Read in other columns' place, and not written.
    is_import_only: bool = False
    example: object = ""


@dataclass(frozen=True, eq=False)
class Table:
    name: str
    columns: tuple[Column, ...]

    @cached_property
    def writable_columns(self):
        return tuple(column for column in self.columns if not column.is_import_only)

    @cached_property
    def _by_name(self):
        return {column.name: column for column in self.columns}

    def column(self, name):
        return self._by_name[name]

    def find_column(self, header):
        """The column that a header means: its own, or the field's name; None if there is none."""
        wanted = normalize_name(header).casefold()
        return next((c for c in self.columns if wanted in (c.header.casefold(), c.name)), None)


def make_id_column(kind=None):
    note = _("Identifies the row when its slug or title changes. Leave it empty for a new row.")
    return Column("id", "Id", kind or UUIDCell(), note, example=EXAMPLE_MARKER)


def make_language_columns(name, header, *examples, is_required=False, help_text=""):
    english, vietnamese = examples or ("", "")
    return (
        Column(f"{name}_en", f"{header} (English)", help_text=help_text, is_required=is_required, example=english),
        Column(f"{name}_vi", f"{header} (Vietnamese)", help_text=help_text, example=vietnamese),
    )


SLUG_NOTE = _("The last part of the page’s web address. If empty, it is made from the title or name.")
ORDER_NOTE = _("The lowest number comes first. If empty, the order of the rows is used.")
MARKDOWN_NOTE = _("Markdown: a blank line between paragraphs, **bold**, [link text](URL).")
REFERENCE_NOTE = _("Slug or exact name.")
CODES_NOTE = _("Codes separated by commas: {known}.")
SPOKEN_NOTE = format_lazy(CODES_NOTE, known=", ".join(SPOKEN_LANGUAGES))

SESSIONS = Table(
    "Sessions",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_NOTE, example="opening"),
        *make_language_columns("title", "Title", "Opening ceremony", "Lễ khai mạc", is_required=True),
        Column("kind", "Kind", ChoiceCell(Session.Kind.choices), is_required=True, example="ceremony"),
        Column("status", "Status", ChoiceCell(Session.Status.choices), example="confirmed"),
        Column("format", "Format", ChoiceCell(Session.Format.choices), example="both"),
        Column("date", "Date", DateCell(), _("Fill in only if Start and End contain no date."), is_import_only=True),
        Column(
            "starts_at",
            "Start",
            DateTimeCell(),
            _("In the conference’s time zone: 2020-12-07 18:00 or 7/12/2020 18:00 (day first)."),
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
        Column("room", "Room", ReferenceCell(), REFERENCE_NOTE, example="main-hall"),
        Column(
            "themes",
            "Themes",
            ReferenceListCell(),
            _("Slugs or exact names, separated by commas."),
            example="peace",
        ),
        *make_language_columns("summary", "Summary", "Words of welcome.", "Lời chào mừng."),
        *make_language_columns("description", "Description", help_text=MARKDOWN_NOTE),
        *make_language_columns("notice", "Notice"),
        Column("languages", "Floor languages", LanguageListCell(SPOKEN_LANGUAGES), SPOKEN_NOTE, example="en, vi"),
        Column("interpretation", "Interpretation", LanguageListCell(SPOKEN_LANGUAGES), SPOKEN_NOTE, example="en, vi"),
        Column("captions", "Captions", LanguageListCell(SPOKEN_LANGUAGES), SPOKEN_NOTE),
        Column(
            "sign_languages",
            "Sign languages",
            LanguageListCell(SIGN_LANGUAGES),
            format_lazy(CODES_NOTE, known=", ".join(SIGN_LANGUAGES)),
        ),
    ),
)
SPEAKERS = Table(
    "Speakers",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_NOTE, example="nguyen-thi-linh"),
        *make_language_columns("name", "Speaker name", "Nguyen Thi Linh", "Nguyễn Thị Linh", is_required=True),
        Column(
            "sort_name", "Sort name", help_text=_("Family name first. If empty, the name is used."), example="Nguyen"
        ),
        *make_language_columns("honorific", "Honorific", "Dr.", "TS."),
        *make_language_columns("function", "Function", "Mediator", "Hòa giải viên"),
        *make_language_columns("organization", "Organization"),
        Column("country", "Country", CountryCell(), _("Two-letter code, such as VN."), example="VN"),
        *make_language_columns("biography", "Biography", help_text=MARKDOWN_NOTE),
        *make_language_columns("portrait_alt", "Portrait in words", help_text=_("Upload the picture in the admin.")),
        Column(
            "gender",
            "Gender",
            ChoiceCell([("woman", _("Woman")), ("man", _("Man")), ("other", _("Another gender"))]),
            _("As stated by the speaker: woman, man or other. Never published."),
            is_private=True,
        ),
    ),
)
ROOMS = Table(
    "Rooms",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_NOTE, example="main-hall"),
        *make_language_columns("name", "Room name", "Main Hall", "Hội trường lớn", is_required=True),
        *make_language_columns("place", "Place", "Ground floor", "Tầng trệt"),
        *make_language_columns("access", "Access", "No steps", "Không có bậc"),
        Column("online", "Online", BooleanCell(), _("yes or no"), example="no"),
        Column("capacity", "Seats", IntegerCell(), example=300),
        Column(
            "opens_at", "Opens", TimeCell(), _("Each day, for example 08:00. If empty: always open."), is_private=True
        ),
        Column("closes_at", "Closes", TimeCell(), is_private=True),
        Column("order", "Order", IntegerCell(), ORDER_NOTE, is_private=True, example=10),
    ),
)
THEMES = Table(
    "Themes",
    (
        make_id_column(),
        Column("slug", "Slug", help_text=SLUG_NOTE, example="peace"),
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
PARTICIPATIONS = Table(
    "Participations",
    (
        make_id_column(IntegerCell()),
        Column("session", "Session", ReferenceCell(), REFERENCE_NOTE, is_required=True, example="opening"),
        Column("role", "Role", ChoiceCell(Participation.Role.choices), is_required=True, example="chair"),
        Column("speaker", "Speaker", ReferenceCell(), REFERENCE_NOTE, example="nguyen-thi-linh"),
        *make_language_columns("placeholder", "Placeholder", help_text=_("Shown until a speaker is named.")),
        Column("online", "By video", BooleanCell(), _("yes or no"), example="no"),
        Column("confirmed", "Confirmed", BooleanCell(), _("The speaker has agreed. Never published."), is_private=True),
        Column("order", "Order", IntegerCell(), ORDER_NOTE, is_private=True, example=10),
    ),
)
LINKS = Table(
    "Links",
    (
        make_id_column(IntegerCell()),
        Column("session", "Session", ReferenceCell(), _("Either a session or a speaker."), example="opening"),
        Column("speaker", "Speaker", ReferenceCell(), _("Either a session or a speaker.")),
        Column(
            "kind",
            "Link kind",
            ChoiceCell([*SessionLink.Kind.choices, ("website", _("Website")), ("profile", _("Profile"))]),
            _("stream, recording, document for a session; website, profile for a speaker"),
            is_required=True,
            example="stream",
        ),
        Column("url", "Link", help_text=_("https://…"), is_required=True, example="https://stream.example/opening"),
        *make_language_columns("label", "Label"),
        Column("order", "Order", IntegerCell(), ORDER_NOTE, is_private=True, example=10),
    ),
)
# In the order in which an organizer reads them.
TABLES = (SESSIONS, SPEAKERS, ROOMS, THEMES, PARTICIPATIONS, LINKS)
