"""Values of fields in the words that people read: see sessions.content for the values."""

import datetime

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django_countries.fields import CountryField

from ..languages import LANGUAGE_NAMES, LanguagesField
from .snapshot import child_relations, editable_fields, m2m_fields


class RelatedNames:
    """What the rows are called that some contents point to; one query for each kind of row, two where some are gone."""

    def __init__(self, model, contents):
        self.targets = collect_targets(model, contents)
        self.names = {key: name for target, keys in self.targets.items() for key, name in load_names(target, keys)}

    def get_name(self, key):
        return self.names.get(str(key), "")


def get_field_label(model, name):
    """“Title (English)”, “Themes”; “Participation” for participations.12."""
    relation, dot, _key = name.partition(".")
    if dot:
        return capfirst(child_relations(model)[relation].model._meta.verbose_name)
    return capfirst(model._meta.get_field(name).verbose_name)


def format_value(model, name, value, names):
    """A value in the active language and the current time zone; nothing is an empty text."""
    relation, dot, _key = name.partition(".")
    if dot:
        return format_child(child_relations(model)[relation], value, names)
    field = model._meta.get_field(name)
    if isinstance(field, models.ManyToManyField):
        return ", ".join(sorted(names.get_name(key) for key in value or ()))
    return format_field(field, value, names)


def format_field(field, value, names=None):
    """The value of a column, as in_words says it; names are needed where it points to another row."""
    if value is None or value == "":
        return ""
    if field.is_relation:
        return names.get_name(value)
    if isinstance(field, models.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, LanguagesField):
        return ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in value)
    if isinstance(field, models.DateTimeField):
        return date_format(parse_datetime(value), "DATETIME_FORMAT")
    if isinstance(field, models.DateField):
        return date_format(datetime.date.fromisoformat(value), "DATE_FORMAT")
    if isinstance(field, models.TimeField):
        return date_format(datetime.time.fromisoformat(value), "TIME_FORMAT")
    choices = field.get_choices(include_blank=False) if field.choices and not isinstance(field, CountryField) else []
    return str(dict(choices).get(value) or (field.countries.name(value) if hasattr(field, "countries") else value))


def parse_datetime(value):
    """A time of a content, or of a document, in the current time zone."""
    return timezone.localtime(datetime.datetime.fromisoformat(value))


def excerpt_around_diff(*texts, longest=600, lead=120):
    """Two texts; if one of them is longer than longest, cut to where they begin to differ and lead characters before
    that."""
    if max(map(len, texts)) <= longest:
        return texts
    pairs = enumerate(zip(*texts, strict=False))
    place = next((place for place, (one, other) in pairs if one != other), min(map(len, texts)))
    start = max(0, place - lead)
    return tuple(("…" if start and text else "") + Truncator(text[start:]).chars(longest) for text in texts)


def format_child(parent, value, names):
    """A belonging by what it says: “Chair, Nguyễn Thị Linh, by video”. Its place in the order comes last."""
    if value is None:
        return ""
    fields = [field for field in editable_fields(parent.model) if field.name in value]
    return ", ".join(filter(None, (format_child_field(field, value[field.name], names) for field in fields)))


def format_child_field(field, value, names):
    if isinstance(field, models.BooleanField):
        return str(field.verbose_name) if value else ""
    if isinstance(field, models.PositiveSmallIntegerField):
        return _("%(field)s %(number)s") % {"field": field.verbose_name, "number": value} if value else ""
    return format_field(field, value, names)


def collect_targets(model, contents):
    """{model: keys} of everything that is pointed to."""
    targets = {}
    for content in contents:
        for target, keys in iterate_references(model, content):
            targets.setdefault(target, set()).update(str(key) for key in keys if key)
    return targets


def iterate_references(model, content):
    for field in editable_fields(model):
        if field.is_relation:
            yield field.related_model, [content.get(field.name)]
    for tie in m2m_fields(model):
        yield tie.related_model, content.get(tie.name) or []
    for name, value in content.items():
        relation, dot, _key = name.partition(".")
        if dot and value:
            fields = editable_fields(child_relations(model)[relation].model)
            yield from ((f.related_model, [value.get(f.name)]) for f in fields if f.is_relation)


def load_names(model, keys):
    """Pairs of a key and a name. Keys of different kinds of row do not meet: they are UUIDs, but for the pictures'."""
    there = {str(row.pk): get_row_name(row) for row in model._base_manager.filter(pk__in=keys)} if keys else {}
    gone = keys - there.keys()
    if not gone:
        return there.items()
    if not hasattr(model, "history"):
        return (there | dict.fromkeys(gone, _("(deleted)"))).items()
    records = model.history.filter(**{f"{model._meta.pk.name}__in": gone}).order_by("history_date", "history_id")
    deleted = {str(record.id): _("%(name)s (deleted)") % {"name": record.instance} for record in records}
    return (deleted | there).items()


def get_row_name(row):
    """A row with a past has a name of its own; a picture has only a number."""
    if hasattr(row, "history"):
        return str(row)
    return _("%(kind)s %(name)s") % {"kind": row._meta.verbose_name, "name": row}
