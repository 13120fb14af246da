"""Readable values of snapshots, in the active language and time zone."""

import datetime
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from django.db import models
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from conference.core.i18n.countries import get_country_name
from conference.core.i18n.country_fields import CountryField
from conference.core.i18n.languages import LANGUAGE_NAMES, LanguagesField

from .snapshot import child_relations, editable_fields, m2m_fields


class RelatedNames:
    """Names of the objects that snapshots refer to: one query for each model, two if some objects are deleted."""

    def __init__(self, model: type[Model], snapshots: Iterable[Mapping[str, Any]]):
        self.targets = collect_targets(model, snapshots)
        self.names = {key: name for target, keys in self.targets.items() for key, name in load_names(target, keys)}

    def get_name(self, key: Hashable) -> str:
        return self.names.get(str(key), "")


def get_field_label(model: type[Model], name: str) -> str:
    """Return the label of a snapshot name: "Title (English)", "Themes", or "Participation" for participations.12."""
    relation, dot, _key = name.partition(".")
    if dot:
        return capfirst(str(child_relations(model)[relation].model._meta.verbose_name))
    field: Any = model._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def format_value(model: type[Model], name: str, value: Any, names: RelatedNames) -> str:
    """Format a value of a snapshot; an empty value is an empty string."""
    relation, dot, _key = name.partition(".")
    if dot:
        return format_child(child_relations(model)[relation], value, names)
    field: Any = model._meta.get_field(name)
    if isinstance(field, models.ManyToManyField):
        return ", ".join(sorted(names.get_name(key) for key in value or ()))
    return format_field(field, value, names)


def format_field(field: Any, value: Any, names: RelatedNames | None = None) -> str:
    """Format the serialized value of a field. names are needed for foreign keys."""
    if value is None or value == "":
        return ""
    if field.is_relation and names:
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
        return time_format(datetime.time.fromisoformat(value), "TIME_FORMAT")
    if isinstance(field, CountryField):
        return get_country_name(value)
    choices = dict(field.get_choices(include_blank=False)) if field.choices else {}
    return str(choices.get(value) or value)


def parse_datetime(value: str) -> datetime.datetime:
    """Parse an ISO 8601 time of a snapshot or release document into the current time zone."""
    return timezone.localtime(datetime.datetime.fromisoformat(value))


def excerpt_around_diff(*texts: str, longest: int = 600, lead: int = 120) -> tuple[str, ...]:
    """Shorten two texts if one has more than longest characters.

    The excerpts start lead characters before the first difference.
    """
    if max(map(len, texts)) <= longest:
        return texts
    pairs = enumerate(zip(*texts, strict=False))
    first_difference = next((index for index, (one, other) in pairs if one != other), min(map(len, texts)))
    start = max(0, first_difference - lead)
    return tuple(("…" if start and text else "") + Truncator(text[start:]).chars(longest) for text in texts)


def format_child(parent: models.ForeignKey, value: Mapping[str, Any] | None, names: RelatedNames) -> str:
    """Format a child object by its fields: “Chair, Nguyễn Thị Linh, by video”. Its order comes last."""
    if value is None:
        return ""
    fields = [field for field in editable_fields(parent.model) if field.name in value]
    return ", ".join(filter(None, (format_child_field(field, value[field.name], names) for field in fields)))


def format_child_field(field: models.Field, value: Any, names: RelatedNames) -> str:
    if isinstance(field, models.BooleanField):
        return str(field.verbose_name) if value else ""
    if isinstance(field, models.PositiveSmallIntegerField):
        return _("%(field)s %(number)s") % {"field": field.verbose_name, "number": value} if value else ""
    return format_field(field, value, names)


def collect_targets(model: type[Model], snapshots: Iterable[Mapping[str, Any]]) -> dict[type[Model], set[str]]:
    """Return the keys of all objects that snapshots refer to, by model."""
    targets: dict[type[Model], set[str]] = {}
    for snapshot in snapshots:
        for target, keys in iterate_references(model, snapshot):
            targets.setdefault(target, set()).update(str(key) for key in keys if key)
    return targets


def iterate_references(model: Any, snapshot: Mapping[str, Any]) -> Iterator[tuple[type[Model], list]]:
    """Yield pairs of a related model and keys, empty ones included."""
    field: Any
    for field in editable_fields(model):
        if field.is_relation:
            yield field.related_model, [snapshot.get(field.name)]
    for field in m2m_fields(model):
        yield field.related_model, snapshot.get(field.name) or []
    for name, value in snapshot.items():
        relation, dot, _key = name.partition(".")
        if dot and value:
            for field in editable_fields(child_relations(model)[relation].model):
                if field.is_relation:
                    yield field.related_model, [value.get(field.name)]


def load_names(model: Any, keys: set[str]) -> Iterable[tuple[str, str]]:
    """Return pairs of a key and a name. Keys are unique across models: UUIDs, and numbers for pictures only."""
    names = {str(instance.pk): get_object_name(instance) for instance in model._base_manager.filter(pk__in=keys)}
    missing = keys - names.keys()
    if not missing:
        return names.items()
    if not hasattr(model, "history"):
        return (names | dict.fromkeys(missing, _("(deleted)"))).items()
    records = model.history.filter(**{f"{model._meta.pk.name}__in": missing}).order_by("history_date", "history_id")
    deleted = {str(record.id): _("%(name)s (deleted)") % {"name": record.instance} for record in records}
    return (deleted | names).items()


def get_object_name(instance: Model) -> str:
    """Return the name of an object. A model without history, such as a picture, is named by its kind and number."""
    if hasattr(instance, "history"):
        return str(instance)
    return _("%(kind)s %(name)s") % {"kind": instance._meta.verbose_name, "name": instance}
