"""The programme as tables: which there are, and what their columns are called.

A record is a dictionary from a column's name to its value. Identities are UUIDs (numbers for parts and links), moments
are aware, references to other rows are their addresses (slugs).
"""

import datetime
from dataclasses import dataclass
from functools import cached_property

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .cells import (
    Address,
    Addresses,
    Choice,
    Codes,
    Country,
    Day,
    Identity,
    Length,
    Moment,
    TimeOfDay,
    Whole,
    Words,
    YesNo,
    plain,
)
from .languages import SIGNED, SPOKEN
from .models import Participation, Session, SessionLink, Theme

# What marks a row of the template as an example, and the sheet of it that holds no rows.
EXAMPLE, READ_ME = "example", "Read me"
WORDS = Words()


@dataclass(frozen=True)
class Column:
    """name is the row's field; header stands in the first row of the sheet and never changes or gets translated."""

    name: str
    header: str
    kind: Words = WORDS
    note: str = ""
    required: bool = False
    # Not in a release, and so not in what is exported of one.
    private: bool = False
    # Read in other columns' place, and not written.
    only_read: bool = False
    example: object = ""


@dataclass(frozen=True, eq=False)
class Table:
    name: str
    columns: tuple[Column, ...]

    @cached_property
    def written(self):
        return tuple(column for column in self.columns if not column.only_read)

    @cached_property
    def _by_name(self):
        return {column.name: column for column in self.columns}

    def column(self, name):
        return self._by_name[name]

    def called(self, header):
        """The column that a header means: its own, or the field's name; None if there is none."""
        wanted = plain(header).casefold()
        return next((c for c in self.columns if wanted in (c.header.casefold(), c.name)), None)


def _id(kind=None):
    note = _("Keeps the row the same when its address or title changes. Leave it empty for a new row.")
    return Column("id", "Id", kind or Identity(), note, example=EXAMPLE)


def _both(name, header, *examples, required=False, note=""):
    english, vietnamese = examples or ("", "")
    return (
        Column(f"{name}_en", f"{header} (English)", note=note, required=required, example=english),
        Column(f"{name}_vi", f"{header} (Vietnamese)", note=note, example=vietnamese),
    )


SLUG = _("The last part of the page’s address. Left empty, it is made from the title or name.")
ORDER = _("The smallest number comes first. Left empty, the order is that of the rows here.")
MARKDOWN = _("Markdown: a blank line between paragraphs, **bold**, [words](address).")
BY_NAME = _("Its address or its exact name.")
CODES = _("Codes with commas between: {known}.")
SPOKEN_NOTE = format_lazy(CODES, known=", ".join(SPOKEN))

