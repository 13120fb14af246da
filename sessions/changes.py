"""What a release changes, in words: from the JSON of sessions.differences to what a person reads."""

import datetime
from dataclasses import dataclass

from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django_countries import countries

from .languages import NAMES
from .models import Participation, Session, SessionLink
from .text import LANGUAGES, Text

# Longer texts are cut to about where they begin to differ: a list of changes tells where to look.
LONGEST, BEFORE_IT_DIFFERS = 200, 60
CHOICES = {"kind": Session.Kind, "status": Session.Status, "format": Session.Format}
LANGUAGE_LISTS = ("languages", "interpretation", "captions", "sign_languages")


@dataclass(frozen=True)
class Change:
    """One field's words before and after; either may be empty."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Changed:
    """One session or speaker, or something else by its word alone; with changes where it stays and is different."""

    name: Text | str
    slug: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Section:
    heading: str
    parts: tuple[Changed, ...]


def in_words(changes):
    """Sections with something in them, in the active language, times in the current time zone."""
    sections = [
        Section(heading, tuple(_part(kind, part) for part in changes[kind][what]))
        for kind, what, heading in _headings()
    ]
    others = Section(_("Other changes"), tuple(Changed(word) for word in _others(changes)))
    return [section for section in (*sections, others) if section.parts]


def _headings():
    return (
        ("sessions", "added", _("New sessions")),
        ("sessions", "removed", _("Sessions taken out")),
        ("sessions", "changed", _("Changed sessions")),
        ("speakers", "added", _("New speakers")),
        ("speakers", "removed", _("Speakers taken out")),
        ("speakers", "changed", _("Changed speakers")),
    )


def _others(changes):
    words = {
        "rooms": _("Rooms"),
        "themes": _("Themes"),
        "time_zone": _("The time zone"),
        "starts_on": _("The first day"),
        "ends_on": _("The last day"),
    }
    return [words.get(name, name) for name in changes["others"]]


def _part(kind, part):
    model = Session if kind == "sessions" else apps.get_model("speakers.Speaker")
    fields = part.get("fields", {}).items()
    return Changed(
        Text(part["name"]),
        part["slug"],
        tuple(change for name, values in fields for change in _changes(model, name, *values)),
    )


def _changes(model, name, before, after):
    """A text may have changed in several languages; anything else is one change."""
    names = {field.name for field in model._meta.get_fields()}
    if f"{name}_{LANGUAGES[0]}" in names:
        return [
            _change(model, f"{name}_{language}", (before or {}).get(language, ""), (after or {}).get(language, ""))
            for language in LANGUAGES
            if (before or {}).get(language) != (after or {}).get(language)
        ]
    return [_change(model, {"parts": "speakers"}.get(name, name), _words(name, before), _words(name, after))]


def _change(model, field, before, after):
    return Change(_label(model._meta.get_field(field)), *_cut(before, after))


def _label(field):
    return str(getattr(field, "verbose_name", None) or field.related_model._meta.verbose_name_plural)


def _cut(*texts):
    if max(map(len, texts)) <= LONGEST:
        return texts
    same = next(
        (place for place, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), min(map(len, texts))
    )
    start = max(0, same - BEFORE_IT_DIFFERS)
    return [("…" if start and text else "") + Truncator(text[start:]).chars(LONGEST) for text in texts]


def _words(name, value):
    if not value:
        return ""
    if name in CHOICES:
        return str(dict(CHOICES[name].choices).get(value, value))
    if name in LANGUAGE_LISTS:
        return ", ".join(str(NAMES.get(code, code)) for code in value)
    return _WORDS.get(name, str)(value)


def _moment(value):
    return date_format(timezone.localtime(datetime.datetime.fromisoformat(value)), "DATETIME_FORMAT")


def _texts(value):
    return ", ".join(str(Text(text)) for text in value)


def _links(value):
    kinds = dict(SessionLink.Kind.choices)
    words = [(kinds.get(link["kind"], ""), Text(link["label"]), link["url"]) for link in value]
    return ", ".join(" ".join(filter(None, map(str, parts))) for parts in words)


def _people(value):
    return ", ".join(_person(part) for part in value)


def _person(part):
    name, role = Text(part["speaker"] or part["placeholder"]), Participation.Role(part["role"]).label
    words = _("%(name)s (%(role)s, by video)") if part["online"] else _("%(name)s (%(role)s)")
    return words % {"name": name, "role": role}


_WORDS = {
    "starts_at": _moment,
    "ends_at": _moment,
    "room": lambda value: str(Text(value)),
    "themes": _texts,
    "links": _links,
    "parts": _people,
    "country": lambda code: str(countries.name(code)),
    "portrait": lambda value: str(Text(value["alt"])) or _("a picture"),
}
