"""Bulk writes to the editing tables, with the history records that saving each instance would create.

django-simple-history's bulk functions do not record many-to-many relations; the themes of sessions are added here.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Model
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from sessions.models import Session


def bulk_create(instances: Iterable[Model], *, by=None, reason: str | None = None) -> None:
    """Create instances of any models. by is the user of the records, by default that of the request."""
    for model, group in group_by_model(instances).items():
        now = timezone.now()
        bulk_create_with_history(group, model, default_user=by, default_change_reason=reason, default_date=now)
        record_themes(model, group, now)


def bulk_update(instances: Iterable[Model], *, by=None, reason: str | None = None) -> None:
    """Update all fields of each instance, like save()."""
    for model, group in group_by_model(instances).items():
        now = timezone.now()
        fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        # Several times as fast as QuerySet.bulk_update(), whose statement has a condition for each value.
        model._base_manager.bulk_create(
            group, update_conflicts=True, update_fields=fields, unique_fields=[model._meta.pk.name]
        )
        bulk_update_with_history(group, model, [], default_user=by, default_change_reason=reason, default_date=now)
        record_themes(model, group, now)


def delete_each(instances: Iterable[Model], *, by=None, reason: str | None = None) -> None:
    for instance in instances:
        if by:
            instance._history_user = by
        instance._change_reason = reason
        instance.delete()


def set_temporary_values(model: type[Model], values: Mapping[str, Mapping]) -> None:
    """Free unique values without a history record: values are {field: {primary key: value}}."""
    for field, by_key in values.items():
        model._base_manager.bulk_update([model(pk=key, **{field: value}) for key, value in by_key.items()], [field])


def set_themes(themes: Mapping) -> None:
    """Replace the themes of sessions: {primary key: primary keys of themes}.

    Called before the sessions are written, so that their records include the themes. The database checks the foreign
    keys at the end of the transaction.
    """
    through = Session.themes.through
    through.objects.filter(session__in=list(themes)).delete()
    through.objects.bulk_create(
        through(session_id=session, theme_id=theme) for session, keys in themes.items() for theme in keys
    )


def record_themes(model, group, now):
    """Add the themes to the records of these sessions that have this date."""
    if model is not Session:
        return
    keys = [session.pk for session in group]
    records = dict(Session.history.filter(history_date=now, id__in=keys).values_list("id", "history_id"))
    record = Session.history.model.themes.model
    record.objects.bulk_create(
        record(history_id=records[relation.session_id], id=relation.pk, session_id=relation.session_id,
               theme_id=relation.theme_id)
        for relation in Session.themes.through.objects.filter(session__in=keys)
    )  # fmt: skip


def group_by_model(instances: Iterable[Model]) -> dict[type[Model], list]:
    groups = {}
    for instance in instances:
        groups.setdefault(type(instance), []).append(instance)
    return groups
