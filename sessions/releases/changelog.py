"""What differs between two documents, in words: from the JSON of sessions.differences to what a person reads.

The one telling of it for the desk, the public pages and the feed.
"""

from dataclasses import dataclass, replace

from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.text import LANGUAGES, LocalizedText
from conference.core.versioning.formatting import excerpt_around_diff, format_field, parse_datetime
from conference.core.versioning.snapshot import editable_fields

from ..links import programme_url
from ..models import Participation, SessionLink
from .diff import TIME_FIELDS

# Longer texts are cut to about where they begin to differ: a list of changes tells where to look.
MAX_TEXT_LENGTH, EXCERPT_LEAD = 200, 60
# Where the fields of a document are kept; those with a column of their own are told as that column is.
MODEL_LABELS = {
    "sessions": "programme.Session",
    "speakers": "speakers.Speaker",
    "rooms": "programme.Room",
    "themes": "programme.Theme",
    "facts": "conference.Conference",
}
TEXT_LABELS = {
    "title": gettext_lazy("title"),
    "summary": gettext_lazy("summary"),
    "description": gettext_lazy("description"),
    "notice": gettext_lazy("notice"),
    "name": gettext_lazy("name"),
    "honorific": gettext_lazy("honorific"),
    "function": gettext_lazy("job title"),
    "organization": gettext_lazy("organization"),
    "biography": gettext_lazy("biography"),
    "place": gettext_lazy("directions"),
    "access": gettext_lazy("accessibility"),
}
FIELD_LABELS = TEXT_LABELS | {"themes": gettext_lazy("themes"), "links": gettext_lazy("links")}
# Nothing to readers: links keep working, and how a name is sorted shows by itself.
HIDDEN_FIELDS = ("slug", "sort_name")
SECTION_HEADINGS = {
    ("sessions", "added"): gettext_lazy("New sessions"),
    ("sessions", "cancelled"): gettext_lazy("Cancelled sessions"),
    ("sessions", "changed"): gettext_lazy("Changed sessions"),
    ("sessions", "removed"): gettext_lazy("Removed sessions"),
    ("speakers", "added"): gettext_lazy("New speakers"),
    ("speakers", "changed"): gettext_lazy("Changed speakers"),
    ("speakers", "removed"): gettext_lazy("Removed speakers"),
    ("rooms", "added"): gettext_lazy("New rooms"),
    ("rooms", "changed"): gettext_lazy("Changed rooms"),
    ("rooms", "removed"): gettext_lazy("Removed rooms"),
    ("themes", "added"): gettext_lazy("New themes"),
    ("themes", "changed"): gettext_lazy("Changed themes"),
    ("themes", "removed"): gettext_lazy("Removed themes"),
}
CONFERENCE_LABELS = {
    "rooms": gettext_lazy("Rooms"),
    "themes": gettext_lazy("Themes"),
    "time_zone": gettext_lazy("Time zone"),
    "starts_on": gettext_lazy("First day"),
    "ends_on": gettext_lazy("Last day"),
    "order_of_rooms": gettext_lazy("Order of rooms"),
}


@dataclass(frozen=True)
class FieldChange:
    """One field's words before and after; either may be empty. An emptied one has nothing now where something was."""

    label: str
    before: str
    after: str
    is_emptied: bool = False


@dataclass(frozen=True)
class ObjectChanges:
    """One session, speaker, room, theme or fact. verbs say the most of it in a word or two ("Cancelled", "Another
    time"); url is where it is now, or empty."""

    name: LocalizedText | str
    slug: str = ""
    changes: tuple[FieldChange, ...] = ()
    badges: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class ChangeSection:
    id: str
    heading: str
    objects: tuple[ObjectChanges, ...]


