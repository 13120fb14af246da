"""Reverting an object to an earlier revision, and restoring a deleted object."""

import datetime
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conference.core.i18n.translations import get_translated_fields, list_changed_languages, tracks_stale
from conference.core.versioning.edit_conflicts import get_locked_if_unchanged, lock_rows

from .formatting import RelatedNames
from .snapshot import child_relations, editable_fields, m2m_fields, take_snapshot
from .timeline import Revision, Snapshot, get_revisions, get_snapshot_before_delete

REVERT_REASON, RESTORE_REASON = "revert", "restore"


class RevertError(Exception):
    """An object cannot be reverted or restored. reasons are sentences for the user."""

    def __init__(self, reasons: list[str]):
        super().__init__(*reasons)
        self.reasons = reasons


def get_deleted_records(model: Any) -> QuerySet:
    """Return the last history record of each deleted object, latest first."""
    key = model._meta.pk.name
    deletions = model.history.filter(history_type="-")
    later = deletions.filter(**{key: models.OuterRef(key)}, history_id__gt=models.OuterRef("history_id"))
    existing = model._base_manager.filter(pk=models.OuterRef(key))
    records = deletions.filter(~models.Exists(later), ~models.Exists(existing)).select_related("history_user")
    return records.order_by("-history_date", "-history_id")


@transaction.atomic
def revert_object(model: type[Model], key: Hashable, revision_key: int, version_token: str) -> Model:
    """Give an object the content it had after a revision.

    Raises EditConflictError if the object differs from the version token, RevertError or Http404.
    """
    instance = get_locked_if_unchanged(model, key, version_token)
    revision, snapshot = get_revision_or_404(model, key, revision_key)
    apply_snapshot(
        instance,
        snapshot,
        reason=f"{REVERT_REASON} {revision_key}",
        stale_translations=get_stale_translations_at(model, key, revision.timestamp),
    )
    return instance


@transaction.atomic
def restore_object(model: type[Model], key: Hashable) -> Model:
    """Create a deleted object again, with its key, relations and children. Raises RevertError or Http404."""
    lock_rows(model, key)
    snapshot = get_snapshot_before_delete(model, key)
    if snapshot is None or model._base_manager.filter(pk=key).exists():
        raise Http404
    instance = model(pk=model._meta.pk.to_python(key))
    stale_translations = get_stale_translations_at(model, key, timezone.now())
    apply_snapshot(instance, snapshot, reason=RESTORE_REASON, stale_translations=stale_translations)
    return instance


def apply_snapshot(
    instance: Any, snapshot: Mapping[str, Any], *, reason: str, stale_translations: Iterable[str] = ()
) -> None:
    """Save a new or stored instance with the content of a snapshot, children included.

    Raises RevertError; the caller's transaction has to be rolled back then.
    """
    check_targets_exist(type(instance), snapshot)
    assign_fields(instance, snapshot, reason)
    if tracks_stale(instance._meta.model):
        instance.stale_translations = list(stale_translations)
    try:
        clean_and_save(instance)
        restore_m2m(instance, snapshot)
        restore_children(instance, snapshot, reason)
    except ValidationError as error:
        raise RevertError(format_validation_error(type(instance), error)) from error
    except (models.ProtectedError, DatabaseError) as error:
        raise RevertError([_("The database rejects it: it conflicts with another entry.")]) from error


def check_targets_exist(model: type[Model], snapshot: Mapping[str, Any]) -> None:
    """Raise RevertError if a related object is deleted.

    Pictures are an exception: unused ones are deleted automatically, and an object is restored without them.
    """
    names = RelatedNames(model, [snapshot])
    missing = [
        names.get_name(key) or str(key)
        for target, keys in names.targets.items()
        if hasattr(target, "history")
        for key in keys - {str(key) for key in target._base_manager.filter(pk__in=keys).values_list("pk", flat=True)}
    ]
    if missing:
        raise RevertError([_("It requires “%(name)s”. Restore that first.") % {"name": name} for name in missing])


def assign_fields(instance: Any, snapshot: Mapping[str, Any], reason: str) -> None:
    for field in editable_fields(instance._meta.model):
        if field.name in snapshot and not is_missing_target(field, snapshot[field.name]):
            setattr(instance, field.attname, field.to_python(snapshot[field.name]))
    instance._change_reason = reason


