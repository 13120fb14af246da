"""What a release changed, as visitors read it: headings, names and links, from the JSON of sessions.differences."""

from dataclasses import dataclass

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .addresses import address
from .text import Text

HEADINGS = {
    ("sessions", "added"): _("New sessions"),
    ("sessions", "changed"): _("Changed sessions"),
    ("sessions", "removed"): _("Sessions taken out"),
    ("speakers", "added"): _("New speakers"),
    ("speakers", "changed"): _("Speakers whose details changed"),
    ("speakers", "removed"): _("Speakers no longer in the programme"),
}
# Several fields may share a word; a reader cares that the time changed, not which end of it.
FIELDS = {
    "title": _("title"),
    "starts_at": _("time"),
    "ends_at": _("time"),
    "room": _("room"),
    "status": _("status"),
    "kind": _("kind"),
    "format": pgettext_lazy("of a session", "format"),
    "summary": _("description"),
    "description": _("description"),
    "notice": _("notice"),
    "themes": _("themes"),
    "languages": _("languages"),
    "interpretation": _("languages"),
    "captions": _("captions"),
    "sign_languages": _("sign language"),
    "links": _("links"),
    "parts": _("speakers"),
    "slug": _("address"),
    "name": _("name"),
    "sort_name": _("name"),
    "honorific": _("honorific"),
    "function": _("function"),
    "organization": _("organization"),
    "country": _("country or territory"),
    "biography": _("biography"),
    "portrait": _("portrait"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A session or speaker that changed; url is empty where it is no longer in the programme."""

    name: Text
    url: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    heading: str
    entries: tuple[Entry, ...]


def groups(changes, programme):
    """The groups that have something in them. Links go to where things are now."""
    everything = [
        Group(f"{kind}-{what}", str(heading), tuple(_entry(kind, part, programme) for part in changes[kind][what]))
        for (kind, what), heading in HEADINGS.items()
    ]
    return [group for group in everything if group.entries]


def _entry(kind, part, programme):
    name, find = ("session", programme.session) if kind == "sessions" else ("speaker", programme.speaker)
    there = find(part["slug"]) or programme.moved_to(kind, part["slug"])
    words = (FIELDS.get(field, gettext("other details")) for field in part.get("fields", ()))
    return Entry(Text(part["name"]), address(name, there.slug) if there else "", tuple(dict.fromkeys(map(str, words))))