def describe_changes(changes):
    """Sections with something in them, in the active language, times in the current time zone, each text that changed
    with its language: for those who write it."""
    sections = [
        ChangeSection(
            f"{kind}-{what}",
            str(heading),
            tuple(describe_object(kind, part) for part in select_objects(changes, kind, what)),
        )
        for (kind, what), heading in SECTION_HEADINGS.items()
    ]
    others = ChangeSection("others", _("Other changes"), tuple(describe_conference_changes(changes)))
    return [section for section in (*sections, others) if section.objects]


def describe_changes_for_public(changes, programme):
    """The same for those who read it: on the programme's clock, texts in their language where it changed in that, with
    links to where sessions and speakers are now."""
    with timezone.override(programme.time_zone):
        sections = describe_changes(localize_changes(changes))
    return [
        replace(section, objects=tuple(add_url(section, part, programme) for part in section.objects))
        for section in sections
    ]


def describe_fields(kind, fields):
    """Changes of one part: fields is {field: [before, after]} as in sessions.differences."""
    rest = dict(fields)
    hours = [rest.pop(name) for name in TIME_FIELDS] if all(name in rest for name in TIME_FIELDS) else None
    found = (
        [make_field_change(_("time"), *(format_time_range(*ends) for ends in zip(*hours, strict=True)))]
        if hours
        else []
    )
    return tuple(found + [change for name, values in rest.items() for change in compare_field(kind, name, *values)])


def select_objects(changes, kind, what):
    """Sessions that were cancelled stand apart from others that changed."""
    if what not in ("cancelled", "changed"):
        return changes.get(kind, {}).get(what, ())
    return [part for part in changes.get(kind, {}).get("changed", ()) if cancels_session(part) == (what == "cancelled")]


def cancels_session(part):
    """Whether what changed in a session is that it was cancelled."""
    return part["fields"].get("status", [None, None])[1] == "cancelled"


def describe_object(kind, part):
    fields = part.get("fields", {})
    return ObjectChanges(
        LocalizedText(part["name"]), part["slug"], describe_fields(kind, fields), tuple(list_badges(kind, fields))
    )


def list_badges(kind, fields):
    before, after = fields.get("status", ["", ""])
    if after == "cancelled":
        yield _("Cancelled")
    if before == "cancelled":
        yield _("No longer cancelled")
    if "starts_at" in fields or "ends_at" in fields:
        yield _("New time")
    if "room" in fields:
        yield _("New room")
    if "title" in fields or (kind != "sessions" and "name" in fields):
        yield _("New title")


def describe_conference_changes(changes):
    for name, (before, after) in changes.get("facts", {}).items():
        words = (format_document_value("facts", name, value) for value in (before, after))
        yield ObjectChanges(str(CONFERENCE_LABELS.get(name, name)), changes=(FieldChange("", *words),))
    for name in changes.get("others", ()):
        yield ObjectChanges(str(CONFERENCE_LABELS.get(name, name)))


# For readers


def localize_changes(changes):
    return changes | {
        kind: changes[kind] | {"changed": [localize_object(part) for part in changes[kind]["changed"]]}
        for kind in {kind for kind, _what in SECTION_HEADINGS}
        if kind in changes
    }


def localize_object(part):
    told = {name: values for name, values in part["fields"].items() if name not in HIDDEN_FIELDS}
    return part | {"fields": {name: localize_values(name, *values) for name, values in told.items()}}


def localize_values(name, before, after):
    """A text that reads differently in the active language, as plain words; another one stays in its languages."""
    if name not in TEXT_LABELS or str(LocalizedText(before or {})) == str(LocalizedText(after or {})):
        return [before, after]
    return [str(LocalizedText(before or {})), str(LocalizedText(after or {}))]


def add_url(section, part, programme):
    kind = section.id.partition("-")[0]
    name, find = {
        "sessions": ("programme:session", programme.session),
        "speakers": ("speakers:detail", programme.speaker),
    }.get(kind, ("", None))
    there = find and (find(part.slug) or programme.find_by_former_slug(kind, part.slug))
    return replace(part, url=programme_url(name, there.slug)) if there else part


# One field


