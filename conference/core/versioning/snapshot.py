"""What a row says, as plain values: its own columns, its ties to others, and the rows that belong to it and go with it.

The content of a session, for example:

    {"title_en": "Opening", "starts_at": "2020-12-07T11:00:00+00:00", "themes": ["2e1b..."],
     "participations.12": {"role": "chair", "speaker": "9c40...", ...}, "links.3": {...}}

Of any row it leaves out the key, what the site fills in by itself (such as the moment of the last save), and the marks
of translations, which follow from the texts.
"""

import datetime
import hashlib
import json
from functools import cache

from django.db import models


@cache
def editable_fields(model):
    return tuple(field for field in model._meta.concrete_fields if field.editable and not field.primary_key)


@cache
def m2m_fields(model):
    """Relations to rows that exist without this one, kept as a list: a session's themes."""
    return tuple(field for field in model._meta.many_to_many if field.remote_field.through._meta.auto_created)


@cache
def child_relations(model):
    """Relations from rows that go when this one goes, by the name they are reached by: a session's links."""
    return {
        relation.get_accessor_name(): relation.field
        for relation in model._meta.related_objects
        if relation.on_delete is models.CASCADE and hasattr(relation.related_model, "history")
    }


def take_snapshot(row):
    """The whole content of a stored row: one query for each kind of tie and of belonging."""
    found = get_field_values(row)
    for tie in m2m_fields(type(row)):
        found[tie.name] = sorted(str(key) for key in getattr(row, tie.name).order_by().values_list("pk", flat=True))
    for name, field in child_relations(type(row)).items():
        found |= {f"{name}.{part.pk}": get_field_values(part, besides=field.name) for part in get_children(field, row)}
    return found


def get_field_values(row, besides=None):
    """The columns of a row, or of a record of its history, or of a form's instance. Asks for nothing."""
    model = getattr(row, "instance_type", type(row))
    return {field.name: serialize_field(field, row) for field in editable_fields(model) if field.name != besides}


def serialize_field(field, row):
    return to_json_value(field.get_prep_value(getattr(row, field.attname)))


def to_json_value(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, str | int | float | list | None):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def short_hash(value):
    """Short, since it only has to tell one value of a field from the next."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def get_children(field, row):
    return field.model._base_manager.filter(**{field.name: row}).order_by("pk")
