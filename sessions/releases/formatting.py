"""Formatting of field values in the changes between releases."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Field
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.core.versioning.formatting import excerpt_around_diff, format_field, parse_datetime
from conference.core.versioning.snapshot import editable_fields
from conference.models import Conference
from conference.site_data import format_date_range
from speakers.models import Speaker

from ..models import Participation, Room, Session, SessionLink, Theme
from .diff import NAME_FIELDS

# Longer texts are cut to this length, starting this many characters before the first difference.
MAX_TEXT_LENGTH, EXCERPT_LEAD = 200, 60
# The models whose field labels and formats apply to the items of a document.
MODELS = {"sessions": Session, "speakers": Speaker, "rooms": Room, "themes": Theme, "conference": Conference}
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
    "short_name": gettext_lazy("short name"),
    "subtitle": gettext_lazy("type of event"),
    "organizers": gettext_lazy("organizers"),
    "venue": gettext_lazy("place"),
    "city": gettext_lazy("city"),
}
FIELD_LABELS = TEXT_LABELS | {"themes": gettext_lazy("themes"), "links": gettext_lazy("links")}


@dataclass(frozen=True)
class FieldChange:
    """The formatted values of a field before and after; either may be empty. is_emptied: there is no value any more."""

    label: str
    before: str
    after: str
    is_emptied: bool = False


def compare_field(collection: str, name: str, before, after) -> list[FieldChange]:
    """Return the changes of one field: of a text one per language, of participations one per speaker."""
    if name == "participations":
        return list(compare_participations(before or [], after or []))
    if name in TEXT_LABELS and not isinstance(after, str):
        return list(compare_text(collection, name, before or {}, after or {}))
    label = get_field_label(collection, name)
    if name == "portrait" and before and after and before["alt"] == after["alt"]:
        return [FieldChange(label, "", _("new picture"))]
    return [make_field_change(label, *(format_field_value(collection, name, value) for value in (before, after)))]


def compare_text(collection: str, name: str, before: dict, after: dict) -> Iterator[FieldChange]:
    for language in LANGUAGES:
        old, new = before.get(language, ""), after.get(language, "")
        if old != new:
            yield make_field_change(get_field_label(collection, f"{name}_{language}"), old, new)


def make_field_change(label: str, before: str, after: str) -> FieldChange:
    """Return the change with long values cut to where they differ."""
    before_excerpt, after_excerpt = excerpt_around_diff(before, after, longest=MAX_TEXT_LENGTH, lead=EXCERPT_LEAD)
    return FieldChange(label, before_excerpt, after_excerpt, is_emptied=not after)


def get_field_label(collection: str, name: str) -> str:
    field = find_model_field(collection, name)
    return str(FIELD_LABELS.get(name) or (field.verbose_name if field else name))


def format_field_value(collection: str, name: str, value) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if name in FIELD_FORMATTERS:
        return FIELD_FORMATTERS[name](value)
    field = find_model_field(collection, name)
    return format_field(field, value) if field else str(value)


def find_model_field(collection: str, name: str) -> Field | None:
    return next((field for field in editable_fields(MODELS[collection]) if field.name == name), None)


def format_time_range(starts_at: str, ends_at: str, zone: str = "") -> str:
    """Return “7 December 2020, 18:00–19:30”, with a second date if the end is on another day.

    With the name of a time zone the times are in that zone, which is added in brackets.
    """
    if zone:
        with timezone.override(zone):
            return _("%(time)s (%(zone)s)") % {"time": format_time_range(starts_at, ends_at), "zone": zone}
    start, end = parse_datetime(starts_at), parse_datetime(ends_at)
    return _("%(start)s–%(end)s") % {
        "start": date_format(start, "DATETIME_FORMAT"),
        "end": date_format(end, "TIME_FORMAT" if start.date() == end.date() else "DATETIME_FORMAT"),
    }


def format_text_list(value: list[dict]) -> str:
    return ", ".join(str(LocalizedText(text)) for text in value)


def format_links(value: list[dict]) -> str:
    labels = dict(SessionLink.Kind.choices)
    links = [(labels.get(link["kind"], ""), LocalizedText(link["label"]), link["url"]) for link in value]
    return ", ".join(" ".join(filter(None, map(str, values))) for values in links)


def compare_participations(before: list[dict], after: list[dict]) -> Iterator[FieldChange]:
    """Yield added and removed speakers and changed roles; if there are none, the change of order."""
    removed = [entry for entry in before if entry not in after]
    added = [entry for entry in after if entry not in before]
    if not removed and not added:
        yield FieldChange(_("order of speakers"), format_speaker_names(before), format_speaker_names(after))
    for entry in added:
        key = get_participation_key(entry)
        replaced = next((other for other in removed if get_participation_key(other) == key), None)
        if replaced:
            removed.remove(replaced)
            yield FieldChange(_("role of a speaker"), format_participation(replaced), format_participation(entry))
        else:
            yield FieldChange(_("speaker added"), "", format_participation(entry))
    for entry in removed:
        yield FieldChange(_("speaker removed"), format_participation(entry), "")


def get_participation_key(entry: dict):
    return entry.get("id") or entry["speaker"] or entry["placeholder"]


def format_speaker_names(entries: Iterable[dict]) -> str:
    return ", ".join(str(LocalizedText(entry["speaker"] or entry["placeholder"])) for entry in entries)


def format_participation(entry: dict) -> str:
    """Return “Linh (Chair)” or “Linh (Chair, by video)”."""
    name, role = LocalizedText(entry["speaker"] or entry["placeholder"]), entry["role"]
    template = _("%(name)s (%(role)s, by video)") if entry["online"] else _("%(name)s (%(role)s)")
    return template % {"name": name, "role": dict(Participation.Role.choices).get(role, role)}


def format_days(value: list[str]) -> str:
    """Return “7 to 9 December 2020”."""
    first, last = map(datetime.date.fromisoformat, value)
    return format_date_range(first, last)


FIELD_FORMATTERS = {
    "days": format_days,
    "room": lambda value: str(LocalizedText(value)),
    "themes": format_text_list,
    "order_of_rooms": format_text_list,
    "links": format_links,
    "portrait": lambda value: str(LocalizedText(value["alt"])) or _("picture"),
}


def format_summary(changes: dict) -> str:
    """Return a summary such as "sessions 2 added, 1 changed; speakers 1 removed; time_zone"."""
    counts = {
        collection: ", ".join(
            f"{len(items)} {change_type}" for change_type, items in changes[collection].items() if items
        )
        for collection in NAME_FIELDS
    }
    return "; ".join([*(f"{name} {count}" for name, count in counts.items() if count), *changes["conference"]])
