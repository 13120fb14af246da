"""Bulk writes to versioned models, with the history records that saving each instance would create.

django-simple-history's bulk functions do not record many-to-many relations; they are added here.
"""

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from .snapshot import m2m_fields


def bulk_create(instances: Iterable[Model], *, by: AbstractBaseUser | None = None, reason: str | None = None) -> None:
    """Create instances of any models. by is the user of the records, by default that of the request."""
    for model, group in group_by_model(instances).items():
        now = timezone.now()
        bulk_create_with_history(group, model, default_user=by, default_change_reason=reason, default_date=now)
        record_m2m(model, group, now)


def bulk_update(instances: Iterable[Model], *, by: AbstractBaseUser | None = None, reason: str | None = None) -> None:
    """Update all fields of each instance, like save()."""
    for model, group in group_by_model(instances).items():
        now = timezone.now()
        fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        # Several times as fast as QuerySet.bulk_update(), whose statement has a condition for each value.
        model._base_manager.bulk_create(
            group, update_conflicts=True, update_fields=fields, unique_fields=[model._meta.pk.name]
        )
        bulk_update_with_history(group, model, [], default_user=by, default_change_reason=reason, default_date=now)
        record_m2m(model, group, now)


def delete_each(instances: Iterable[Model], *, by: AbstractBaseUser | None = None, reason: str | None = None) -> None:
    """Delete instances one by one, so that each deletion is recorded with its user and reason."""
    instance: Any
    for instance in instances:
        if by:
            instance._history_user = by
        instance._change_reason = reason
        instance.delete()


def set_temporary_values(model: type[Model], values: Mapping[str, Mapping[Hashable, Any]]) -> None:
    """Free unique values without a history record: values are {field: {primary key: value}}."""
    for field, by_key in values.items():
        model._base_manager.bulk_update([model(pk=key, **{field: value}) for key, value in by_key.items()], [field])


def set_m2m(model: type[Model], name: str, keys: Mapping[Hashable, Iterable[Hashable]]) -> None:
    """Replace a many-to-many relation of several instances: keys are {primary key: related primary keys}.

    Called before the instances are written, so that their history records include the relation. The database checks
    the foreign keys at the end of the transaction.
    """
    field: Any = model._meta.get_field(name)
    through = field.remote_field.through
    source, target = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    through._base_manager.filter(**{f"{source}__in": list(keys)}).delete()
    through._base_manager.bulk_create(
        through(**{source: key, target: related_key}) for key, related in keys.items() for related_key in related
    )


def record_m2m(model: Any, instances: Iterable[Model], recorded_at: datetime) -> None:
    """Add the many-to-many relations to the history records of this time."""
    if not m2m_fields(model):
        return
    keys = [instance.pk for instance in instances]
    pk_name = model._meta.pk.attname
    records = model.history.filter(history_date=recorded_at, **{f"{pk_name}__in": keys})
    history_ids = dict(records.values_list(pk_name, "history_id"))
    field: Any
    for field in m2m_fields(model):
        source, target = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        record = getattr(model.history.model, field.name).model
        relations = field.remote_field.through._base_manager.filter(**{f"{source}__in": keys})
        record.objects.bulk_create(
            record(
                history_id=history_ids[getattr(relation, source)],
                id=relation.pk,
                **{name: getattr(relation, name) for name in (source, target)},
            )
            for relation in relations
        )


def group_by_model(instances: Iterable[Model]) -> dict[type[Model], list]:
    groups: dict[type[Model], list] = {}
    for instance in instances:
        groups.setdefault(type(instance), []).append(instance)
    return groups
