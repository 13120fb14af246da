"""The programme as tables: which there are, what their columns are called, and how a value is typed into a cell.

A record is a dictionary from a column's name to its value. Identities are UUIDs (numbers for parts and links), moments
are aware, references to other rows are their addresses (slugs). A cell is what a spreadsheet holds: a text, a number, a
date, a time or None.
"""

import datetime
import re
import unicodedata
import uuid
from dataclasses import dataclass

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from openpyxl.utils.datetime import from_excel

from .languages import SIGNED, SPOKEN
from .models import Participation, Session, SessionLink, Theme
from .text import fold

# What marks a row of the template as an example, and the sheet of it that holds no rows.
EXAMPLE, READ_ME = "example", "Read me"
# Days since 1900: what a spreadsheet keeps for a date whose cell is not marked as one. 1954 to 2119.
SERIAL_DATES = range(20_000, 80_000)
LIST = re.compile(r"[,;\n]")
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})")
TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})?(?::(?P<second>\d{2}))?)?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE
)
DURATION = re.compile(
    r"(?:(?P<hours>\d{1,2})\s*(?::|h(?:ours?)?)\s*)?(?:(?P<minutes>\d{1,4})\s*(?:m(?:in)?(?:utes?)?)?)?", re.IGNORECASE
)


class Unreadable(ValueError):
    """What is typed in a cell cannot be understood; says what to type instead."""


def words(cell):
    """A cell as text, as a person would read it: 300.0 is “300”."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(text):
    """A name for comparison: one way to write its marks, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


# How a value is read from a cell and written into one. An empty cell never comes here.


@dataclass(frozen=True)
class Words:
    def read(self, cell, zone):
        if isinstance(cell, bool | datetime.datetime | datetime.date | datetime.time):
            raise Unreadable(_("Write a text here."))
        return words(cell)

    def write(self, value, zone):
        return value


class Identity(Words):
    def read(self, cell, zone):
        try:
            return uuid.UUID(words(cell))
        except ValueError:
            raise Unreadable(_("This is not an id of this site. Leave it empty for a new row.")) from None

    def write(self, value, zone):
        return str(value)


class Whole(Words):
    def read(self, cell, zone):
        text = words(cell)
        if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
            raise Unreadable(_("Write a whole number here."))
        return int(text)


class YesNo(Words):
    ANSWERS = {
        **dict.fromkeys(["yes", "y", "true", "1", "x", "co"], True),
        **dict.fromkeys(["no", "n", "false", "0", "khong"], False),
    }

    def read(self, cell, zone):
        try:
            return self.ANSWERS[fold(words(cell))]
        except KeyError:
            raise Unreadable(_("Write yes or no here.")) from None

    def write(self, value, zone):
        return "yes" if value else "no"


@dataclass(frozen=True)
class Choice(Words):
    """One of some words, by itself or by its name in the active language."""

    choices: list

    def read(self, cell, zone):
        wanted = fold(words(cell))
        for value, label in self.choices:
            if wanted in (fold(value), fold(str(label))):
                return str(value)
        known = ", ".join(str(value) for value, _label in self.choices)
        raise Unreadable(_("Write one of these here: %(known)s.") % {"known": known})


class Country(Words):
    def read(self, cell, zone):
        text = words(cell)
        code = text.upper() if text.upper() in countries.countries else countries.by_name(text)
        if not code:
            raise Unreadable(_("Write the country’s code of two letters, such as VN."))
        return code


@dataclass(frozen=True)
class Codes(Words):
    """Languages by code or name, separated by commas."""

    languages: dict

    def read(self, cell, zone):
        return list(dict.fromkeys(self._code(item) for item in LIST.split(words(cell)) if item.strip()))

    def _code(self, item):
        wanted = fold(item.strip())
        for code, name in self.languages.items():
            if wanted in (code, fold(str(name))):
                return code
        known = ", ".join(self.languages)
        raise Unreadable(_("Write languages by their codes, with commas between: %(known)s.") % {"known": known})

    def write(self, value, zone):
        return ", ".join(value)


class Address(Words):
    """The address or the name of another row; finding it is the importer's work."""


class Addresses(Words):
    def write(self, value, zone):
        return ", ".join(value)


class Day(Words):
    def read(self, cell, zone):
        if isinstance(cell, datetime.datetime):
            return cell.date()
        if isinstance(cell, datetime.date):
            return cell
        if _is_serial(cell):
            return from_excel(cell).date()
        return _day(words(cell))


class TimeOfDay(Words):
    def read(self, cell, zone):
        if isinstance(cell, datetime.time):
            return cell
        if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
            return _clock(cell)
        return _time(words(cell))

    def write(self, value, zone):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")


class Moment(Words):
    """A date with a time, or a time alone where the date has a column of its own."""

    def read(self, cell, zone):
        if isinstance(cell, datetime.datetime):
            return _in_zone(cell, zone)
        if _is_serial(cell):
            return _in_zone(from_excel(cell), zone)
        if isinstance(cell, datetime.time | float):
            return TimeOfDay().read(cell, zone)
        return self._written(words(cell), zone)

    def _written(self, text, zone):
        if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", text):
            return _iso(text, zone)
        day, _space, time = text.replace(",", " ").replace("T", " ").partition(" ")
        if not (YEAR_FIRST.fullmatch(day) or DAY_FIRST.fullmatch(day)):
            return _time(text)
        if not time.strip():
            raise Unreadable(_("Write the time as well, as in 2020-12-07 18:00."))
        return _in_zone(datetime.datetime.combine(_day(day), _time(time.strip())), zone)

    def write(self, value, zone):
        """As a spreadsheet's own date and time; with the offset where a clock shows the same time twice."""
        local = value.astimezone(zone)
        if local.microsecond or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            return local.isoformat(" ")
        return local.replace(tzinfo=None, fold=0)


class Length(Words):
    """How long something lasts: minutes, or hours and minutes."""

    def read(self, cell, zone):
        if isinstance(cell, datetime.time):
            return datetime.timedelta(hours=cell.hour, minutes=cell.minute)
        if isinstance(cell, datetime.timedelta):
            return cell
        found = DURATION.fullmatch(words(cell))
        if not found or not any(found.groups()):
            raise Unreadable(_("Write the duration in minutes, or as 1:30."))
        return datetime.timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))


def _is_serial(cell):
    return isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in SERIAL_DATES


def _clock(fraction):
    return (datetime.datetime.min + datetime.timedelta(seconds=round(fraction * 86_400))).time()


def _iso(text, zone):
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(_("There is no such date or time.")) from None
    return moment.astimezone(datetime.UTC) if moment.tzinfo else _in_zone(moment, zone)


def _in_zone(local, zone):
    """The moment at which the zone's clock shows this."""
    try:
        moment = local.replace(tzinfo=zone).astimezone(datetime.UTC)
        shown = moment.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise Unreadable(_("There is no such date or time.")) from None
    if shown != local:
        raise Unreadable(_("There is no such time on this day: the clocks are put forward."))
    return moment


def _day(text):
    found = YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text)
    if not found:
        raise Unreadable(_("Write the date as 2020-12-07 or 7/12/2020, the day first."))
    try:
        return datetime.date(*(int(found[part]) for part in ("year", "month", "day")))
    except ValueError:
        raise Unreadable(_("There is no such date or time.")) from None


def _time(text):
    found = TIME.fullmatch(text)
    if not found:
        raise Unreadable(_("Write the time as 18:00, with the date in front or in a column of its own."))
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise Unreadable(_("There is no such date or time.")) from None


# The tables

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

    def column(self, name):
        return next(column for column in self.columns if column.name == name)

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
