"""Snapshots of model instances as plain values: editable fields, many-to-many relations and child objects.

The snapshot of a session, for example:

    {"title_en": "Opening", "starts_at": "2020-12-07T11:00:00+00:00", "themes": ["2e1b..."],
     "participations.12": {"role": "chair", "speaker": "9c40...", ...}, "links.3": {...}}

It leaves out the primary key and fields that are not editable: times of the last save, and stale_translations, which
follow from the texts.
"""

import datetime
import hashlib
import json
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Model, QuerySet


@cache
def editable_fields(model: type[Model]) -> tuple[models.Field, ...]:
    return tuple(field for field in model._meta.concrete_fields if field.editable and not field.primary_key)


@cache
def m2m_fields(model: type[Model]) -> tuple[models.ManyToManyField, ...]:
    """Return the many-to-many fields without a through model of their own, such as a session's themes."""
    fields: Any = model._meta.many_to_many
    return tuple(field for field in fields if field.remote_field.through._meta.auto_created)


@cache
def child_relations(model: type[Model]) -> dict[str, Any]:
    """Return the foreign keys of versioned models that are deleted with this one, by accessor: a session's links."""
    return {
        str(relation.get_accessor_name()): relation.field
        for relation in model._meta.related_objects
        if relation.on_delete is models.CASCADE and hasattr(relation.related_model, "history")
    }


def take_snapshot(instance: Model) -> dict[str, Any]:
    """Return the snapshot of a stored instance, with one query for each relation."""
    snapshot = get_field_values(instance)
    for field in m2m_fields(type(instance)):
        keys = getattr(instance, field.name).order_by().values_list("pk", flat=True)
        snapshot[field.name] = sorted(str(key) for key in keys)
    for name, parent in child_relations(type(instance)).items():
        children = get_children(parent, instance)
        snapshot |= {f"{name}.{child.pk}": get_field_values(child, besides=parent.name) for child in children}
    return snapshot


def get_field_values(instance: Model, besides: str | None = None) -> dict[str, Any]:
    """Return the field values of an instance or history record without a query; besides is a field to leave out."""
    model = getattr(instance, "instance_type", type(instance))
    return {field.name: serialize_field(field, instance) for field in editable_fields(model) if field.name != besides}


def serialize_field(field: models.Field, instance: Model) -> Any:
    return to_json_value(field.get_prep_value(getattr(instance, field.attname)))


def to_json_value(value: Any) -> Any:
    """Convert dates and times to ISO 8601, times with a date to UTC, and other objects to text."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, str | int | float | list | None):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def short_hash(value: Any) -> str:
    """Return a hash that is just long enough to tell values of one field apart."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def get_children(parent: models.ForeignKey, instance: Model) -> QuerySet:
    return parent.model._base_manager.filter(**{parent.name: instance}).order_by("pk")
