"""Descriptions of the changes between releases for the admin, the public pages and the feed.

Input is the JSON of sessions.releases.diff. Formatting of single values is in sessions.releases.formatting.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.i18n.text import LocalizedText

from ..links import UrlNamespace, programme_url, session_url
from ..programme import Programme, Session
from .diff import TIME_FIELDS
from .formatting import (
    TEXT_LABELS,
    FieldChange,
    compare_field,
    format_time_range,
    make_field_change,
)

# Fields without meaning for the public: former links still work, and the sort name shows in the order of speakers.
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
    "days": gettext_lazy("Days"),
    "name": gettext_lazy("Name of the conference"),
    "short_name": gettext_lazy("Short name"),
    "subtitle": gettext_lazy("Type of event"),
    "organizers": gettext_lazy("Organizers"),
    "venue": gettext_lazy("Place"),
    "city": gettext_lazy("City"),
    "country": gettext_lazy("Country"),
    "time_zone": gettext_lazy("Time zone"),
    "starts_on": gettext_lazy("First day"),
    "ends_on": gettext_lazy("Last day"),
}
OTHER_LABELS = {"order_of_rooms": gettext_lazy("Order of rooms")}


@dataclass(frozen=True)
class ObjectChanges:
    """The changes of one session, speaker, room, theme or conference field.

    badges are the most important changes in one or two words ("Cancelled", "New time"); url is the object's present
    page, or empty; anchor is the id of the entry on the page of the release.
    """

    name: LocalizedText | str
    slug: str = ""
    changes: tuple[FieldChange, ...] = ()
    badges: tuple[str, ...] = ()
    url: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class ChangeSection:
    """A list of changes with a heading; id is "conference", "others" or a key of SECTION_HEADINGS with a hyphen."""

    id: str
    heading: str
    objects: tuple[ObjectChanges, ...]


def describe_changes(changes: dict) -> list[ChangeSection]:
    """Return the sections that are not empty, for the admin.

    Texts are in the active language; each language of a text is compared separately. Times are in the current time
    zone, but where the conference's own has changed, each time is in the zone of its release, which is named.
    """
    zones = get_time_zones(changes)
    sections = [
        ChangeSection(
            f"{collection}-{change_type}",
            str(heading),
            tuple(describe_item(collection, item, zones) for item in select_items(changes, collection, change_type)),
        )
        for (collection, change_type), heading in SECTION_HEADINGS.items()
    ]
    facts = ChangeSection("conference", _("Conference"), tuple(describe_conference(changes, CONFERENCE_LABELS)))
    others = ChangeSection("others", _("Other changes"), tuple(describe_conference(changes, OTHER_LABELS)))
    return [section for section in (facts, *sections, others) if section.objects]


def get_time_zones(changes: dict) -> tuple[str, str]:
    """Return the names of the time zones before and after, if they differ; otherwise two empty texts."""
    before, after = changes["conference"].get("time_zone", ("", ""))
    return (before, after) if before else ("", "")


def describe_changes_for_public(
    changes: dict,
    programme: Programme,
    query: Mapping[str, str] | None = None,
    url_namespace: UrlNamespace | None = None,
) -> list[ChangeSection]:
    """Return the same for the public pages: times in the programme's time zone, with links to sessions and speakers.

    Of a text only the active language is compared, if it changed in that language. query has parameters of the links.
    In a preview the links lead to pages of its URL namespace.
    """
    with timezone.override(programme.time_zone):
        sections = describe_changes(localize_changes(changes))
    return [
        replace(
            section,
            objects=tuple(add_url(section, item, programme, query, url_namespace) for item in section.objects),
        )
        for section in sections
    ]


def count_session_changes(changes: dict, programme: Programme) -> dict[str, int]:
    """Return the number of "added", "removed" and "changed" sessions, without those that are breaks now."""
    breaks = {str(session.id) for session in programme.sessions if session.is_break}
    return {
        change_type: sum(item["id"] not in breaks for item in items)
        for change_type, items in changes["sessions"].items()
    }


def select_items(changes: dict, collection: str, change_type: str) -> Iterable[dict]:
    """Return the items of one section; cancelled sessions are separate from other changed ones."""
    if change_type not in ("cancelled", "changed"):
        return changes[collection][change_type]
    is_cancelled_section = change_type == "cancelled"
    return [item for item in changes[collection]["changed"] if is_cancellation(item) == is_cancelled_section]


def is_cancellation(item: dict) -> bool:
    """Return whether a changed session was cancelled by the change."""
    return item["fields"].get("status", [None, None])[1] == "cancelled"


def describe_item(collection: str, item: dict, zones: tuple[str, str] = ("", "")) -> ObjectChanges:
    fields = item.get("fields", {})
    return ObjectChanges(
        LocalizedText(item["name"]),
        item["slug"],
        tuple(describe_fields(collection, fields, zones)),
        tuple(list_badges(collection, fields)),
        anchor=make_change_anchor(collection, item["slug"]),
    )


def make_change_anchor(collection: str, slug: str) -> str:
    """Return the id of an entry on the page of a release. No slug contains a full stop."""
    return f"{collection}.{slug}"


def describe_fields(collection: str, fields: dict, zones: tuple[str, str]) -> Iterator[FieldChange]:
    """Yield the changes of one item from {field: [before, after]}; start and end are one change."""
    if all(name in fields for name in TIME_FIELDS):
        starts, ends = (fields[name] for name in TIME_FIELDS)
        before, after = map(format_time_range, starts, ends, zones)
        yield make_field_change(_("time"), before, after)
    for name, values in fields.items():
        if name not in TIME_FIELDS:
            yield from compare_field(collection, name, *values)


def list_badges(collection: str, fields: dict) -> Iterator[str]:
    before, after = fields.get("status", ["", ""])
    if after == "cancelled":
        yield _("Cancelled")
    if before == "cancelled":
        yield _("No longer cancelled")
    if "starts_at" in fields or "ends_at" in fields:
        yield _("New time")
    if "room" in fields:
        yield _("New room")
    if "title" in fields or (collection != "sessions" and "name" in fields):
        yield _("New title")


def describe_conference(changes: dict, labels: Mapping[str, Promise]) -> Iterator[ObjectChanges]:
    """Yield the changes of those facts of the conference that have one of the labels, in the order of the labels."""
    fields = changes["conference"]
    for name in filter(fields.__contains__, labels):
        before, after = fields[name]
        field_changes = compare_field("conference", name, before, after)
        if not isinstance(after, dict):
            # Only a text in several languages needs labels besides the name of the list item.
            field_changes = [replace(change, label="") for change in field_changes]
        yield ObjectChanges(str(labels[name]), changes=tuple(field_changes))


def localize_changes(changes: dict) -> dict:
    """Return the changes without hidden fields and with texts in the active language where they differ in it."""
    collections = {collection for collection, _change_type in SECTION_HEADINGS}
    localized = {
        collection: changes[collection] | {"changed": [localize_item(item) for item in changes[collection]["changed"]]}
        for collection in collections
    }
    facts = {name: localize_values(name, *values) for name, values in changes["conference"].items()}
    return changes | localized | {"conference": facts}


def localize_item(item: dict) -> dict:
    fields = {name: values for name, values in item["fields"].items() if name not in HIDDEN_FIELDS}
    return item | {"fields": {name: localize_values(name, *values) for name, values in fields.items()}}


def localize_values(name: str, before, after) -> list:
    """Return strings for a text that differs in the active language; otherwise the values unchanged."""
    if name not in TEXT_LABELS or str(LocalizedText(before or {})) == str(LocalizedText(after or {})):
        return [before, after]
    return [str(LocalizedText(before or {})), str(LocalizedText(after or {}))]


def add_url(
    section: ChangeSection,
    item: ObjectChanges,
    programme: Programme,
    query: Mapping[str, str] | None,
    namespace: UrlNamespace | None,
) -> ObjectChanges:
    """Return the item with the URL of its session or speaker, if it is in the programme."""
    collection = section.id.partition("-")[0]
    find = {"sessions": programme.session, "speakers": programme.speaker}.get(collection)
    if find is None:
        return item
    target = find(item.slug) or programme.find_by_former_slug(collection, item.slug)
    if isinstance(target, Session):
        return replace(item, url=session_url(target, programme, query=query, namespace=namespace))
    if target is None:
        return item
    return replace(item, url=programme_url("speakers:detail", target.slug, query=query, namespace=namespace))
