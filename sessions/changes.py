"""What differs between two documents, in words: from the JSON of sessions.differences to what a person reads.

The one telling of it for the desk, the public pages and the feed.
"""

from dataclasses import dataclass, replace

from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addresses import address
from .content import columns
from .differences import HOURS
from .models import Participation, SessionLink
from .text import LANGUAGES, Text
from .values import around_the_difference, field_in_words, moment

# Longer texts are cut to about where they begin to differ: a list of changes tells where to look.
LONGEST, LEAD = 200, 60
# Where the fields of a document are kept; those with a column of their own are told as that column is.
MODELS = {
    "sessions": "programme.Session",
    "speakers": "speakers.Speaker",
    "rooms": "programme.Room",
    "themes": "programme.Theme",
    "facts": "conference.Conference",
}
TEXTS = {
    "title": gettext_lazy("title"),
    "summary": gettext_lazy("summary"),
    "description": gettext_lazy("description"),
    "notice": gettext_lazy("notice"),
    "name": gettext_lazy("name"),
    "honorific": gettext_lazy("honorific"),
    "function": gettext_lazy("function"),
    "organization": gettext_lazy("organization"),
    "biography": gettext_lazy("biography"),
    "place": gettext_lazy("how to find it"),
    "access": gettext_lazy("access"),
}
LABELS = TEXTS | {"themes": gettext_lazy("themes"), "links": gettext_lazy("links")}
# Nothing to readers: links keep working, and how a name is sorted shows by itself.
UNTOLD = ("slug", "sort_name")
HEADINGS = {
    ("sessions", "added"): gettext_lazy("New sessions"),
    ("sessions", "cancelled"): gettext_lazy("Cancelled sessions"),
    ("sessions", "changed"): gettext_lazy("Changed sessions"),
    ("sessions", "removed"): gettext_lazy("Sessions taken out"),
    ("speakers", "added"): gettext_lazy("New speakers"),
    ("speakers", "changed"): gettext_lazy("Speakers whose details changed"),
    ("speakers", "removed"): gettext_lazy("Speakers no longer in the programme"),
    ("rooms", "added"): gettext_lazy("New rooms"),
    ("rooms", "changed"): gettext_lazy("Changed rooms"),
    ("rooms", "removed"): gettext_lazy("Rooms taken out"),
    ("themes", "added"): gettext_lazy("New themes"),
    ("themes", "changed"): gettext_lazy("Changed themes"),
    ("themes", "removed"): gettext_lazy("Themes taken out"),
}
FACTS = {
    "rooms": gettext_lazy("Rooms"),
    "themes": gettext_lazy("Themes"),
    "time_zone": gettext_lazy("The time zone"),
    "starts_on": gettext_lazy("The first day"),
    "ends_on": gettext_lazy("The last day"),
    "order_of_rooms": gettext_lazy("The order of the rooms"),
}


@dataclass(frozen=True)
class Change:
    """One field's words before and after; either may be empty. An emptied one has nothing now where something was."""

    label: str
    before: str
    after: str
    emptied: bool = False


@dataclass(frozen=True)
class Changed:
    """One session, speaker, room, theme or fact. verbs say the most of it in a word or two ("Cancelled", "Another
    time"); url is where it is now, or empty."""

    name: Text | str
    slug: str = ""
    changes: tuple[Change, ...] = ()
    verbs: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Section:
    id: str
    heading: str
    parts: tuple[Changed, ...]


def in_words(changes):
    """Sections with something in them, in the active language, times in the current time zone, each text that changed
    with its language: for those who write it."""
    sections = [
        Section(f"{kind}-{what}", str(heading), tuple(_part(kind, part) for part in _parts(changes, kind, what)))
        for (kind, what), heading in HEADINGS.items()
    ]
    others = Section("others", _("Other changes"), tuple(_others(changes)))
    return [section for section in (*sections, others) if section.parts]


def for_readers(changes, programme):
    """The same for those who read it: on the programme's clock, texts in their language where it changed in that, with
    links to where sessions and speakers are now."""
    with timezone.override(programme.time_zone):
        sections = in_words(_in_one_language(changes))
    return [
        replace(section, parts=tuple(_linked(section, part, programme) for part in section.parts))
        for section in sections
    ]


def _fields_in_words(kind, fields):
    """Changes of one part: fields is {field: [before, after]} as in sessions.differences."""
    rest = dict(fields)
    hours = [rest.pop(name) for name in HOURS] if all(name in rest for name in HOURS) else None
    found = [_change(_("time"), *(_hours(*ends) for ends in zip(*hours, strict=True)))] if hours else []
    return tuple(found + [change for name, values in rest.items() for change in _changes(kind, name, *values)])


def _parts(changes, kind, what):
    """Sessions that were cancelled stand apart from others that changed."""
    if what not in ("cancelled", "changed"):
        return changes.get(kind, {}).get(what, ())
    return [part for part in changes.get(kind, {}).get("changed", ()) if is_cancelled_by(part) == (what == "cancelled")]


def is_cancelled_by(part):
    """Whether what changed in a session is that it was cancelled."""
    return part["fields"].get("status", [None, None])[1] == "cancelled"


def _part(kind, part):
    fields = part.get("fields", {})
    return Changed(Text(part["name"]), part["slug"], _fields_in_words(kind, fields), tuple(_verbs(kind, fields)))