def compare_field(kind, name, before, after):
    """A text may have changed in several languages, and who speaks in several ways; anything else is one change."""
    if name == "participations":
        return list(compare_participations(before or [], after or []))
    if name in TEXT_LABELS and not isinstance(after, str):
        texts = [(language, *((text or {}).get(language, "") for text in (before, after))) for language in LANGUAGES]
        return [
            make_field_change(get_field_label(kind, f"{name}_{language}"), old, new)
            for language, old, new in texts
            if old != new
        ]
    if name == "portrait" and before and after and before["alt"] == after["alt"]:
        return [FieldChange(get_field_label(kind, name), "", _("new picture"))]
    return [
        make_field_change(
            get_field_label(kind, name),
            format_document_value(kind, name, before),
            format_document_value(kind, name, after),
        )
    ]


def make_field_change(label, before, after):
    return FieldChange(
        label, *excerpt_around_diff(before, after, longest=MAX_TEXT_LENGTH, lead=EXCERPT_LEAD), is_emptied=not after
    )


def get_field_label(kind, name):
    column = find_model_field(kind, name)
    return str(FIELD_LABELS.get(name) or (column.verbose_name if column else name))


def format_document_value(kind, name, value):
    if value is None or value in ("", [], {}):
        return ""
    if name in FIELD_FORMATTERS:
        return FIELD_FORMATTERS[name](value)
    column = find_model_field(kind, name)
    return format_field(column, value) if column else str(value)


def find_model_field(kind, name):
    return next((column for column in editable_fields(apps.get_model(MODEL_LABELS[kind])) if column.name == name), None)


def format_time_range(starts_at, ends_at):
    """“7 December 2020, 18:00–19:30”; where it ends on another day, that day is said as well."""
    start, end = parse_datetime(starts_at), parse_datetime(ends_at)
    last = date_format(end, "TIME_FORMAT" if start.date() == end.date() else "DATETIME_FORMAT")
    return _("%(start)s–%(end)s") % {"start": date_format(start, "DATETIME_FORMAT"), "end": last}


def format_text_list(value):
    return ", ".join(str(LocalizedText(text)) for text in value)


def format_links(value):
    kinds = dict(SessionLink.Kind.choices)
    words = [(kinds.get(link["kind"], ""), LocalizedText(link["label"]), link["url"]) for link in value]
    return ", ".join(" ".join(filter(None, map(str, parts))) for parts in words)


# Who speaks


def compare_participations(before, after):
    """Who came, who left, whose part is another one now; else they only stand in another order."""
    gone, come = [part for part in before if part not in after], [part for part in after if part not in before]
    if not gone and not come:
        yield FieldChange(_("order of speakers"), format_speaker_names(before), format_speaker_names(after))
    for part in come:
        was = next((other for other in gone if get_participation_key(other) == get_participation_key(part)), None)
        if was:
            gone.remove(was)
            yield FieldChange(_("role of a speaker"), format_participation(was), format_participation(part))
        else:
            yield FieldChange(_("speaker added"), "", format_participation(part))
    for part in gone:
        yield FieldChange(_("speaker removed"), format_participation(part), "")


def get_participation_key(part):
    return part.get("id") or part["speaker"] or part["placeholder"]


def format_speaker_names(value):
    return ", ".join(str(LocalizedText(part["speaker"] or part["placeholder"])) for part in value)


def format_participation(part):
    name, role = LocalizedText(part["speaker"] or part["placeholder"]), part["role"]
    words = _("%(name)s (%(role)s, by video)") if part["online"] else _("%(name)s (%(role)s)")
    return words % {"name": name, "role": dict(Participation.Role.choices).get(role, role)}


FIELD_FORMATTERS = {
    "room": lambda value: str(LocalizedText(value)),
    "themes": format_text_list,
    "order_of_rooms": format_text_list,
    "links": format_links,
    "portrait": lambda value: str(LocalizedText(value["alt"])) or _("picture"),
}