def is_missing_target(field: Any, key: Hashable) -> bool:
    """Return whether a foreign key refers to a deleted object without history, such as a picture."""
    if not field.is_relation or hasattr(field.related_model, "history") or key is None:
        return False
    return not field.related_model._base_manager.filter(pk=key).exists()


def find_missing_targets(model: type[Model], snapshot: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that cannot be restored because their picture is deleted."""
    return [field.name for field in editable_fields(model) if is_missing_target(field, snapshot.get(field.name))]


def clean_and_save(instance: Model) -> None:
    instance.full_clean()
    instance.save()


def restore_m2m(instance: Model, snapshot: Mapping[str, Any]) -> None:
    for field in m2m_fields(type(instance)):
        getattr(instance, field.name).set(snapshot.get(field.name, []))


def restore_children(instance: Model, snapshot: Mapping[str, Any], reason: str) -> None:
    """Delete, create and change the children. Deletions come first, so that unique values are free."""
    for name, parent in child_relations(type(instance)).items():
        prefix = f"{name}."
        wanted = {key.removeprefix(prefix): value for key, value in snapshot.items() if key.startswith(prefix)}
        existing = {str(child.pk): child for child in parent.model._base_manager.filter(**{parent.name: instance})}
        for key in existing.keys() - wanted.keys():
            existing[key].delete()
        current = take_snapshot(instance)
        for key, values in wanted.items():
            if current.get(f"{prefix}{key}") != values:
                child = existing.get(key) or parent.model(pk=parent.model._meta.pk.to_python(key))
                setattr(child, parent.name, instance)
                assign_fields(child, values, reason)
                clean_and_save(child)


def format_validation_error(model: type[Model], error: ValidationError) -> list[str]:
    """Return the messages, each with the label of its field."""
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [
        add_field_label(model, name, message) for name, messages in error.message_dict.items() for message in messages
    ]


def add_field_label(model: type[Model], name: str, message: str) -> str:
    fields = {field.name: field for field in model._meta.fields}
    if name == NON_FIELD_ERRORS or name not in fields:
        return message
    return _("%(field)s: %(reason)s") % {"field": capfirst(fields[name].verbose_name), "reason": message}


def get_stale_translations_at(model: Any, key: Hashable, at: datetime.datetime) -> list[str]:
    """Return the field stale_translations as it was at a given time."""
    if not tracks_stale(model):
        return []
    records = model.history.filter(**{model._meta.pk.name: key}, history_date__lte=at)
    record = records.exclude(history_type="-").first()
    return record.stale_translations if record else []


def restore_stale_translations(instance: Any, before: Mapping[str, Any], stale_at: Iterable[str]) -> None:
    """Set the outdated translations of an instance whose texts were set back to a given time.

    before are the values by field before that, stale_at the outdated translations at that time. Texts that did not
    change keep their mark.
    """
    names = get_translated_fields(instance._meta.model)
    changed = {name for name in names if list_changed_languages(before, instance, name)}
    stale = set(instance.stale_translations) - changed
    if changed:
        stale |= changed & set(stale_at)
    instance.stale_translations = [name for name in names if name in stale]


def get_all_stale_translations_at(model: Any, at: datetime.datetime) -> dict[Hashable, list[str]]:
    """Return the field stale_translations of all objects as it was at a given time, by primary key, in one query."""
    if not tracks_stale(model):
        return {}
    records = (
        model.history.filter(history_date__lte=at).exclude(history_type="-").order_by("history_date", "history_id")
    )
    return dict(records.values_list(model._meta.pk.name, "stale_translations"))


def get_last_instances(model: Any, keys: Collection[Hashable]) -> dict[Hashable, Any]:
    """Return unsaved instances with the last recorded values of deleted objects, by primary key, in one query."""
    records = model.history.filter(**{f"{model._meta.pk.name}__in": keys}).order_by("history_date", "history_id")
    return {record.instance.pk: record.instance for record in records}


def get_revision_or_404(model: type[Model], key: Hashable, revision_key: int) -> tuple[Revision, Snapshot]:
    """Return a revision and the snapshot after it. Raises Http404 if there is none or it is a deletion."""
    revision = next((entry for entry in get_revisions(model, key) if entry.key == revision_key), None)
    if revision is None or revision.after is None:
        raise Http404
    return revision, revision.after