def _verbs(kind, fields):
    before, after = fields.get("status", ["", ""])
    if after == "cancelled":
        yield _("Cancelled")
    if before == "cancelled":
        yield _("Takes place after all")
    if "starts_at" in fields or "ends_at" in fields:
        yield _("Another time")
    if "room" in fields:
        yield _("Another room")
    if "title" in fields or (kind != "sessions" and "name" in fields):
        yield _("Renamed")


def _others(changes):
    for name, (before, after) in changes.get("facts", {}).items():
        words = (_words("facts", name, value) for value in (before, after))
        yield Changed(str(FACTS.get(name, name)), changes=(Change("", *words),))
    for name in changes.get("others", ()):
        yield Changed(str(FACTS.get(name, name)))


# For readers


def _in_one_language(changes):
    return changes | {
        kind: changes[kind] | {"changed": [_read(part) for part in changes[kind]["changed"]]}
        for kind in {kind for kind, _what in HEADINGS}
        if kind in changes
    }


def _read(part):
    told = {name: values for name, values in part["fields"].items() if name not in UNTOLD}
    return part | {"fields": {name: _as_read(name, *values) for name, values in told.items()}}


def _as_read(name, before, after):
    """A text that reads differently in the active language, as plain words; another one stays in its languages."""
    if name not in TEXTS or str(Text(before or {})) == str(Text(after or {})):
        return [before, after]
    return [str(Text(before or {})), str(Text(after or {}))]


def _linked(section, part, programme):
    kind = section.id.partition("-")[0]
    name, find = {"sessions": ("session", programme.session), "speakers": ("speaker", programme.speaker)}.get(
        kind, ("", None)
    )
    there = find and (find(part.slug) or programme.moved_to(kind, part.slug))
    return replace(part, url=address(name, there.slug)) if there else part


# One field


def _changes(kind, name, before, after):
    """A text may have changed in several languages, and who speaks in several ways; anything else is one change."""
    if name == "parts":
        return list(_people(before or [], after or []))
    if name in TEXTS and not isinstance(after, str):
        texts = [(language, *((text or {}).get(language, "") for text in (before, after))) for language in LANGUAGES]
        return [_change(_label(kind, f"{name}_{language}"), old, new) for language, old, new in texts if old != new]
    if name == "portrait" and before and after and before["alt"] == after["alt"]:
        return [Change(_label(kind, name), "", _("another picture"))]
    return [_change(_label(kind, name), _words(kind, name, before), _words(kind, name, after))]


def _change(label, before, after):
    return Change(label, *around_the_difference(before, after, longest=LONGEST, lead=LEAD), emptied=not after)


def _label(kind, name):
    column = _column(kind, name)
    return str(LABELS.get(name) or (column.verbose_name if column else name))


def _words(kind, name, value):
    if value is None or value in ("", [], {}):
        return ""
    if name in _SHAPES:
        return _SHAPES[name](value)
    column = _column(kind, name)
    return field_in_words(column, value) if column else str(value)


def _column(kind, name):
    return next((column for column in columns(apps.get_model(MODELS[kind])) if column.name == name), None)


def _hours(starts_at, ends_at):
    """“7 December 2020, 18:00–19:30”; where it ends on another day, that day is said as well."""
    start, end = moment(starts_at), moment(ends_at)
    last = date_format(end, "TIME_FORMAT" if start.date() == end.date() else "DATETIME_FORMAT")
    return _("%(start)s–%(end)s") % {"start": date_format(start, "DATETIME_FORMAT"), "end": last}


def _texts(value):
    return ", ".join(str(Text(text)) for text in value)


def _links(value):
    kinds = dict(SessionLink.Kind.choices)
    words = [(kinds.get(link["kind"], ""), Text(link["label"]), link["url"]) for link in value]
    return ", ".join(" ".join(filter(None, map(str, parts))) for parts in words)


# Who speaks


def _people(before, after):
    """Who came, who left, whose part is another one now; else they only stand in another order."""
    gone, come = [part for part in before if part not in after], [part for part in after if part not in before]
    if not gone and not come:
        yield Change(_("order of the speakers"), _names(before), _names(after))
    for part in come:
        was = next((other for other in gone if _identity(other) == _identity(part)), None)
        if was:
            gone.remove(was)
            yield Change(_("part of a speaker"), _person(was), _person(part))
        else:
            yield Change(_("speaker added"), "", _person(part))
    for part in gone:
        yield Change(_("speaker taken out"), _person(part), "")


def _identity(part):
    return part.get("id") or part["speaker"] or part["placeholder"]


def _names(value):
    return ", ".join(str(Text(part["speaker"] or part["placeholder"])) for part in value)


def _person(part):
    name, role = Text(part["speaker"] or part["placeholder"]), part["role"]
    words = _("%(name)s (%(role)s, by video)") if part["online"] else _("%(name)s (%(role)s)")
    return words % {"name": name, "role": dict(Participation.Role.choices).get(role, role)}


_SHAPES = {
    "room": lambda value: str(Text(value)),
    "themes": _texts,
    "order_of_rooms": _texts,
    "links": _links,
    "portrait": lambda value: str(Text(value["alt"])) or _("a picture"),
}
