"""Values of fields in the words that people read: see sessions.content for the values."""

import datetime

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django_countries.fields import CountryField

from .content import belongings, columns, ties
from .languages import NAMES, LanguagesField


class Names:
    """What the rows are called that some contents point to; one query for each kind of row, two where some are gone."""

    def __init__(self, model, contents):
        self.targets = _targets(model, contents)
        self.found = {key: name for target, keys in self.targets.items() for key, name in _called(target, keys)}

    def of(self, key):
        return self.found.get(str(key), "")


def label(model, name):
    """“Title (English)”, “Themes”; “Participation” for participations.12."""
    relation, dot, _key = name.partition(".")
    if dot:
        return capfirst(belongings(model)[relation].model._meta.verbose_name)
    return capfirst(model._meta.get_field(name).verbose_name)


def in_words(model, name, value, names):
    """A value in the active language and the current time zone; nothing is an empty text."""
    relation, dot, _key = name.partition(".")
    if dot:
        return _row_in_words(belongings(model)[relation], value, names)
    field = model._meta.get_field(name)
    if isinstance(field, models.ManyToManyField):
        return ", ".join(sorted(names.of(key) for key in value or ()))
    return field_in_words(field, value, names)


def field_in_words(field, value, names=None):
    """The value of a column, as in_words says it; names are needed where it points to another row."""
    if value is None or value == "":
        return ""
    if field.is_relation:
        return names.of(value)
    if isinstance(field, models.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, LanguagesField):
        return ", ".join(str(NAMES.get(code, code)) for code in value)
    if isinstance(field, models.DateTimeField):
        return date_format(moment(value), "DATETIME_FORMAT")
    if isinstance(field, models.DateField):
        return date_format(datetime.date.fromisoformat(value), "DATE_FORMAT")
    if isinstance(field, models.TimeField):
        return date_format(datetime.time.fromisoformat(value), "TIME_FORMAT")
    choices = field.get_choices(include_blank=False) if field.choices and not isinstance(field, CountryField) else []
    return str(dict(choices).get(value) or (field.countries.name(value) if hasattr(field, "countries") else value))


def moment(value):
    """A time of a content, or of a document, in the current time zone."""
    return timezone.localtime(datetime.datetime.fromisoformat(value))


def around_the_difference(*texts, longest=600, lead=120):
    """Two texts; if one of them is longer than longest, cut to where they begin to differ and lead characters before
    that."""
    if max(map(len, texts)) <= longest:
        return texts
    pairs = enumerate(zip(*texts, strict=False))
    place = next((place for place, (one, other) in pairs if one != other), min(map(len, texts)))
    start = max(0, place - lead)
    return tuple(("…" if start and text else "") + Truncator(text[start:]).chars(longest) for text in texts)


def _row_in_words(parent, value, names):
    """A belonging by what it says: “Chair, Nguyễn Thị Linh, by video”. Its place in the order comes last."""
    if value is None:
        return ""
    fields = [field for field in columns(parent.model) if field.name in value]
    return ", ".join(filter(None, (_word(field, value[field.name], names) for field in fields)))


def _word(field, value, names):
    if isinstance(field, models.BooleanField):
        return str(field.verbose_name) if value else ""
    if isinstance(field, models.PositiveSmallIntegerField):
        return _("%(field)s %(number)s") % {"field": field.verbose_name, "number": value} if value else ""
    return field_in_words(field, value, names)


def _targets(model, contents):
    """{model: keys} of everything that is pointed to."""
    targets = {}
    for content in contents:
        for target, keys in _pointed_to(model, content):
            targets.setdefault(target, set()).update(str(key) for key in keys if key)
    return targets


def _pointed_to(model, content):
    for field in columns(model):
        if field.is_relation:
            yield field.related_model, [content.get(field.name)]
    for tie in ties(model):
        yield tie.related_model, content.get(tie.name) or []
    for name, value in content.items():
        relation, dot, _key = name.partition(".")
        if dot and value:
            fields = columns(belongings(model)[relation].model)
            yield from ((f.related_model, [value.get(f.name)]) for f in fields if f.is_relation)


def _called(model, keys):
    """Pairs of a key and a name. Keys of different kinds of row do not meet: they are UUIDs, but for the pictures'."""
    there = {str(row.pk): _name(row) for row in model._base_manager.filter(pk__in=keys)} if keys else {}
    gone = keys - there.keys()
    if not gone:
        return there.items()
    if not hasattr(model, "history"):
        return (there | dict.fromkeys(gone, _("(deleted)"))).items()
    records = model.history.filter(**{f"{model._meta.pk.name}__in": gone}).order_by("history_date", "history_id")
    deleted = {str(record.id): _("%(name)s (deleted)") % {"name": record.instance} for record in records}
    return (deleted | there).items()


def _name(row):
    """A row with a past has a name of its own; a picture has only a number."""
    if hasattr(row, "history"):
        return str(row)
    return _("%(kind)s %(name)s") % {"kind": row._meta.verbose_name, "name": row}