SESSIONS = Table(
    "Sessions",
    (
        _id(),
        Column("slug", "Slug", note=SLUG, example="opening"),
        *_both("title", "Title", "Opening ceremony", "Lễ khai mạc", required=True),
        Column("kind", "Kind", Choice(Session.Kind.choices), required=True, example="ceremony"),
        Column("status", "Status", Choice(Session.Status.choices), example="confirmed"),
        Column("format", "Format", Choice(Session.Format.choices), example="both"),
        Column("date", "Date", Day(), _("Only where start and end are times alone."), only_read=True),
        Column(
            "starts_at",
            "Start",
            Moment(),
            _("On the conference’s clock: 2020-12-07 18:00 or 7/12/2020 18:00, the day first."),
            required=True,
            example=datetime.datetime(2020, 12, 7, 18),
        ),
        Column(
            "ends_at",
            "End",
            Moment(),
            _("In the same way, or the time alone, or empty where there is a duration."),
            example=datetime.datetime(2020, 12, 7, 19, 30),
        ),
        Column("duration", "Duration", Length(), _("In place of the end: minutes, or 1:30."), only_read=True),
        Column("room", "Room", Address(), BY_NAME, example="main-hall"),
        Column("themes", "Themes", Addresses(), _("Addresses or exact names, with commas between."), example="peace"),
        *_both("summary", "Summary", "Words of welcome.", "Lời chào mừng."),
        *_both("description", "Description", note=MARKDOWN),
        *_both("notice", "Notice"),
        Column("languages", "Floor languages", Codes(SPOKEN), SPOKEN_NOTE, example="en, vi"),
        Column("interpretation", "Interpretation", Codes(SPOKEN), SPOKEN_NOTE, example="en, vi"),
        Column("captions", "Captions", Codes(SPOKEN), SPOKEN_NOTE),
        Column(
            "sign_languages",
            "Sign languages",
            Codes(SIGNED),
            format_lazy(CODES, known=", ".join(SIGNED)),
        ),
    ),
)
SPEAKERS = Table(
    "Speakers",
    (
        _id(),
        Column("slug", "Slug", note=SLUG, example="nguyen-thi-linh"),
        *_both("name", "Speaker name", "Nguyen Thi Linh", "Nguyễn Thị Linh", required=True),
        Column("sort_name", "Sort name", note=_("Family name first. Left empty, it is the name."), example="Nguyen"),
        *_both("honorific", "Honorific", "Dr.", "TS."),
        *_both("function", "Function", "Mediator", "Hòa giải viên"),
        *_both("organization", "Organization"),
        Column("country", "Country", Country(), _("A code of two letters, such as VN."), example="VN"),
        *_both("biography", "Biography", note=MARKDOWN),
        *_both("portrait_alt", "Portrait in words", note=_("The picture itself is uploaded at the desk.")),
        Column(
            "gender",
            "Gender",
            Choice([("woman", _("Woman")), ("man", _("Man")), ("other", _("Another gender"))]),
            _("Only as the speaker states it: woman, man or other. Never published."),
            private=True,
        ),
    ),
)
ROOMS = Table(
    "Rooms",
    (
        _id(),
        Column("slug", "Slug", note=SLUG, example="main-hall"),
        *_both("name", "Room name", "Main Hall", "Hội trường lớn", required=True),
        *_both("place", "Place", "Ground floor", "Tầng trệt"),
        *_both("access", "Access", "No steps", "Không có bậc"),
        Column("online", "Online", YesNo(), _("yes or no"), example="no"),
        Column("capacity", "Seats", Whole(), example=300),
        Column("opens_at", "Opens", TimeOfDay(), _("Each day, as 08:00. Empty: always."), private=True),
        Column("closes_at", "Closes", TimeOfDay(), private=True),
        Column("order", "Order", Whole(), ORDER, private=True, example=10),
    ),
)
THEMES = Table(
    "Themes",
    (
        _id(),
        Column("slug", "Slug", note=SLUG, example="peace"),
        Column("number", "Goal number", Whole(), _("1 to 5 for the goals; empty for what cuts across."), example=1),
        *_both("name", "Theme name", "Taking part in peace", "Tham gia tiến trình hòa bình", required=True),
        *_both("description", "Description"),
        Column("colour", "Colour", Choice(Theme.Colour.choices), example="plum"),
        Column("sign", "Sign", note=_("One or two characters shown with the colour."), example="1"),
    ),
)
PARTICIPATIONS = Table(
    "Participations",
    (
        _id(Whole()),
        Column("session", "Session", Address(), BY_NAME, required=True, example="opening"),
        Column("role", "Role", Choice(Participation.Role.choices), required=True, example="chair"),
        Column("speaker", "Speaker", Address(), BY_NAME, example="nguyen-thi-linh"),
        *_both("placeholder", "Awaited", note=_("Who is awaited, where no speaker is named yet.")),
        Column("online", "By video", YesNo(), _("yes or no"), example="no"),
        Column("confirmed", "Confirmed", YesNo(), _("The speaker has agreed. Never published."), private=True),
        Column("order", "Order", Whole(), ORDER, private=True, example=10),
    ),
)
LINKS = Table(
    "Links",
    (
        _id(Whole()),
        Column("session", "Session", Address(), _("Either a session or a speaker."), example="opening"),
        Column("speaker", "Speaker", Address(), _("Either a session or a speaker.")),
        Column(
            "kind",
            "Link kind",
            Choice([*SessionLink.Kind.choices, ("website", _("Website")), ("profile", _("Profile"))]),
            _("stream, recording, document for a session; website, profile for a speaker"),
            required=True,
            example="stream",
        ),
        Column("url", "Link", note=_("https://…"), required=True, example="https://stream.example/opening"),
        *_both("label", "Label"),
        Column("order", "Order", Whole(), ORDER, private=True, example=10),
    ),
)
# In the order in which an organizer reads them.
TABLES = (SESSIONS, SPEAKERS, ROOMS, THEMES, PARTICIPATIONS, LINKS)
